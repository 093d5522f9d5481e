"""Whether the hazard alarms of a faulty history are those of the clean one, step by step.

What has to hold, of every step that compares a value. Its *condition* is whether a reading is at or beyond `set`, and whether
it is beyond `clear`.

1. Where the condition of the clean history does not change during the fault, nor within the step's delays and five readings
   of it, the alarm is the same: raised and cleared at the same readings.
2. Nothing is raised unless the true level was at or beyond `set` within the fault's length and that reach before.
3. Nothing is cleared unless it was beyond `clear` within as much.
4. What is raised or cleared later than in the clean history is so by the fault's length and that reach at most.

Where an alarm came and went within the fault it is lost, and where it only paused there it goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gilmok.backtest.compiled import CLEAR, OFF_MS, ON_MS, SET, SOURCE, SPAN_MS, STEPS, is_below
from gilmok.backtest.schedule import Tick
from gilmok.backtest.trial import Trial, run

from bench.faulty import Fault

_READINGS = 5  # of the median that finds spikes

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


def judge_step(rule: list, period_ms: int, clean: Sequence[Tick], fault: Fault, before: Spans, after: Spans) -> Verdict:
    """Compare what one step did in the clean history, `before`, with what it did in the faulty one."""
    (step,), index = rule[STEPS], rule[SOURCE][2]
    reach_ms = max(step[ON_MS], step[OFF_MS]) + step[SPAN_MS] + _READINGS * period_ms
    around = _conditions(step, index, clean, fault.start_ms - reach_ms, fault.end_ms + reach_ms)
    verdict = Verdict(len(around) > 1, before == after)
    if not verdict.is_decisive and not verdict.is_same:
        verdict.broken.append(1)
    verdict.more = max(0, len(after) - len(before))
    verdict.lost = max(0, len(before) - len(after))
    far_ms = fault.end_ms - fault.start_ms + reach_ms
    for moment, number in _turns(after):
        known = [each for each, other in _turns(before) if other == number]
        if moment in known:
            continue
        if not any(condition[number] for condition in _conditions(step, index, clean, moment - far_ms, moment)):
            verdict.broken.append(2 + number)
        earlier = [each for each in known if each <= moment]
        if earlier and moment - max(earlier) <= 2 * far_ms:
            verdict.later_ms = max(verdict.later_ms, moment - max(earlier))
            if moment - max(earlier) > far_ms and len(before) == len(after):
                verdict.broken.append(4)
    return verdict


def _turns(spans: Spans) -> list[tuple[int, int]]:
    """Return (moment, 0 where a step is raised there and 1 where it is cleared)."""
    return [(start, 0) for start, _ in spans] + [(end, 1) for _, end in spans if end is not None]


def _conditions(step: Sequence, index: int, ticks: Sequence[Tick], since_ms: int, until_ms: int) -> set[tuple[bool, bool]]:
    """Return which conditions the clean readings of a time have: (at or beyond set, beyond clear)."""
    sign = -1 if is_below(step) else 1
    found = set()
    for tick in ticks:
        if since_ms <= tick.unix_ms <= until_ms and tick.values is not None and tick.values[index] is not None:
            value = tick.values[index] * sign
            found.add((value >= step[SET] * sign, value < step[CLEAR] * sign))
    return found
