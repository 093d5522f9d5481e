"""A backtest as text: what would have alarmed when, how often, and how often with other thresholds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from ..alarm_view import Line
from ..language import headings, say, spaced
from ..moments import format_second
from ..table import format_table
from .foresight import foresight_of
from .outcome import Choice, Outcome
from .trial import Episode
from .words import duration, explain, level_word, quantity

_MOST = 200  # alarms told one by one: who has more reads the counts, or --json

# What an account counts, and the message that tells of it.
_WRONG = {
    "no_time": "backtest_row",
    "unreadable": "backtest_unreadable",
    "too_large": "backtest_too_large",
    "empty": "backtest_empty",
    "repeated": "backtest_repeated",
    "conflicting": "backtest_conflicting",
    "backwards": "backtest_backwards",
    "outside": "backtest_outside",
}


def lines_of(outcome: Outcome, zone: tzinfo) -> Iterator[Line]:
    """Yield the report."""
    yield from map(Line, head_of(outcome, zone))
    yield Line("")
    if not outcome.episodes:
        yield Line(say("backtest_quiet"))
    else:
        yield from _alarms(outcome, zone)
        yield Line("")
        yield from map(Line, format_table([headings("backtest_months"), *month_rows(outcome, zone)], right=(3,)))
    if outcome.choices and len(outcome.choices[0].counts) > 1:
        rows = [choice_row(outcome, choice) for choice in outcome.choices]
        yield Line("")
        yield from map(Line, format_table([choice_heads(outcome), *rows], right=(2, 3, 4)))
        yield Line(say("backtest_choice"))


def head_of(outcome: Outcome, zone: tzinfo) -> Iterator[str]:
    """Yield what was judged, and what of the history was not as it should be."""
    account, plan, span = outcome.account, outcome.plan, outcome.span
    moments = [format_second(each, zone) for each in (span.first_ms, span.last_ms)]
    yield say("backtest_span", first=moments[0], last=moments[1], rows=spaced(account.rows))
    for kind, code in _WRONG.items():
        count = getattr(account, kind)
        if count:
            sample = f" ({account.samples[kind]})" if kind in account.samples else ""
            yield say(code, count=spaced(count)) + sample
    for schedule in plan.schedules.values():
        if schedule.missed:
            longest = max(schedule.gaps, key=lambda gap: gap[1] - gap[0])
            facts = {"sensor": schedule.history.sensor, "count": spaced(schedule.missed), "gaps": spaced(len(schedule.gaps))}
            yield say("backtest_missing", **facts, longest=duration(longest[1] - longest[0]), at=format_second(longest[0], zone))
    for sensor, coarse in plan.coarse.items():
        code = "backtest_line" if coarse.has_line else "backtest_coarse"
        yield say(code, sensor=sensor, period=duration(coarse.period_ms), every=duration(coarse.every_ms))
    if plan.left_out:
        yield say("backtest_left_out", rules=", ".join(plan.left_out))


def month_rows(outcome: Outcome, zone: tzinfo) -> list[tuple[str, ...]]:
    """Return a row for each month, rule and highest level."""
    rows: list[tuple[str, ...]] = []
    for month, counts in outcome.months(zone).items():
        for (rule, level), count in sorted(counts.items(), key=lambda item: (outcome.plan.names[item[0][0]], -item[0][1])):
            rows.append((month, outcome.plan.names[rule], level_word(level), str(count)))
    return rows


def choice_heads(outcome: Outcome) -> tuple[str, ...]:
    """Return the headings of the table of other thresholds."""
    rule, level, *_ = headings("backtest_choices")
    percents = sorted(outcome.choices[0].counts)
    return (rule, level, *map(_percent, percents))


def _percent(percent: int) -> str:
    """Return the heading of a column: how far thresholds are from those of the site."""
    return say("backtest_percent", percent=f"{percent - 100:+d}".replace("-", "−")) if percent != 100 else say("backtest_as_is")


def choice_row(outcome: Outcome, choice: Choice) -> tuple[str, ...]:
    """Return how often one step was reached with each threshold, and for how long."""
    channel = outcome.plan.subjects[choice.rule].channel
    cells = [
        f"{quantity(choice.limits[percent], channel)}: {count} × · {duration(round(choice.hours[percent] * 3_600_000))}"
        for percent, count in sorted(choice.counts.items())
    ]
    return (outcome.plan.names[choice.rule], level_word(choice.level), *cells)


def _alarms(outcome: Outcome, zone: tzinfo) -> Iterator[Line]:
    rows: list[tuple[str, ...]] = [headings("backtest_alarms")]
    levels: list[int | None] = [None]
    for episode in outcome.episodes[:_MOST]:
        for row, level in alarm_rows(outcome, episode, zone):
            rows.append(row)
            levels.append(level)
    yield from map(Line, format_table(rows), levels)
    if len(outcome.episodes) > _MOST:
        yield Line(say("backtest_more", count=spaced(len(outcome.episodes) - _MOST)))


def alarm_rows(outcome: Outcome, episode: Episode, zone: tzinfo) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield a row for the raising of an alarm and one for each time it rose to a higher level, with that level."""
    before = 0
    for change in episode.changes:
        first, rises, before = not before, change.level > before, change.level
        if not rises:
            continue
        name = outcome.plan.names[episode.rule] if first else ""
        why = explain(outcome.plan, episode.rule, change)
        notes = [say("backtest_suppressed")] if first and episode.suppressed else []
        foresight = foresight_of(outcome, episode, change)
        if foresight is not None:
            notes.append(
                say("backtest_untrue") if foresight.lead_ms is None else say("backtest_true", duration=duration(foresight.lead_ms))
            )
        row = (format_second(change.unix_ms, zone), level_word(change.level), name, why, lasting(outcome, episode) if first else "")
        yield (*row, peak(outcome, episode) if first else "", ", ".join(notes)), change.level


def lasting(outcome: Outcome, episode: Episode) -> str:
    """Return how long an alarm lasted; one that lasts still says so."""
    if episode.cleared_ms is None:
        return say("backtest_lasts", duration=duration(outcome.span.last_ms - episode.raised_ms))
    return duration(episode.cleared_ms - episode.raised_ms)


def peak(outcome: Outcome, episode: Episode) -> str:
    """Return the extreme of what was watched meanwhile."""
    return "" if episode.peak is None else quantity(episode.peak, outcome.plan.subjects[episode.rule].channel)
