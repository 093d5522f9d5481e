"""Checks of single values of a site file; each returns the value or raises BadValue."""

import difflib
import re
import zoneinfo
from collections.abc import Iterable
from typing import Any

from .errors import BadValue
from .links import parse_link_url

LONGEST_ID = 32  # what a name may take of a line on an 80-column terminal

# A sensor's name travels in its stream's schema, which has to fit the 38 bytes of plaintext in a 51-byte frame: 14 for
# everything else, 14 for the name, 9 for ".waveform".
LONGEST_SENSOR = 14
OWN_STREAMS = ("health", "fault", "anchor", "radio")  # every node has these beside its sensors, the last where it has a radio

RULE_STREAMS = ("alarm", "output")  # and nodes with rules or outputs these (protocols/gilmok_rules/README.md)

LONGEST_OUTPUT = LONGEST_ID - len("-unconfirmed")  # the rule that watches its feedback is called so

# LoRaWAN regional parameters RP002-1.0.4, table 3, common names.
REGIONS = (
    *("EU868", "US915", "EU433", "AU915", "CN470", "AS923", "AS923-2", "AS923-3", "AS923-4"),
    *("KR920", "IN865", "RU864"),
)

_LOWEST_BATTERY_V, _HIGHEST_BATTERY_V = 1, 60

_SQLITE = re.compile(r"sqlite:((?!//)[^:?#]+|[A-Za-z]:[^:?#]+)")
_POSTGRESQL = re.compile(r"postgresql://[^/\s]*/[^/\s]+")
_PASSWORD = re.compile(r"(://[^/:@]*):[^/]*@")


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """Return the known word a person most likely meant, or None where none is alike enough."""
    return next(iter(difflib.get_close_matches(word, list(known), 1, likeness)), None)


def check_id(name: str, longest: int = LONGEST_ID) -> str:
    """Return `name` if it can name a table, a stream and a database row."""
    if not re.fullmatch(rf"[a-z0-9][a-z0-9_-]{{0,{longest - 1}}}", name):
        raise BadValue("id", name=name, longest=longest)
    return name


def check_sensor_id(name: str) -> str:
    """Return `name` if it can name a sensor and its stream."""
    if name in OWN_STREAMS + RULE_STREAMS:
        raise BadValue("id_reserved", name=name)
    return check_id(name, LONGEST_SENSOR)


def check_output_id(name: str) -> str:
    """Return `name` if it can name an output."""
    return check_id(name, LONGEST_OUTPUT)


def check_timezone(name: str) -> str:
    """Return `name` if it is a time zone of the IANA database."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = zoneinfo.available_timezones()
        if known:  # Windows without the tzdata package has none: then any name has to be believed
            near = nearest(name, sorted(known), 0.8)  # below, one abbreviation is like any other: KST like MST
            raise BadValue("timezone", value=name, near=near) from None
    return name


def check_region(name: str) -> str:
    """Return `name` if it is a radio region."""
    if name not in REGIONS:
        raise BadValue("region", value=name, known=REGIONS, near=nearest(name.upper(), REGIONS))
    return name


def check_store_url(url: str) -> str:
    """Return `url` if it names a SQLite file or a PostgreSQL database."""
    if not _SQLITE.fullmatch(url) and not _POSTGRESQL.fullmatch(url):
        raise BadValue("store_url", value=_PASSWORD.sub(r"\1:…@", url))  # no password in a message
    return url


def check_link_url(url: str) -> str:
    """Return `url` if it names a link."""
    parse_link_url(url)
    return url


def check_eui(text: str) -> str:
    """Return the 16 hex digits of a gateway's EUI, however it is written."""
    digits = re.sub("[:-]", "", text).lower()
    if not re.fullmatch("[0-9a-f]{16}", digits):
        raise BadValue("eui", value=text)
    return digits


def check_voltage(value: float) -> float:
    """Return the voltage of a battery: one cell of any kind at least, and no more than what may be touched (IEC 61140: 60 V)."""
    if not _LOWEST_BATTERY_V <= value <= _HIGHEST_BATTERY_V:
        raise BadValue("factor", value=value, name="voltage", low=_LOWEST_BATTERY_V, high=_HIGHEST_BATTERY_V)
    return value


def check_position(value: Any) -> list[float]:
    """Return latitude and longitude as floats."""
    numbers = value if isinstance(value, list) else []
    if [type(number) in (int, float) for number in numbers] != [True, True]:
        raise BadValue("position", value=value)
    if not (-90 <= numbers[0] <= 90 and -180 <= numbers[1] <= 180):
        raise BadValue("position", value=value)
    return [float(number) for number in numbers]
