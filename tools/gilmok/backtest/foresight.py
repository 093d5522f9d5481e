"""Whether a forecast came true, and how long it was ahead."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from gilmok_rules.compiled import FORECAST

from .layout import MORE, SET, SOURCE, STEPS, is_below, kind_of
from .outcome import Outcome
from .trial import Change, Episode


@dataclass(frozen=True)
class Foresight:
    """Ms until the history reached the threshold; None where it did not while that level stood, nor within the forecast's span."""

    lead_ms: int | None


def foresight_of(outcome: Outcome, episode: Episode, change: Change) -> Foresight | None:
    """Return what became of a forecast; None where a change was none."""
    compiled = outcome.plan.rules[episode.rule]
    if change.step < 0 or kind_of(compiled[STEPS][change.step]) != FORECAST:
        return None
    step = compiled[STEPS][change.step]
    _, source, index = compiled[SOURCE]
    sign = -1 if is_below(step) else 1
    eased = (each.unix_ms for each in episode.changes if each.unix_ms > change.unix_ms and each.level < change.level)
    until_ms = next(eased, outcome.span.last_ms if episode.cleared_ms is None else episode.cleared_ms)
    end_ms = max(until_ms, change.unix_ms + step[MORE])
    readings = outcome.plan.schedules[source].history.readings
    for reading in readings[bisect_left(readings, change.unix_ms, key=lambda each: each.unix_ms) :]:
        if reading.unix_ms > end_ms:
            break
        value = reading.values[index]
        if value is not None and value * sign >= step[SET] * sign:
            return Foresight(reading.unix_ms - change.unix_ms)
    return Foresight(None)
