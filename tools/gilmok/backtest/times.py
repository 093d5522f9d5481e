"""Times as files of measurements write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)

# Digits alone, by their number: how AirKorea, S-DoT and HRFCO write times, or Unix time in s or ms (which begins with 1 until 2033).
_DIGITS = {10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_DATE_TIME = re.compile(
    r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?)?\s*(Z|[+-]\d\d:?\d\d)?", re.ASCII
)


def parse_time(text: str, zone: tzinfo) -> int | None:
    """Return the Unix time in ms that a text means, None where it means none; without an offset it is of `zone`.

    ISO 8601 and its relatives (2018/1/1 1:00, 2018.01.01 01:00), 2018010101, 201801010100, Unix time in s and ms. 24:00 is the
    end of the day.
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        return _parse_digits(text, zone)
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    return _compose(
        (int(year), int(month), int(day)),
        (int(hour or 0), int(minute or 0), int(second or 0)),
        round(float(fraction or 0) * 1000),
        zone if offset is None else _zone_of(offset),
    )


def _parse_digits(text: str, zone: tzinfo) -> int | None:
    if len(text) in _DIGITS and 2000 <= int(text[:4]) < 2200 and 1 <= int(text[4:6]) <= 12 and 1 <= int(text[6:8]) <= 31:
        parts = [int(text[at : at + 2] or 0) for at in (8, 10, 12)]
        return _compose((int(text[:4]), int(text[4:6]), int(text[6:8])), (parts[0], parts[1], parts[2]), 0, zone)
    if len(text) in (9, 10):
        return int(text) * 1000
    return int(text) if len(text) in (12, 13) else None


def _compose(date: tuple[int, int, int], time: tuple[int, int, int], ms: int, zone: tzinfo) -> int | None:
    hour, minute, second = time
    whole_days = 1 if hour == 24 and not minute and not second else 0  # 24:00 ends a day: Korean public data write it so
    try:
        moment = datetime(*date, 0 if whole_days else hour, minute, second, tzinfo=zone)
        return (moment + timedelta(days=whole_days) - _EPOCH) // _MS + ms
    except (ValueError, OverflowError):
        return None


def _zone_of(offset: str) -> tzinfo:
    return UTC if offset == "Z" else datetime.strptime(offset.replace(":", ""), "%z").tzinfo or UTC
