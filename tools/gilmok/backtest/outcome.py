"""A whole backtest: what a site's rules would have said of a history, and how often with other thresholds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from gilmok_rules.compiled import CHANNEL

from .layout import LEVEL, SET, SOURCE, STEPS
from .schedule import merge
from .selection import scaled
from .trial import Episode, Trial, run

if TYPE_CHECKING:
    from .history import Account
    from .plan import Plan


@dataclass
class Span:
    """From the first reading to the last. Units: Unix ms."""

    first_ms: int
    last_ms: int


@dataclass
class Choice:
    """One step of a rule with other thresholds, by their per cent: how often it would have been reached, and for how long in all."""

    rule: int
    step: int
    level: int
    limits: dict[int, int]
    counts: dict[int, int]
    hours: dict[int, float]


@dataclass
class Outcome:
    """What came out."""

    plan: Plan
    account: Account
    span: Span
    episodes: list[Episode]
    choices: list[Choice]

    def months(self, zone: tzinfo) -> dict[str, Counter[tuple[int, int]]]:
        """Return for each month in which something was raised how often each (rule, highest level) was."""
        months: dict[str, Counter[tuple[int, int]]] = {}
        for episode in self.episodes:
            month = f"{datetime.fromtimestamp(episode.raised_ms / 1000, zone):%Y-%m}"
            months.setdefault(month, Counter())[episode.rule, episode.level] += 1
        return dict(sorted(months.items()))


def judge(plan: Plan, account: Account, percent: int = 10, told: Callable[[float], None] = lambda share: None) -> Outcome:
    """Let the rules judge the history, and again with thresholds `percent` lower and higher; `told` hears how far it is, 0 to 1."""
    span = span_of(plan)
    trials = {100: Trial(plan.rules, plan.periods, plan.validity, peaks=True)}
    if percent:
        trials |= {each: Trial(scaled(plan.rules, each), plan.periods, plan.validity) for each in (100 - percent, 100 + percent)}
    length_ms = max(1, span.last_ms - span.first_ms)
    run(list(trials.values()), merge(plan.schedules), lambda tick: told((tick.unix_ms - span.first_ms) / length_ms))
    episodes = sorted(trials[100].episodes, key=lambda episode: episode.raised_ms)
    return Outcome(plan, account, span, episodes, list(_choices(plan, trials, span)))


def span_of(plan: Plan) -> Span:
    """Return from when to when there is a history."""
    readings = [schedule.history.readings for schedule in plan.schedules.values()]
    return Span(min(each[0].unix_ms for each in readings), max(each[-1].unix_ms for each in readings))


def _choices(plan: Plan, trials: dict[int, Trial], span: Span) -> Iterator[Choice]:
    for rule, compiled in enumerate(plan.rules):
        if compiled[SOURCE][0] != CHANNEL:
            continue
        for number, step in enumerate(compiled[STEPS]):
            limits = {percent: trial.rules[rule][STEPS][number][SET] for percent, trial in sorted(trials.items())}
            counts, hours = {}, {}
            for percent, trial in sorted(trials.items()):
                reached = [_times_at(episode, step[LEVEL], span) for episode in trial.episodes if episode.rule == rule]
                counts[percent] = sum(times for times, _ in reached)
                hours[percent] = sum(ms for _, ms in reached) / 3_600_000
            yield Choice(rule, number, step[LEVEL], limits, counts, hours)


def _times_at(episode: Episode, level: int, span: Span) -> tuple[int, int]:
    """Return how often an alarm rose to a level or above, and for how many ms it was there."""
    times = total_ms = 0
    since: int | None = None
    for change in episode.changes:
        if change.level >= level and since is None:
            times, since = times + 1, change.unix_ms
        elif change.level < level and since is not None:
            total_ms, since = total_ms + change.unix_ms - since, None
    if since is not None:
        total_ms += (span.last_ms if episode.cleared_ms is None else episode.cleared_ms) - since
    return times, total_ms
