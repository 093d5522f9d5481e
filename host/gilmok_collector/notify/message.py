"""What a notice says: the event as JSON, and a sentence in the language of its target."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ..alarms.event import AlarmEvent

if TYPE_CHECKING:
    from gilmok_site.model import Site

LEVELS = {
    "en": ("normal", "attention", "caution", "alert", "serious"),
    "ko": ("정상", "관심", "주의", "경계", "심각"),
}

# event → what happened, in English and Korean
EVENTS = {
    "raise": ("raised", "발생"),
    "escalate": ("escalated", "격상"),
    "ease": ("eased", "완화"),
    "clear": ("over", "해제"),
    "acknowledge": ("acknowledged", "확인함"),
    "reset": ("reset", "복귀"),
    "shelve": ("shelved", "보류"),
    "unshelve": ("no longer shelved", "보류 끝"),
    "suppress": ("explained by another alarm", "다른 경보에 포함"),
    "unsuppress": ("no longer explained by another alarm", "다른 경보에서 분리"),
    "remove": ("out of service", "운용 제외"),
    "return": ("back in service", "운용 복귀"),
}

# What the collector itself watches → its name.
RULES = {
    "watch.silence": ("silent", "신호 없음"),
    "watch.backlog": ("backlog grows", "밀린 기록 증가"),
    "watch.clock": ("clock unsure", "시각 불확실"),
}

# The kind of place in front of the dot → its name.
PLACES = {"area": ("area", "구역"), "link": ("link", "링크"), "site": ("site", "사이트")}


def compose(event: AlarmEvent, site: Site, lang: str, key: str, repetition: int) -> str:
    """Return the body of a notice, a JSON object, always the same for the same key."""
    subject = subject_of(event, site, lang, repetition)
    body: dict[str, Any] = {
        "id": key,
        "site": site.id,
        "alarm": event.name,
        "node": event.node,
        "rule": event.rule,
        "event": event.event,
        "state": event.state,
        "level": event.level,
        "repetition": repetition,
        "value": event.value,
        "limit": event.limit,
        "unit": event.unit,
        "detail": event.detail,
        "facts": dict(event.facts),
        "time": _iso(event.unix_ms),
        "received": _iso(event.received_ms),
        "lang": lang,
        "subject": subject,
        "text": text_of(event, site, lang),
    }
    return json.dumps(body, ensure_ascii=False, default=str)


def subject_of(event: AlarmEvent, site: Site, lang: str, repetition: int = 0) -> str:
    """Return the event in one line: [alert] Gate 1, flood: raised."""
    level = LEVELS[lang][max(0, min(event.level, 4))]
    again = f" ({repetition + 1})" if repetition else ""
    return (
        f"[{level}] {place_name(event.node, site, lang)}, {rule_name(event.rule, site, lang)}: {EVENTS[event.event][lang == 'ko']}{again}"
    )


def text_of(event: AlarmEvent, site: Site, lang: str) -> str:
    """Return the event in a few lines for people."""
    korean = lang == "ko"
    lines = [subject_of(event, site, lang), explain(event, site, lang)]
    zone = ZoneInfo(site.about.timezone)
    at_ms = event.unix_ms if event.unix_ms is not None else event.received_ms
    known = "" if event.unix_ms is not None else (" (수신 시각)" if korean else " (when it arrived)")
    lines.append(datetime.fromtimestamp(at_ms / 1000, zone).strftime("%Y-%m-%d %H:%M:%S %Z") + known)
    lines.append(site.about.name.text(lang))
    return "\n".join(line for line in lines if line)


def explain(event: AlarmEvent, site: Site, lang: str) -> str:
    """Return why, in one sentence: what was compared with what, and who took part."""
    parts = []
    if event.value is not None:
        limit = "" if event.limit is None else f" / {event.limit:g}"
        parts.append(f"{event.value:g}{limit} {event.unit}".strip())
    members = _members(event.facts)
    if members:
        parts.append(", ".join(place_name(each, site, lang) for each in members))
    return ": ".join(parts)


def place_name(node: str, site: Site, lang: str) -> str:
    """Return what people call a node, an area, a link or the site."""
    if node in site.node:
        name = site.node[node].name
        return name.text(lang) if name is not None else node
    kind, dot, rest = node.partition(".")
    if not dot or kind not in PLACES:
        return node
    if kind == "site":
        return site.about.name.text(lang)
    area = site.area.get(rest) if kind == "area" else None
    return f"{PLACES[kind][lang == 'ko']} {area.name.text(lang) if area is not None and area.name is not None else rest}"


def rule_name(rule: str, site: Site, lang: str) -> str:
    """Return what people call a rule."""
    if rule in RULES:
        return RULES[rule][lang == "ko"]
    vote = site.rule.get(rule)
    name = getattr(vote, "name", None)
    return name.text(lang) if name is not None else rule


def _members(facts: Mapping[str, Any]) -> list[str]:
    members = facts.get("members", [])
    return [each.partition("/")[0] for each in members if isinstance(each, str)] if isinstance(members, list) else []


def _iso(unix_ms: int | None) -> str | None:
    return None if unix_ms is None else datetime.fromtimestamp(unix_ms / 1000, UTC).isoformat(timespec="milliseconds")
