"""Alarms on recorded water: when they come, how far ahead forecasts are, what is false, and what faults of instruments change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from statistics import median

from gilmok.backtest.layout import LEVEL, MORE, ON_MS, SET, SOURCE, STEPS, kind_of
from gilmok.backtest.schedule import Tick
from gilmok.backtest.trial import Trial, run
from gilmok_rules.compiled import CHANNEL, FORECAST, HEALTH, VALUE

from bench.alarm_recordings import Recording, recordings
from bench.endured import Spans, Verdict, judge_step, single_steps, spans_of
from bench.faulty import KINDS, Limits, break_history
from bench.report import Figure

SEEDS = 420  # of faults: sixty of each kind
_MISSING = 5  # health code
_DOUBT_MS = 30 * 60_000
_STUCK = "stuck"
_LEVELS = ("", "attention", "caution", "alert", "serious")


@dataclass
class Forecast:
    """One forecast that was raised: how long before its level was truly reached; None where it was not, within its span or at all."""

    recording: str
    level: int
    raised_ms: int
    lead_ms: int | None


def measure() -> list[Figure]:
    """Return the figures.

    Raises: Skipped without recordings.
    """
    known = recordings()
    figures: list[Figure] = []
    for group in dict.fromkeys(each.group for each in known):
        figures += _alarms([each for each in known if each.group == group and each.is_whole], group)
    figures += _faults(known)
    return figures


# Alarms and forecasts.


def _alarms(group: Sequence[Recording], name: str) -> list[Figure]:
    levels: Counter[int] = Counter()
    instrument: Counter[int] = Counter()
    quiet = 0
    forecasts: list[Forecast] = []
    missed = 0
    for recording in group:
        trial = Trial(recording.rules, recording.periods, recording.validity)
        run([trial], recording.ticks)
        hazards = [each for each in trial.episodes if recording.rules[each.rule][SOURCE][0] == CHANNEL]
        instrument.update(each.changes[0].value or 0 for each in trial.episodes if recording.rules[each.rule][SOURCE][0] == HEALTH)
        levels.update(each.level for each in hazards)
        lowest = min(step[SET] for rule in recording.rules for step in rule[STEPS] if rule[SOURCE][0] == CHANNEL and kind_of(step) == VALUE)
        quiet += sum(_peak(recording.ticks, recording.index, each.raised_ms, each.cleared_ms) < lowest for each in hazards)
        found, unforeseen = _forecasts(recording)
        forecasts += found
        missed += unforeseen
    leads = [each.lead_ms / 60_000 for each in forecasts if each.lead_ms is not None]
    wrong = [each for each in forecasts if each.lead_ms is None]
    key = name.lower().replace(" ", "_")
    told = ", ".join(f"{_LEVELS[level]} {count}" for level, count in sorted(levels.items()))
    return [
        Figure(f"{name}: alarms in {len(group)} recordings", sum(levels.values()), key=f"alarms_{key}", note=told),
        Figure(
            "  of the instrument: readings are missing",
            instrument[_MISSING],
            key=f"alarms_{key}_missing",
            note="they are, in the recording",
        ),
        Figure("  … anything else, and it is well", instrument.total() - instrument[_MISSING], key=f"alarms_{key}_instrument", at_most=0),
        Figure("  below every threshold all the while", quiet, key=f"alarms_{key}_dry"),
        Figure("  forecasts that came true", len(leads), key=f"alarms_{key}_forecasts", note=_spread(leads)),
        Figure("  … lead time, median", median(leads) if leads else 0, "min", key=f"alarms_{key}_lead_min"),
        Figure("  forecasts that did not", len(wrong), key=f"alarms_{key}_false_forecasts"),
        Figure("  levels reached without a forecast", missed, key=f"alarms_{key}_unforeseen"),
    ]


def _forecasts(recording: Recording) -> tuple[list[Forecast], int]:
    """Return each forecast, and how often its level was reached without one."""
    rules = [rule for rule in single_steps(recording.rules) if rule[SOURCE][0] == CHANNEL and kind_of(rule[STEPS][0]) == FORECAST]
    found: list[Forecast] = []
    missed = 0
    for rule, spans in zip(rules, spans_of(rules, recording.validity, recording.periods, recording.ticks), strict=True):
        (step,) = rule[STEPS]
        crossings = list(_crossings(recording.ticks, recording.index, step[SET]))
        for raised, cleared in spans:
            end = raised + step[MORE] if cleared is None else max(cleared, raised + step[MORE])
            reached = [each for each in crossings if raised <= each <= end]
            found.append(Forecast(recording.name, step[LEVEL], raised, reached[0] - raised if reached else None))
        missed += sum(not any(start <= each <= (end or each) for start, end in spans) for each in crossings)
    return found, missed


def _crossings(ticks: Sequence[Tick], index: int, limit: int) -> Iterator[int]:
    """Yield when the level comes to be at or beyond a limit, from a tenth below it: waves about it count once."""
    is_low = True
    for tick in ticks:
        value = tick.values[index] if tick.values else None
        if value is not None:
            if is_low and value >= limit:
                is_low = False
                yield tick.unix_ms
            elif value < limit * 9 // 10:
                is_low = True


def _peak(ticks: Sequence[Tick], index: int, since_ms: int, until_ms: int | None) -> int:
    return max(
        (
            tick.values[index] or 0
            for tick in ticks
            if tick.values and since_ms <= tick.unix_ms and (until_ms is None or tick.unix_ms <= until_ms)
        ),
        default=0,
    )


def _spread(leads: Sequence[float]) -> str:
    return f"{min(leads):.0f} to {max(leads):.0f} min ahead" if leads else ""


# Faults.


def _faults(known: Sequence[Recording]) -> list[Figure]:
    broken = [recording for recording in known if recording.breaks]
    same, changed, kept, forecasts, invented = Counter(), Counter(), Counter(), Counter(), Counter()
    later: dict[str, int] = {}
    promises = alarms_wrong = 0
    for seed in range(SEEDS):
        recording = broken[seed // len(KINDS) % len(broken)]
        outcome = endure(recording, KINDS[seed % len(KINDS)], seed)
        for verdict in outcome.verdicts:
            same[outcome.kind] += verdict.is_same
            changed[outcome.kind] += not verdict.is_same
            kept[outcome.kind] += not verdict.is_decisive
            later[outcome.kind] = max(later.get(outcome.kind, 0), verdict.later_ms)
            promises += len(verdict.broken)
        alarms_wrong += outcome.instrument_wrong
        forecasts[outcome.kind] += len(outcome.forecasts)
        invented[outcome.kind] += sum(_invented(before, after) for before, after in outcome.forecasts)
    figures = [
        Figure(
            f"{kind}: steps as in the clean history",
            same[kind],
            f"of {same[kind] + changed[kind]}",
            key=f"alarms_same_{kind.replace(' ', '_')}",
            note=f"{kept[kind]} where the fault decided nothing; else at most {later.get(kind, 0) / 60_000:.1f} min later",
        )
        for kind in KINDS
    ]
    return [
        *figures,
        Figure("promises not kept (bench/endured.py)", promises, key="alarms_promises_broken", at_most=0),
        Figure("forecasts that a fault raised", invented.total() - invented[_STUCK], key="alarms_forecasts_invented", at_most=0),
        Figure(
            "  … and the jump behind a value that stood still",
            invented[_STUCK],
            f"of {forecasts[_STUCK]}",
            key="alarms_forecasts_after_standstill",
            note="shorter than its `stuck`, so nobody could know: it looks like a rise",
        ),
        Figure("instrument's own alarm missing, or too much", alarms_wrong, key="alarms_instrument_wrong", at_most=0),
    ]


def _invented(before: Spans, after: Spans) -> int:
    """Return how many forecasts were raised that the clean history has not, nor has within half an hour: a window's worth of doubt."""
    return sum(not any(start - _DOUBT_MS <= raised <= (end or raised) for start, end in before) for raised, _ in after)


@dataclass
class Endured:
    """What a fault did to the steps of a recording's hazard rules, and whether the instrument's own alarm was as it had to be.

    `forecasts` are when each forecast was raised and cleared in the clean history and in the faulty one.
    """

    kind: str
    verdicts: list[Verdict]
    forecasts: list[tuple[Spans, Spans]]
    instrument_wrong: bool
    start_ms: int
    end_ms: int


def endure(recording: Recording, kind: str, seed: int) -> Endured:
    """Break a recording as `seed` says, and compare its alarms with those of the clean one."""
    steps = [rule for rule in single_steps(recording.rules) if rule[SOURCE][0] == CHANNEL]
    hazards = [rule for rule in steps if kind_of(rule[STEPS][0]) == VALUE]
    trends = [rule for rule in steps if kind_of(rule[STEPS][0]) == FORECAST]
    health = [rule for rule in recording.rules if rule[SOURCE][0] == HEALTH]
    rules = [*hazards, *trends, *health]
    if recording.clean is None:
        recording.clean = spans_of(rules, recording.validity, recording.periods, recording.ticks)
    numbers = {tick.unix_ms: number for number, tick in enumerate(recording.ticks)}
    moments = [numbers[each] for spans in recording.clean[: len(hazards)] for span in spans for each in span if each in numbers]
    limits = Limits(*recording.limits)
    fault = break_history(recording.ticks, recording.index, limits, kind, Random(seed), moments)
    spans = spans_of(rules, recording.validity, recording.periods, fault.ticks)
    period_ms = recording.periods[0]
    verdicts = [
        judge_step(rule, recording.ticks, fault, before, after)
        for rule, before, after in zip(hazards, recording.clean, spans, strict=False)
    ]
    places = range(len(hazards), len(hazards) + len(trends))
    trended = [(recording.clean[place], spans[place]) for place in places]
    wrong = bool(health) and _instrument_wrong(
        health[0][STEPS][0][ON_MS], period_ms, fault.bad_ms, bool(spans[-1]), bool(recording.clean[-1])
    )
    return Endured(kind, verdicts, trended, wrong, fault.start_ms, fault.end_ms)


def _instrument_wrong(delay_ms: int, period_ms: int, bad_ms: int, is_raised: bool, was_raised: bool) -> bool:
    """Tell whether an instrument's alarm is missing or too much; two readings more, behind a long hole, are not believed either."""
    if was_raised:
        return False
    if bad_ms >= delay_ms + period_ms:
        return not is_raised
    return is_raised and bad_ms + 2 * period_ms < delay_ms
