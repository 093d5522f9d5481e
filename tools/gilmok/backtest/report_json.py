"""A backtest as JSON: the same facts for programs, times in ISO 8601, values in the channels' units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import tzinfo
from typing import Any

from ..moments import format_moment
from .foresight import foresight_of
from .outcome import Outcome
from .trial import Change, Episode
from .words import explain, level_code, number


def facts_of(outcome: Outcome, zone: tzinfo, site: str, node: str, data: str) -> dict[str, Any]:
    """Return what came out."""
    plan, span = outcome.plan, outcome.span
    return {
        "site": site,
        "node": node,
        "data": data,
        "first": format_moment(span.first_ms, zone),
        "last": format_moment(span.last_ms, zone),
        "account": asdict(outcome.account),
        "gaps": {
            schedule.history.sensor: [[format_moment(start, zone), format_moment(end, zone)] for start, end in schedule.gaps]
            for schedule in plan.schedules.values()
        },
        "not_judged": plan.left_out,
        "coarse": {sensor: coarse._asdict() for sensor, coarse in plan.coarse.items()},
        "alarms": [_alarm(outcome, episode, zone) for episode in outcome.episodes],
        "thresholds": [_choice(outcome, choice) for choice in outcome.choices],
    }


def _alarm(outcome: Outcome, episode: Episode, zone: tzinfo) -> dict[str, Any]:
    plan = outcome.plan
    channel = plan.subjects[episode.rule].channel
    return {
        "rule": plan.names[episode.rule],
        "level": level_code(episode.level),
        "raised": format_moment(episode.raised_ms, zone),
        "cleared": None if episode.cleared_ms is None else format_moment(episode.cleared_ms, zone),
        "suppressed": episode.suppressed,
        "peak": _scaled(episode.peak, channel),
        "unit": channel[1],
        "changes": [_change(outcome, episode, change, zone) for change in episode.changes],
    }


def _change(outcome: Outcome, episode: Episode, change: Change, zone: tzinfo) -> dict[str, Any]:
    channel = outcome.plan.subjects[episode.rule].channel
    foresight = foresight_of(outcome, episode, change)
    lead_s = None if foresight is None or foresight.lead_ms is None else foresight.lead_ms / 1000
    return {
        "time": format_moment(change.unix_ms, zone),
        "level": level_code(change.level),
        "value": _scaled(change.value, channel),
        "limit": _scaled(change.limit, channel),
        "held_s": None if change.held_ms is None else change.held_ms / 1000,
        "why": explain(outcome.plan, episode.rule, change),
        **({} if foresight is None else {"came_true": foresight.lead_ms is not None, "lead_s": lead_s}),
    }


def _choice(outcome: Outcome, choice: Any) -> dict[str, Any]:
    channel = outcome.plan.subjects[choice.rule].channel
    return {
        "rule": outcome.plan.names[choice.rule],
        "level": level_code(choice.level),
        "unit": channel[1],
        "percent": {
            str(percent): {"threshold": _scaled(choice.limits[percent], channel), "times": count, "hours": round(choice.hours[percent], 3)}
            for percent, count in choice.counts.items()
        },
    }


def _scaled(steps: int | None, channel: Sequence) -> float | None:
    return None if steps is None else float(number(steps, channel))
