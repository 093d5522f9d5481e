"""What a notice says: the event as JSON, and for people what happened, why, and what to do, in the language of its target."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ..alarms import explain as why
from ..alarms import words
from ..alarms.event import AlarmEvent

if TYPE_CHECKING:
    from gilmok_site.model import Site

# What the collector itself watches → its name.
RULES = {
    "watch.silence": ("silence", "신호 없음"),
    "watch.backlog": ("backlog grows", "밀린 기록 증가"),
    "watch.clock": ("clock unsure", "시각 불확실"),
}
NAMED = 8  # nodes named one by one; more are counted

# The kind of place in front of the dot → its name.
PLACES = {"area": ("area", "구역"), "link": ("link", "링크"), "site": ("site", "사이트")}

# What a rule says beside its limits → its name in a notice.
ADVICE = (
    ("response", ("Do", "조치")),
    ("call", ("Call", "연락")),
    ("consequence", ("Else", "방치하면")),
)
ACT_WITHIN = ("Within", "시한")
RAISING = ("raise", "escalate")


def compose(event: AlarmEvent, site: Site, lang: str, key: str, repetition: int) -> str:
    """Return the body of a notice, a JSON object."""
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
        "subject": subject_of(event, site, lang, repetition),
        "text": text_of(event, site, lang, repetition),
    }
    return json.dumps(body, ensure_ascii=False, default=str)


def subject_of(event: AlarmEvent, site: Site, lang: str, repetition: int = 0) -> str:
    """Return the event in one line: [alert] Gate 1, flood: raised (2)."""
    level, what = words.level_word(event.level, lang), words.word(words.EVENTS, event.event, lang)
    again = f" ({repetition + 1})" if repetition else ""
    return f"[{level}] {place_name(event.node, site, lang)}, {rule_name(event, site, lang)}: {what}{again}"


def text_of(event: AlarmEvent, site: Site, lang: str, repetition: int = 0) -> str:
    """Return the event in a few lines for people."""
    korean = lang == "ko"
    at_ms = event.received_ms if event.unix_ms is None else event.unix_ms
    known = "" if event.unix_ms is not None else " (수신 시각)" if korean else " (when it arrived)"
    moment = datetime.fromtimestamp(at_ms / 1000, ZoneInfo(site.about.timezone)).strftime("%Y-%m-%d %H:%M:%S %Z") + known
    lines = [subject_of(event, site, lang, repetition), explain(event, site, lang), *advice(event, site, lang), moment]
    return "\n".join(line for line in [*lines, site.about.name.text(lang)] if line)


def explain(event: AlarmEvent, site: Site, lang: str) -> str:
    """Return why, in one sentence: what was compared with what, and who took part."""
    members = event.facts.get("members")
    if not members:
        return why.explain(event, lang)
    named = [place_name(str(each), site, lang) for each in members[:NAMED]] + ["…"] * (len(members) > NAMED)
    return why.explain(replace(event, facts={**event.facts, "members": named}), lang)


def advice(event: AlarmEvent, site: Site, lang: str) -> list[str]:
    """Return what to do, whom to call, what else happens, and until when, where the rule says so and the alarm is on."""
    rule = _rule(event, site)
    if rule is None or event.event not in RAISING:
        return []
    korean = lang == "ko"
    lines = [f"{label[korean]}: {text.text(lang)}" for key, label in ADVICE if (text := getattr(rule, key, None)) is not None]
    within_ms = getattr(rule, "act_within_ms", None)
    return lines if within_ms is None else [*lines, f"{ACT_WITHIN[korean]}: {words.duration(within_ms, lang)}"]


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


def rule_name(event: AlarmEvent, site: Site, lang: str) -> str:
    """Return what people call a rule."""
    if event.rule in RULES:
        return RULES[event.rule][lang == "ko"]
    name = getattr(_rule(event, site), "name", None)
    return name.text(lang) if name is not None else event.rule


def _rule(event: AlarmEvent, site: Site) -> Any:
    node = site.node.get(event.node)
    return site.rule.get(event.rule) if node is None else node.rule.get(event.rule)


def _iso(unix_ms: int | None) -> str | None:
    return None if unix_ms is None else datetime.fromtimestamp(unix_ms / 1000, UTC).isoformat(timespec="milliseconds")
