"""Why an alarm is as it is, in a sentence: what was compared with what, for how long, and where it is going."""

from __future__ import annotations

from typing import Any

from .event import AlarmEvent
from .trend import Trend
from .words import HEALTH, about, duration

# What a step compares, by quantity: (English, Korean). {watch} is a channel, {value} and {limit} have their units.
_COMPARED = {
    "value": ("{watch} {value} {sign} {limit}", "{watch} {value} {sign} {limit}"),
    "mean": ("{watch}, mean of {span}: {value} {sign} {limit}", "{watch} {span} 평균 {value} {sign} {limit}"),
    "rate": ("{watch} changes by {value} {sign} {limit}", "{watch} 변화 {value} {sign} {limit}"),
    "forecast": ("{watch} {value} expected in {ahead} {sign} {limit}", "{watch} {ahead} 뒤 예상 {value} {sign} {limit}"),
    "votes": ("{value} {sign} {limit} of: {watch}", "{value} {sign} {limit}, 대상: {watch}"),
}
_PLAIN = {
    # what the collector watches itself (area/)
    "silence": ("nothing heard for {value}; {limit} are usual at most", "{value} 동안 수신 없음, 평소 최대 {limit}"),
    "place": ("{value} of {limit} nodes silent: {watch}", "노드 {limit}개 가운데 {value}개 신호 없음: {watch}"),
    "backlog": ("{value} records wait; {limit} before", "밀린 기록 {value}건, 이전 {limit}건"),
    "unsure": ("records dated to {value} only; the limit is {limit}", "기록 시각의 오차 {value}, 한계 {limit}"),
    "undated": ("records cannot be dated", "기록의 시각을 알 수 없음"),
    "health": ("{watch}: {health}", "{watch}: {health}"),
    "output": ("{watch}: commanded, not confirmed", "{watch}: 명령했으나 작동이 확인되지 않음"),
    "clock": ("the node has not known the time for {value}", "노드가 시각을 모른 지 {value}"),
}
_HELD = (" for {time}", ", {time} 동안")
_WAS = ("; was {value} {time} before", "; {time} 전 {value}")
_RISING = ("; rising {value}", "; {value} 상승 중")
_FALLING = ("; falling {value}", "; {value} 하강 중")
_EXPECTED = ("; {value} expected in {time}", "; {time} 뒤 {value} 예상")


def explain(event: AlarmEvent, lang: str, trend: Trend | None = None) -> str:
    """Return why an event came, "" where a person or another alarm is why.

    river.water_level 1.43 m ≥ 1.20 m for 30 s; was 1.19 m 2 min before; rising 0.8 m/h; 1.50 m expected in 5 min
    """
    korean = lang == "ko"
    facts = event.facts
    watch = facts.get("watch") or ", ".join(map(str, facts.get("members", ()))) or event.rule
    told: dict[str, Any] = {"watch": watch, "value": number(event.value, event), "limit": number(event.limit, event)}
    kind = facts.get("kind", "channel")
    if kind in _PLAIN and (event.value is not None or kind in ("output", "undated")):
        code = int(event.value or 0)
        health = HEALTH[code][korean] if 0 <= code < len(HEALTH) else f"#{code}"
        if event.level == 0 and kind in ("output", "undated"):
            return ""
        return _PLAIN[kind][korean].format(**told, health=health)
    if event.value is None or event.limit is None:
        return ""
    told |= {"sign": _sign(event), "span": duration(facts.get("span_ms", 0), lang), "ahead": duration(facts.get("more", 0), lang)}
    sentence = _COMPARED[_quantity(facts)][korean].format(**told)
    if event.detail:
        sentence += _HELD[korean].format(time=duration(event.detail // 1000 * 1000 or event.detail, lang))
    return sentence + (explain_trend(event, lang, trend) if trend else "")


def explain_trend(event: AlarmEvent, lang: str, trend: Trend) -> str:
    """Return where the value came from and where it is going, to be put behind `explain`."""
    korean = lang == "ko"
    text = _WAS[korean].format(value=number(trend.before, event), time=about(trend.before_ms, lang))
    if abs(trend.slope) >= trend.least:
        pace = f"{abs(trend.slope):.2g} {event.unit}/h"
        text += (_RISING if trend.slope > 0 else _FALLING)[korean].format(value=pace)
    if trend.expected_ms is not None:
        text += _EXPECTED[korean].format(value=number(trend.expected, event), time=about(trend.expected_ms, lang))
    return text


def number(value: float | None, event: AlarmEvent) -> str:
    """Return a value with its unit, with as many digits behind the point as the event's values have."""
    if value is None:
        return "–"
    places = max(_places(each) for each in (event.value, event.limit))
    return f"{value:.{places}f} {event.unit}".rstrip()


def _quantity(facts: Any) -> str:
    quantity = facts.get("quantity", "votes" if facts.get("members") else "value")
    return quantity if quantity in _COMPARED else "value"


def _sign(event: AlarmEvent) -> str:
    """Return how the value stands to the limit: at or above where it raises, below where it clears, and the other way round."""
    clears = event.event in ("ease", "clear")
    return ("<", "≥", ">", "≤")[2 * bool(event.facts.get("below")) + (not clears)]


def _places(value: float | None) -> int:
    text = f"{value:.6f}".rstrip("0") if value is not None else "."
    return len(text.partition(".")[2])
