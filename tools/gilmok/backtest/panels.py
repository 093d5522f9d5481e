"""What plots show: a panel for each watched channel with its curve, its thresholds, its gaps and the alarms of its rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from gilmok_rules.compiled import CHANNEL, RATE

from .layout import LEVEL, SET, SOURCE, STEPS, kind_of
from .outcome import Outcome
from .words import number

COLUMNS = 1200  # points across: finer than a screen shows; each is the least and the greatest of its stretch


class Bar(NamedTuple):
    """A stretch of time at a level. Units: Unix ms."""

    rule: int
    level: int
    since_ms: int
    until_ms: int


@dataclass
class Panel:
    """One channel. `low` and `high` are its curve at `times_ms`, None in gaps; `limits` (level, threshold) in the channel's unit."""

    title: str
    unit: str
    times_ms: list[int]
    low: list[float | None]
    high: list[float | None]
    limits: list[tuple[int, float]]
    gaps: list[tuple[int, int]]
    bars: list[Bar]
    rules: list[int]


def panels_of(outcome: Outcome) -> Iterator[Panel]:
    """Yield a panel for each channel that a rule watches."""
    plan = outcome.plan
    watched: dict[tuple[int, int], list[int]] = {}
    for rule, compiled in enumerate(plan.rules):
        if compiled[SOURCE][0] == CHANNEL:
            watched.setdefault((compiled[SOURCE][1], compiled[SOURCE][2]), []).append(rule)
    for (source, index), rules in watched.items():
        schedule, subject = plan.schedules[source], plan.subjects[rules[0]]
        times, low, high = _curve(outcome, source, index)
        limits = [
            (step[LEVEL], float(number(step[SET], subject.channel)))
            for rule in rules
            for step in plan.rules[rule][STEPS]
            if kind_of(step) != RATE
        ]
        title = f"{schedule.history.sensor}.{subject.channel[0]}"
        bars = [bar for rule in rules for bar in bars_of(outcome, rule)]
        yield Panel(title, subject.channel[1], times, low, high, limits, schedule.gaps, bars, rules)


def bars_of(outcome: Outcome, rule: int) -> Iterator[Bar]:
    """Yield the stretches of a rule's alarms, each at one level."""
    for episode in outcome.episodes:
        if episode.rule != rule:
            continue
        ends = [change.unix_ms for change in episode.changes[1:]]
        ends.append(outcome.span.last_ms if episode.cleared_ms is None else episode.cleared_ms)
        for change, end in zip(episode.changes, ends, strict=True):
            yield Bar(rule, change.level, change.unix_ms, end)


def _curve(outcome: Outcome, source: int, index: int) -> tuple[list[int], list[float | None], list[float | None]]:
    """Return the least and the greatest value of each stretch of time, and nothing in the middle of each gap."""
    span, schedule = outcome.span, outcome.plan.schedules[source]
    channel = next(
        subject.channel
        for subject, rule in zip(outcome.plan.subjects, outcome.plan.rules, strict=True)
        if list(rule[SOURCE]) == [CHANNEL, source, index]
    )
    stretch_ms = max(1, (span.last_ms - span.first_ms) // COLUMNS)
    found: dict[int, tuple[int, int]] = {}
    for reading in schedule.history.readings:
        value = reading.values[index]
        if value is not None:
            place = (reading.unix_ms - span.first_ms) // stretch_ms
            least, greatest = found.get(place, (value, value))
            found[place] = (min(least, value), max(greatest, value))
    points: list[tuple[int, float | None, float | None]] = [
        (span.first_ms + place * stretch_ms, float(number(least, channel)), float(number(greatest, channel)))
        for place, (least, greatest) in found.items()
    ]
    points += [((start + end) // 2, None, None) for start, end in schedule.gaps if end - start > 2 * stretch_ms]
    points.sort(key=lambda point: point[0])
    return [point[0] for point in points], [point[1] for point in points], [point[2] for point in points]
