"""How seismologists name who recorded: network, station, location, and where the axes point to.

Source: SEED manual, version 2.4, chapter 3 and appendix A.
"""

from __future__ import annotations

import re

from .errors import BadValue

# Appendix A, orientation code: vertical, north, east; 1, 2, 3 where axes are at right angles and point anywhere.
AXES = ("Z", "N", "E", "1", "2", "3")


def check_network(code: str) -> str:
    """Return `code` if it is a network code: two letters or digits; XX is nobody's."""
    return _check("network", code, "[A-Z0-9]{2}")


def check_station(code: str) -> str:
    """Return `code` if it is a station code: up to five letters or digits."""
    return _check("station", code, "[A-Z0-9]{1,5}")


def check_location(code: str) -> str:
    """Return `code` if it is a location code: two letters or digits, or none."""
    return _check("location", code, "([A-Z0-9]{2})?")


def check_axes(code: str) -> str:
    """Return `code` if it names three different directions, of x, y and z."""
    if len(code) != 3 or len(set(code)) != 3 or not set(code) <= set(AXES):
        raise BadValue("axes", value=code)
    return code


def derive_station(node: str) -> str:
    """Return the station code of a node that has none: its name's first five letters and digits."""
    return re.sub("[^A-Z0-9]", "", node.upper())[:5]


def _check(name: str, code: str, form: str) -> str:
    if not re.fullmatch(form, code):
        raise BadValue(name, value=code)
    return code
