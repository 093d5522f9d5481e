"""Where a value was before an event, how it moves, and when it will be at the next limit, from what the store holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..store import Store
from .event import AlarmEvent

# A street that floods rises for tens of minutes: ten show the slope, two show that it is no jump.
_LOOK_BACK_MS = 600_000
_BEFORE_MS = 120_000
_AHEAD_MS = 6 * 3_600_000  # a straight line says nothing of what is further off
_HOUR_MS = 3_600_000
_SLOW = 0.01  # a hundredth of its limit an hour is no movement


class Trend(NamedTuple):
    """Units: those of the event's value, slopes an hour; times in ms."""

    before: float
    before_ms: int  # how long before
    slope: float
    least: float  # what counts as movement
    expected: float | None = None  # the next limit
    expected_ms: int | None = None


def trend_of(store: Store, event: AlarmEvent) -> Trend | None:
    """Return how the value of a channel came to an event, None where the store knows too little.

    Urgent events overtake the readings before them: at once after an alarm there may be none, and a little later all.
    """
    sensor, dot, channel = str(event.facts.get("watch", "")).rpartition(".")
    if not dot or event.unix_ms is None or event.value is None or event.facts.get("quantity", "value") not in ("value", "forecast"):
        return None
    since = event.unix_ms - _LOOK_BACK_MS
    readings = store.readings(event.device, sensor, channel, since, event.unix_ms + 1)
    return fit([(reading.unix_ms, reading.value) for reading in readings], event)


def fit(points: Sequence[tuple[int, float]], event: AlarmEvent) -> Trend | None:
    """Return the trend of points (Unix ms, value) up to an event."""
    at_ms = event.unix_ms or 0
    earlier = [point for point in points if point[0] <= at_ms - _BEFORE_MS]
    if len(points) < 3 or not earlier:
        return None
    before_ms, before = max(earlier)
    now, slope = max(points)[1], _slope(points)
    least = _SLOW * abs(event.limit or now)
    found = Trend(before, at_ms - before_ms, slope, least)
    limit = event.facts.get("next")
    if not isinstance(limit, float | int) or abs(slope) < least or (limit - now) * slope <= 0:
        return found
    away_ms = round((limit - now) / slope * _HOUR_MS)
    return found._replace(expected=float(limit), expected_ms=away_ms) if away_ms <= _AHEAD_MS else found


def _slope(points: Sequence[tuple[int, float]]) -> float:
    """Return the least-squares slope an hour."""
    count = len(points)
    mean_at, mean = sum(at for at, _ in points) / count, sum(value for _, value in points) / count
    spread = sum((at - mean_at) ** 2 for at, _ in points)
    return sum((at - mean_at) * (value - mean) for at, value in points) / spread * _HOUR_MS if spread else 0.0
