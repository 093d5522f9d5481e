"""What is said of an alarm: its level and colour, quantities, durations, and why it was raised; in the words of the collector's alarms."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from gilmok_collector.alarms import words
from gilmok_collector.alarms.event import AlarmEvent
from gilmok_collector.alarms.explain import explain as explain_event
from gilmok_collector.alarms.names import scale

from ..language import choose, language
from .layout import ID
from .trial import Change

if TYPE_CHECKING:
    from .plan import Plan

# Of each level in reports: grey, then blue, yellow, orange and red of the national crisis alert, dark enough for white letters.
COLOURS = ("#6b7280", "#2563eb", "#ca8a04", "#ea580c", "#dc2626")


def level_word(level: int) -> str:
    """Return the word of a level in the person's language."""
    return words.level_word(level, language())


def level_code(level: int) -> str:
    """Return the word of a level for programs."""
    return words.level_word(level, "en")


def quantity(steps: int, channel: Sequence) -> str:
    """Return a number of steps of a channel with its unit."""
    return f"{number(steps, channel):f} {channel[1]}".removesuffix(" 1")


def number(steps: int, channel: Sequence) -> Decimal:
    """Return a number of steps of a channel in its unit, exactly."""
    _, _, exponent, *step = channel
    return (Decimal(steps) * (step[0] if step else 1)).scaleb(exponent)


def duration(ms: int) -> str:
    """Return how long something lasts, in two units at most."""
    seconds = round(ms / 1000)
    units = [
        (seconds // 86_400, choose(" d", "일")),
        (seconds // 3600 % 24, choose(" h", "시간")),
        (seconds // 60 % 60, choose(" min", "분")),
        (seconds % 60, choose(" s", "초")),
    ]
    first = next((place for place, (count, _) in enumerate(units) if count), 3)
    told = [f"{count}{unit}" for count, unit in units[first : first + 2] if count]
    return " ".join(told) or choose("0 s", "0초")


def explain(plan: Plan, rule: int, change: Change) -> str:
    """Return why a level was reached, as `gilmok alarms show` says it."""
    named = plan.rule_names[plan.rules[rule][ID]]
    *_, exponent = plan.subjects[rule].channel[:3]
    word = "ease" if change.step < 0 else "raise"
    step = named.step(change.level, word, change.limit)
    event = AlarmEvent(
        node="",
        rule=named.name,
        rule_id=plan.rules[rule][ID],
        event=word,
        state="",
        level=change.level,
        source="",
        received_ms=change.unix_ms,
        value=scale(change.value, named.factor, exponent),
        limit=scale(change.limit, named.factor, exponent),
        unit=step.unit,
        detail=change.held_ms,
        facts=step.facts,
    )
    return explain_event(event, language())
