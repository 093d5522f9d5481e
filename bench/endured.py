"""Whether the hazard alarms of a faulty history are those of the clean one, step by step.

What has to hold, of every step that compares a value. Its *condition* is whether a reading is at or beyond `set`, and whether
it is beyond `clear`. The *reach* of a fault goes from it, both ways, over five readings that are there (the median that finds spikes
is of five) and then over the step's delay.

1. Where the condition of the clean history does not change within the fault and its reach, and no hole of its own lies there, behind which
   delays begin anew, the alarm is the same: raised and cleared at the same readings.
2. Nothing is raised unless the true level was at or beyond `set` within the fault's length and reach before.
3. Nothing is cleared unless it was beyond `clear` within as much.
4. What is raised or cleared later than in the clean history is so by the fault's length and reach at most.

Where an alarm came and went within the fault it is lost, and where it only paused there it goes on.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from gilmok.backtest.layout import CLEAR, OFF_MS, ON_MS, SET, SOURCE, STEPS, is_below
from gilmok.backtest.schedule import Tick
from gilmok.backtest.trial import Trial, run

from bench.faulty import Fault

_READINGS = 5  # of the median that finds spikes
_MISSED = 3  # gilmok_rules/README.md

Spans = list[tuple[int, int | None]]  # raised, cleared: Unix ms


@dataclass
class Verdict:
    """What a fault did to one step; `broken` are the numbers of the promises above that were not kept."""

    is_decisive: bool
    is_same: bool
    later_ms: int = 0  # the latest that something was raised or cleared behind the clean run
    lost: int = 0
    more: int = 0
    broken: list[int] = field(default_factory=list)


def single_steps(rules: Sequence[list]) -> list[list]:
    """Return a rule for each step: the level of a rule is that of its highest active step, which hides the others."""
    return [[number, rule[SOURCE], 0, None, [step]] for rule in rules for number, step in enumerate(rule[STEPS])]


def spans_of(rules: Sequence[list], validity: Sequence[list], periods: Sequence[int], ticks: Sequence[Tick]) -> list[Spans]:
    """Return for each of the single-step rules when it was active."""
    trial = Trial(rules, periods, validity)
    run([trial], ticks)
    spans: list[Spans] = [[] for _ in rules]
    for episode in trial.episodes:
        spans[episode.rule].append((episode.raised_ms, episode.cleared_ms))
    return spans


def judge_step(rule: list, clean: Sequence[Tick], fault: Fault, before: Spans, after: Spans) -> Verdict:
    """Compare what one step did in the clean history, `before`, with what it did in the faulty one."""
    (step,), index = rule[STEPS], rule[SOURCE][2]
    times = [tick.unix_ms for tick in clean]
    first, last = bisect_left(times, fault.start_ms), bisect_left(times, fault.end_ms)
    delay_ms = max(step[ON_MS], step[OFF_MS])
    start, end = _reach(clean, index, first, delay_ms, -1), _reach(clean, index, last, delay_ms, 1)
    near = clean[start : end + 1]
    verdict = Verdict(len(_conditions(step, index, near)) > 1 or _has_hole(near, index), before == after)
    if not verdict.is_decisive and not verdict.is_same:
        verdict.broken.append(1)
    verdict.more, verdict.lost = max(0, len(after) - len(before)), max(0, len(before) - len(after))
    for moment, number in _turns(after):
        known = [each for each, other in _turns(before) if other == number]
        if moment in known:
            continue
        at = bisect_left(times, moment)
        since = _reach(clean, index, bisect_left(times, moment - fault.end_ms + fault.start_ms), delay_ms, -1)
        if not any(condition[number] for condition in _conditions(step, index, clean[since : at + 1])):
            verdict.broken.append(2 + number)
        if fault.start_ms <= moment <= times[end]:
            later = [moment - each for each in known if fault.start_ms <= each <= moment]
            verdict.later_ms = max([verdict.later_ms, *later])
    if not verdict.lost and not verdict.more and any(moment > times[end] for moment, _ in set(_turns(after)) - set(_turns(before))):
        verdict.broken.append(4)
    return verdict


def _reach(ticks: Sequence[Tick], index: int, at: int, delay_ms: int, way: int) -> int:
    """Return the number of the tick up to which what happens at tick `at` matters."""
    readings, since_ms = 0, None
    while 0 < at < len(ticks) - 1:
        at += way
        tick = ticks[at]
        readings += tick.values is not None and tick.values[index] is not None
        if readings >= _READINGS:
            since_ms = tick.unix_ms if since_ms is None else since_ms
            is_there = tick.values is not None and tick.values[index] is not None
            if is_there and abs(tick.unix_ms - since_ms) >= delay_ms:  # it never ends within a hole
                break
    return min(max(at, 0), len(ticks) - 1)


def _turns(spans: Spans) -> list[tuple[int, int]]:
    """Return (moment, 0 where a step is raised there and 1 where it is cleared)."""
    return [(start, 0) for start, _ in spans] + [(end, 1) for _, end in spans if end is not None]


def _has_hole(ticks: Sequence[Tick], index: int) -> bool:
    """Tell whether more readings are missing in a row than a delay goes on over."""
    missing = 0
    for tick in ticks:
        missing = missing + 1 if tick.values is None or tick.values[index] is None else 0
        if missing > _MISSED:
            return True
    return False


def _conditions(step: Sequence, index: int, ticks: Sequence[Tick]) -> set[tuple[bool, bool]]:
    """Return which conditions clean readings have: (at or beyond set, beyond clear)."""
    sign = -1 if is_below(step) else 1
    found = set()
    for tick in ticks:
        if tick.values is not None and tick.values[index] is not None:
            value = tick.values[index] * sign
            found.add((value >= step[SET] * sign, value < step[CLEAR] * sign))
    return found
