"""Quantities as people write them in a site file: a number and a unit."""

import re
from decimal import Decimal
from typing import Any

from .errors import BadValue

UNITS_MS = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000}

# A node that is heard less than once a day cannot be told from a dead one.
LONGEST_MS = 24 * 3_600_000

# A node's rules count time modulo 2^30 ms, half of which a difference may be (protocols/node_config.cddl, delay).
LONGEST_DELAY_MS = 6 * LONGEST_MS

MOST_STEPS = 1 << 29  # gilmok_wire.columns.LIMIT: what a record can hold

DURATION_PATTERN = r"[0-9]+(\.[0-9]+)?\s*(ms|s|min|h)"
_NUMBER_AND_UNIT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([^\s0-9.]+)", re.ASCII)

_SIGNED = re.compile(r"([+-]?[0-9]+(?:\.[0-9]+)?)\s*([^\s0-9.+-]\S*)", re.ASCII)
_PLAIN = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?", re.ASCII)
_PREFIXED = ("Pa", "Hz", "bar", "[g]", "m", "g", "V", "A", "Ah", "W", "L")  # the base units, in UCUM, that people put prefixes to
_PREFIXES = {"": 0, "n": -9, "u": -6, "m": -3, "c": -2, "d": -1, "h": 2, "k": 3, "M": 6}
_PER_HOUR = {"s": 3600, "min": 60, "h": 1, "d": 1}  # of a day see `parse_rate`
_AS_WRITTEN = {"°C": "Cel", "℃": "Cel", "°": "deg", "ppb": "[ppb]", "ppm": "[ppm]", "g": "[g]", "mg": "m[g]", "µg/m³": "ug/m3"}


def parse_duration(text: Any, longest_ms: int = LONGEST_MS) -> int:
    """Return the milliseconds of a duration such as "10 s", at most `longest_ms`.

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
    if duration_ms > longest_ms:
        raise BadValue("duration_long" if longest_ms == LONGEST_MS else "delay_long", value=text)
    return int(duration_ms)


def parse_delay(text: Any) -> int:
    """Return the milliseconds of a delay or window of a rule, which may be six days.

    Raises: BadValue.
    """
    return parse_duration(text, LONGEST_DELAY_MS)


def format_duration(duration_ms: int) -> str:
    """Return a duration in the largest unit that needs no fraction; `parse_duration` reads it back."""
    fits = (unit for unit, unit_ms in reversed(UNITS_MS.items()) if duration_ms % unit_ms == 0)
    unit = next(fits) if duration_ms else "s"
    return f"{duration_ms // UNITS_MS[unit]} {unit}"


def check_metres(text: str) -> str:
    """Return `text` if it is a height such as "12.40 m"."""
    parse_quantity(text, "m")
    return text


def check_capacity(text: str) -> str:
    """Return `text` if it is a battery's capacity such as "6.6 Ah"."""
    return _check_some(text, "Ah")


def check_panel(text: str) -> str:
    """Return `text` if it is a panel's power such as "6 W"."""
    return _check_some(text, "W")


def _check_some(text: str, unit: str) -> str:
    if parse_quantity(text, unit) <= 0:
        raise BadValue("quantity", value=text, unit=unit)
    return text


def parse_quantity(text: Any, unit: str) -> Decimal:
    """Return the number of `unit` that a text such as "5 mm" says, whatever metric prefix it uses.

    Raises: BadValue.
    """
    match = _SIGNED.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None and unit == "1" and isinstance(text, str) and _PLAIN.fullmatch(text.strip()):
        return Decimal(text.strip())
    if match is None:
        raise BadValue("quantity", value=text, unit=unit)
    number, written = match.groups()
    (base, exponent), (wanted, its_exponent) = split_unit(written), split_unit(unit)
    if base != wanted:
        raise BadValue("quantity", value=text, unit=unit)
    return Decimal(number).scaleb(exponent - its_exponent)


def parse_steps(text: Any, channel: tuple[Any, ...]) -> int:
    """Return how many steps of `channel` (name, unit, exponent[, step]) a text such as "5 mm" says.

    Raises: BadValue.
    """
    _, unit, exponent, *step = channel
    size = Decimal(step[0] if step else 1).scaleb(exponent)
    steps = parse_quantity(text, unit) / size
    if steps != int(steps):
        raise BadValue("quantity_step", value=text, step=f"{size.normalize():f} {unit}")
    if abs(steps) >= MOST_STEPS:
        raise BadValue("quantity_large", value=text)
    return int(steps)


def parse_percent(text: Any) -> int:
    """Return the whole percents that a text such as "75 %" says, 1 to 100.

    Raises: BadValue.
    """
    percent = parse_quantity(text, "%")
    if percent != int(percent) or not 1 <= percent <= 100:
        raise BadValue("percent", value=text)
    return int(percent)


def parse_rate(text: Any, channel: tuple[Any, ...]) -> int:
    """Return how many steps of `channel` an hour a text such as "0.5 m/h" says.

    Raises: BadValue.
    """
    written, slash, per = text.rpartition("/") if isinstance(text, str) else ("", "", "")
    _, unit, exponent, *step = channel
    if not slash or per not in _PER_HOUR or unit == "1" and not _PLAIN.fullmatch(written.strip()):
        raise BadValue("quantity", value=text, unit=f"{unit}/h".removeprefix("1"))
    size = Decimal(step[0] if step else 1).scaleb(exponent)
    steps = parse_quantity(written, unit) * _PER_HOUR[per] / size / (24 if per == "d" else 1)
    if steps != int(steps):
        raise BadValue("quantity_step", value=text, step=f"{size.normalize():f} {unit}/h")
    if abs(steps) >= MOST_STEPS:
        raise BadValue("quantity_large", value=text)
    return int(steps)


def split_unit(unit: str) -> tuple[str, int]:
    """Return a unit without its metric prefix, and that as a power of ten; "hPa" is ("Pa", 2)."""
    unit = _AS_WRITTEN.get(unit, unit).replace("µ", "u").replace("³", "3")
    head, slash, rest = unit.partition("/")
    for base in _PREFIXED:
        if head.endswith(base) and head.removesuffix(base) in _PREFIXES:
            return base + slash + rest, _PREFIXES[head.removesuffix(base)]
    return ("[ppb]", 3) if unit == "[ppm]" else (unit, 0)


def _as_duration(value: Any) -> str:
    """Return what a person who left the quotes or the unit away probably meant."""
    number = str(value).strip()
    return f'"{number} s"' if re.fullmatch(r"[0-9]{1,5}", number) else '"10 s"'
