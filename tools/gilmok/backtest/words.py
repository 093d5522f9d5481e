"""What is said of an alarm: its level and colour, quantities, durations, and why it was raised."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from ..language import choose
from .compiled import COUNT, FORECAST, HEALTH, MEAN, MORE, RATE, SET, SOURCE, SPAN_MS, STEPS, is_below, kind_of
from .trial import Change

if TYPE_CHECKING:
    from gilmok_site.subjects import Subject

    from .plan import Plan

# English, Korean, and the colour of each level: blue, yellow, orange, red. Source: 재난 및 안전관리 기본법 제38조(2); colours secondary.
LEVELS = {
    0: ("normal", "정상", "#6b7280"),
    1: ("attention", "관심", "#2563eb"),
    2: ("caution", "주의", "#ca8a04"),
    3: ("alert", "경계", "#ea580c"),
    4: ("serious", "심각", "#dc2626"),
}
_TERMINAL = {1: "34", 2: "33", 3: "38;5;208", 4: "31"}  # ECMA-48 SGR; orange is of the 256 colours

# Health codes: gilmok_rules/README.md.
_HEALTH = {
    1: ("the sensor does not answer", "센서 응답 없음"),
    2: ("out of range", "범위 밖의 값"),
    3: ("spikes", "튀는 값"),
    4: ("stuck", "멈춘 값"),
    5: ("readings are missing", "측정값 없음"),
}


def level_word(level: int) -> str:
    """Return the word of a level in the person's language."""
    english, korean, _ = LEVELS[level]
    return choose(english, korean)


def painted(text: str, level: int) -> str:
    """Return text in the colour of a level, for a terminal."""
    return f"\x1b[1;{_TERMINAL[level]}m{text}\x1b[0m" if level in _TERMINAL else text


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
    """Return why a level was reached, in a sentence without a verb."""
    compiled, subject = plan.rules[rule], plan.subjects[rule]
    if compiled[SOURCE][0] == HEALTH:
        return choose(*_HEALTH.get(change.value or 0, ("", "")))
    if change.step < 0 or change.value is None:
        return choose("a lower level holds", "낮은 단계 유지")
    step = compiled[STEPS][change.step]
    kind = kind_of(step)
    if kind == COUNT:
        return choose(f"{change.value} votes, {step[SET]} needed", f"{change.value}표, 필요한 표 {step[SET]}")
    return _compared(step, kind, subject, change)


def _compared(step: Sequence, kind: int, subject: Subject, change: Change) -> str:
    """Return what a step compared with what, and for how long it held."""
    channel, value = subject.channel, change.value or 0
    sign = "≤" if is_below(step) else "≥"
    compared = f"{quantity(value, channel)} {sign} {quantity(step[SET], channel)}"
    span, held_ms = duration(step[SPAN_MS]), change.held_ms or 0
    if kind == RATE:
        an_hour = choose("an hour", "(시간당)")
        return f"{channel[0]} {quantity(value, channel)} {an_hour} {sign} {quantity(step[SET], channel)} {an_hour}"
    if kind == FORECAST:
        ahead = duration(step[MORE])
        return choose(f"{channel[0]} in {ahead} {compared}", f"{channel[0]} {ahead} 뒤 예상 {compared}")
    if kind == MEAN:
        held_ms += step[SPAN_MS]
        compared = choose(f"mean of {span} {compared}", f"{span} 평균 {compared}")
    lasting = choose(f" for {duration(held_ms)}", f", {duration(held_ms)} 지속") if held_ms else ""
    return f"{channel[0]} {compared}{lasting}"
