"""From uptime to Unix time: pure arithmetic over what is known of one boot.

A *fix* ties an uptime of a boot to a Unix time; a *chain* is the fixes of one boot, both times strictly
increasing. Between two fixes time is linear, beyond the ends it runs at the node's own rate.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from math import ceil
from typing import NamedTuple

# How far a node's clock may run off, as a fraction: 100 ppm. A 32.768 kHz tuning fork is cut to ±20 ppm
# and loses 0.034 ppm/K² away from 25 °C: 69 ppm at -20 °C; the 40 MHz crystals of ESP32 modules are
# better. Worse clocks (an RC oscillator in deep sleep) betray themselves between two fixes, see _drift.
DRIFT = 100e-6

# A schedule tick jitters by 4 ms (docs/DESIGN.md, Time): finer fixes than this tell nothing new.
FINE_MS = 5


class Fix(NamedTuple):
    """At this uptime of the boot the Unix time is known within ± uncertainty_ms."""

    uptime_ms: int
    unix_ms: int
    uncertainty_ms: int


class Span(NamedTuple):
    """The Unix times of a batch's first and last record, and a bound for every record's error."""

    start_ms: int
    end_ms: int
    uncertainty_ms: int


def unix_at(chain: Sequence[Fix], uptime_ms: float) -> tuple[float, float]:
    """Return the Unix time at `uptime_ms` and its uncertainty: exact at a fix, growing away from it."""
    place = bisect_right(chain, uptime_ms, key=_uptime)
    if place == 0:
        return _beyond(chain[0], chain[:2], uptime_ms)
    if place == len(chain):
        return _beyond(chain[-1], chain[-2:], uptime_ms)
    return _between(chain[place - 1], chain[place], uptime_ms)


def date_span(chain: Sequence[Fix], start_ms: int, end_ms: int) -> Span:
    """Date the records of [start_ms, end_ms] of a boot as a straight line from first to last.

    The uncertainty covers the worst record, and what the straight line cuts off where the chain bends.
    """
    start, worst = unix_at(chain, start_ms)
    if end_ms == start_ms:
        return Span(round(start), round(start), ceil(worst))
    end, _ = unix_at(chain, end_ms)
    rate = (end - start) / (end_ms - start_ms)
    bend = 0.0
    for uptime_ms in _extremes(chain, start_ms, end_ms):
        unix, uncertainty = unix_at(chain, uptime_ms)
        worst = max(worst, uncertainty)
        bend = max(bend, abs(unix - start - rate * (uptime_ms - start_ms)))
    return Span(round(start), round(end), ceil(worst + bend))


def improves(chain: Sequence[Fix], fix: Fix) -> bool:
    """Say whether `fix` belongs in the chain: it halves the uncertainty there, or contradicts it.

    Fixes of equal quality thus stay u / DRIFT apart (200 s for ± 20 ms), and what was dated between two
    of them is never dated again. A contradiction counts because the newer statement about time is the
    better one: somebody has set the collector's clock.
    """
    if not chain:
        return True
    unix, uncertainty = unix_at(chain, fix.uptime_ms)
    contradicts = abs(unix - fix.unix_ms) > uncertainty + fix.uncertainty_ms
    return contradicts or uncertainty > 2 * max(fix.uncertainty_ms, FINE_MS)


def date_boots(lower: tuple[float, float], upper: tuple[float, float], lengths: Sequence[int]) -> list[Fix]:
    """Place boots that never learned the time, by their known `lengths`, between two dated moments.

    They ran one after another somewhere between `lower` and `upper` (Unix time, uncertainty): each is
    put in the middle of what is possible, and half of the slack is its uncertainty.
    Shape: one fix at uptime 0 for each length.
    """
    busy = sum(lengths)
    slack = upper[0] - lower[0] - busy
    uncertainty = abs(slack) / 2 + max(lower[1], upper[1]) + DRIFT * busy
    start = lower[0] + slack / 2
    fixes = []
    for length in lengths:
        fixes.append(Fix(0, round(start), ceil(uncertainty)))
        start += length
    return fixes


def _uptime(fix: Fix) -> int:
    return fix.uptime_ms


def _drift(a: Fix, b: Fix) -> float:
    """Return the rate error to reckon with between two fixes: DRIFT, or what they prove beyond it."""
    length = b.uptime_ms - a.uptime_ms
    proved = abs(b.unix_ms - a.unix_ms - length) - a.uncertainty_ms - b.uncertainty_ms
    return max(DRIFT, proved / length)


def _beyond(fix: Fix, segment: Sequence[Fix], uptime_ms: float) -> tuple[float, float]:
    """Extrapolate at the node's own rate; `segment` is the nearest pair of fixes, if there is one."""
    drift = _drift(*segment) if len(segment) == 2 else DRIFT
    away = uptime_ms - fix.uptime_ms
    return fix.unix_ms + away, fix.uncertainty_ms + drift * abs(away)


def _between(a: Fix, b: Fix, uptime_ms: float) -> tuple[float, float]:
    """Interpolate. A clock whose rate errs by at most `drift` strays from the line between two of its
    points by at most 2 drift (t - a)(b - t) / (b - a)."""
    length = b.uptime_ms - a.uptime_ms
    away = uptime_ms - a.uptime_ms
    share = away / length
    stray = 2 * _drift(a, b) * away * (1 - share)
    unix = a.unix_ms + share * (b.unix_ms - a.unix_ms)
    return unix, a.uncertainty_ms + share * (b.uncertainty_ms - a.uncertainty_ms) + stray


def _extremes(chain: Sequence[Fix], start_ms: int, end_ms: int) -> list[float]:
    """Return the uptimes in [start_ms, end_ms] at which uncertainty or bend can be greatest."""
    first = max(bisect_right(chain, start_ms, key=_uptime) - 1, 0)
    near = chain[first : bisect_left(chain, end_ms, key=_uptime) + 1]
    places: list[float] = [start_ms, end_ms]
    places += [fix.uptime_ms for fix in near if start_ms < fix.uptime_ms < end_ms]
    for a, b in pairwise(near):
        # where the derivative of _between's uncertainty is zero, or the end nearest to it
        tilt = (b.uncertainty_ms - a.uncertainty_ms) / (4 * _drift(a, b))
        peak = (a.uptime_ms + b.uptime_ms) / 2 + tilt
        peak = min(max(peak, a.uptime_ms), b.uptime_ms)
        places.append(min(max(peak, start_ms), end_ms))
    return places
