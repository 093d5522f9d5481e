"""Moments of time as people write and read them: ISO 8601 in the site's zone."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, tzinfo

from .errors import Refused

_now_ns = time.time_ns  # a name of its own, for tests that stop the clock
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now_ms() -> int:
    """Return the present Unix time in ms."""
    return _now_ns() // 1_000_000


def format_moment(unix_ms: int, zone: tzinfo) -> str | None:
    """Return a Unix time in ISO 8601 to the millisecond, None beyond the calendar (year 9999)."""
    try:
        return (_EPOCH + timedelta(milliseconds=unix_ms)).astimezone(zone).isoformat(timespec="milliseconds")
    except OverflowError:
        return None


def format_second(unix_ms: int, zone: tzinfo) -> str:
    """Return a Unix time as people of the site read it, to the second; "–" beyond the calendar."""
    return (format_moment(unix_ms, zone) or "–")[:19].replace("T", " ")


def parse_moment(text: str, zone: tzinfo, option: str) -> int:
    """Return the Unix time in ms of an ISO 8601 date or time; without an offset it is the zone's.

    Raises: Refused.
    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return (moment - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        raise Refused("no_moment", option=option, value=text) from None


def format_uptime(uptime_ms: int) -> str:
    """Return an uptime as 26:03:07.500, hours first."""
    seconds, ms = divmod(uptime_ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"


def format_age(age_ms: int) -> str:
    """Return how long ago something was, in the unit that fits: 0.4 s, 12 min, 3 h, 5 d."""
    for size_ms, limit, form in ((1000, 60, "{:.1f} s"), (60_000, 60, "{:.0f} min"), (3_600_000, 48, "{:.0f} h")):
        if age_ms < size_ms * limit:
            return form.format(max(age_ms, 0) / size_ms)
    return f"{age_ms / 86_400_000:.0f} d"
