"""Quantities as people write them in a site file: a number and a unit."""

import re
from decimal import Decimal
from typing import Any

from .errors import BadValue

UNITS_MS = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000}

# A node that is heard less than once a day cannot be told from a dead one.
LONGEST_MS = 24 * 3_600_000

DURATION_PATTERN = r"[0-9]+(\.[0-9]+)?\s*(ms|s|min|h)"
_NUMBER_AND_UNIT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([^\s0-9.]+)", re.ASCII)


def parse_duration(text: Any) -> int:
    """Return the milliseconds of a duration such as "10 s".

    Units: ms, s, min, h.
    Raises: BadValue.
    """
    match = _NUMBER_AND_UNIT.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise BadValue("duration", value=text, example=_as_duration(text))
    number, unit = match.groups()
    if unit not in UNITS_MS:
        raise BadValue("duration_unit", value=text, unit=unit)
    duration_ms = Decimal(number) * UNITS_MS[unit]
    if duration_ms != int(duration_ms):
        raise BadValue("duration_fraction", value=text)
    if duration_ms > LONGEST_MS:
        raise BadValue("duration_long", value=text)
    return int(duration_ms)


def format_duration(duration_ms: int) -> str:
    """Return a duration in the largest unit that needs no fraction; `parse_duration` reads it back."""
    fits = (unit for unit, unit_ms in reversed(UNITS_MS.items()) if duration_ms % unit_ms == 0)
    unit = next(fits) if duration_ms else "s"
    return f"{duration_ms // UNITS_MS[unit]} {unit}"


def _as_duration(value: Any) -> str:
    """Return what a person who left the quotes or the unit away probably meant."""
    number = str(value).strip()
    return f'"{number} s"' if re.fullmatch(r"[0-9]{1,5}", number) else '"10 s"'
