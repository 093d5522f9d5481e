"""What people see of alarms: the table of those that stand, and all there is to know of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .alarms import Target, known_targets, rule_of, stands, state_word
from .language import headings, language, printable, say
from .moments import format_age, format_moment, format_second
from .place import Place
from .table import format_table

if TYPE_CHECKING:
    from gilmok_collector.alarms.event import AlarmEvent, OutputEvent
    from gilmok_collector.alarms.states import Occurrence
    from gilmok_collector.store import Command, Store


class Line(NamedTuple):
    """A line of text, and the level whose colour it has; None: none."""

    text: str
    level: int | None = None


def print_lines(lines: Iterable[Line]) -> None:
    """Print lines, in the colours of their levels where the terminal has any."""
    from gilmok_collector.alarms.words import COLOURS
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        style = "" if line.level is None else COLOURS[max(0, min(line.level, 4))]
        console.print(Text(printable(line.text), style=style))


def list_alarms(place: Place, store: Store, every: bool) -> Iterator[Line]:
    """Yield a line an alarm, the most serious first: those that stand, or every one."""
    from gilmok_collector.alarms.explain import explain
    from gilmok_collector.alarms.states import alarm_states
    from gilmok_collector.alarms.words import EVENTS, STATES, level_word, word

    lang = language()
    shown = [event for event in alarm_states(store) if every or stands(event)]
    if not shown:
        yield Line(say("alarms_none"))
        return
    rows = [
        (
            level_word(event.level, lang),
            printable(event.name),
            word(EVENTS, event.event, lang) if event.event in ("maintain", "resume") else word(STATES, event.state, lang),
            moment(place, event),
            _why(place, store, event) or explain(event, lang),
        )
        for event in shown
    ]
    lines = format_table([headings("alarms"), *rows])
    yield Line(lines[0])
    yield from map(Line, lines[1:], [event.level for event in shown])


def show_alarm(place: Place, store: Store, target: Target, events: list[AlarmEvent], most: int) -> Iterator[Line]:
    """Yield what there is to know of an alarm; `events` are all of it, as they happened."""
    from gilmok_collector.alarms.states import occurrences
    from gilmok_collector.alarms.words import LEVELS, STATES, level_word, word

    lang = language()
    if not events:
        yield Line(say("alarm_never", alarm=target.alarm))
    else:
        last, times = events[-1], occurrences(events, store.alarms.verdicts())
        name = level_word(last.level, "ko") + ("" if lang == "ko" else f" {LEVELS[max(0, min(last.level, 4))][0]}")
        since = next((event for event in reversed(events) if event.event in ("raise", "escalate", "ease", "clear")), last)
        yield Line(say("alarm_head", level=name, moment=moment(place, since), state=word(STATES, last.state, lang)), last.level)
        yield from map(Line, _reasons(store, events))
        began = (_at(times[-1].events[0]) or 0) if times else 0
        moved = [
            output_text(place, target, event)
            for event in moved_outputs(place, store, target, times[-1].level if times else last.level, began)
        ]
        yield from _labelled("label_outputs", moved)
        yield from _labelled("label_told", _told(place, store, target, began))
    yield from _advice(place, target)
    yield from _history(place, store, events, most)
    if events:
        yield from _verdicts(place, occurrences(events, store.alarms.verdicts()))


def tell_event(event: AlarmEvent) -> str:
    """Return an event in one line, for a journal: alert p1-gate/flood escalated: river.water_level 1.43 m ≥ 1.20 m for 30 s."""
    from gilmok_collector.alarms.explain import explain
    from gilmok_collector.alarms.words import EVENTS, level_word, word

    lang = language()
    why = explain(event, lang)
    return f"{level_word(event.level, lang)}  {event.name} {word(EVENTS, event.event, lang)}" + (f": {why}" if why else "")


def as_json(place: Place, store: Store, event: AlarmEvent) -> dict[str, Any]:
    """Return an event for other programs; times are ISO 8601, or null while they are not known."""
    from gilmok_collector.alarms.explain import explain
    from gilmok_collector.alarms.words import LEVELS

    names = ("node", "rule", "event", "state", "level", "value", "limit", "unit", "detail", "cause")
    facts = {name: getattr(event, name) for name in names}
    by = author(store, event)
    return {"alarm": event.name, **facts} | {
        "level_name": LEVELS[max(0, min(event.level, 4))][0],
        "time": None if event.unix_ms is None else format_moment(event.unix_ms, place.zone),
        "received": format_moment(event.received_ms, place.zone),
        "author": by,
        "explanation": explain(event, language()),
        "facts": dict(event.facts),
    }


def author(store: Store, event: AlarmEvent) -> str | None:
    """Return who is behind an event, None where nobody commanded it."""
    command = store.commands.find(event.cause) if event.cause else None
    return command.author if command else None


def moment(place: Place, event: AlarmEvent | OutputEvent) -> str:
    """Return when something happened, to the second; "≤" and when it came, where its boot cannot be dated."""
    text = format_second(_at(event), place.zone)
    return text if event.unix_ms is not None else f"≤ {text}"


def _at(event: AlarmEvent | OutputEvent) -> int:
    return event.received_ms if event.unix_ms is None else event.unix_ms


def _why(place: Place, store: Store, event: AlarmEvent) -> str:
    """Return who did it, where a person did, and until when."""
    parts = [by] if (by := author(store, event)) else []
    if event.state == "shelved" or event.event == "maintain":
        end = None if event.detail is None else format_moment(_at(event) + event.detail, place.zone)
        parts += [say("until", moment=(end or "–")[:19].replace("T", " "))]
    return ", ".join(map(printable, parts))


def _reasons(store: Store, events: list[AlarmEvent]) -> Iterator[str]:
    """Yield why the alarm has its level: the last event that compared something."""
    from gilmok_collector.alarms.explain import explain
    from gilmok_collector.alarms.trend import trend_of

    compared = next((event for event in reversed(events) if explain(event, "en")), None)
    if compared is not None:
        yield "  " + explain(compared, language(), trend_of(store, compared))


def moved_outputs(place: Place, store: Store, target: Target, level: int, since_ms: int) -> list[OutputEvent]:
    """Return the last event of each output that an alarm moved since a time, its node's and others'; `level` is its highest since."""
    from gilmok_collector.alarms.states import in_order

    found: dict[str, list[OutputEvent]] = {}
    for event in in_order(store.alarms.output_events()):
        found.setdefault(event.name, []).append(event)
    named = _named_outputs(place, target, level)
    return [
        events[-1]
        for name, events in found.items()
        if (named is None or name in named) and any(event.cause == target.number and _at(event) >= since_ms for event in events)
    ]


def output_text(place: Place, target: Target, event: OutputEvent) -> str:
    """Return how an output stands that an alarm moved: barrier down, confirmed after 6.2 s."""
    from gilmok_collector.alarms.words import OUTPUT_EVENTS, word

    name = event.output if event.node == target.node else event.name
    text = f"{name} {state_word(place, event, event.commanded)}"
    if event.event == "confirmed" and event.after_ms is not None:
        text += ", " + say("confirmed_after", time=format_age(event.after_ms))
    elif event.event != "commanded":
        text += ", " + word(OUTPUT_EVENTS, event.event, language())
    return printable(text)


def _named_outputs(place: Place, target: Target, level: int) -> set[str] | None:
    """Return what an alarm's rule names up to a level, None where the site says nothing of it: rules of two nodes may share an id."""
    from gilmok_site.rule import LEVELS

    rule = rule_of(place, target.node, target.name)
    if rule is None:
        return None
    names = [text.partition(":")[0] for word, step in rule.steps.items() if LEVELS[word] <= level for text in step.outputs]
    return {name if "." in name else f"{target.node}.{name}" for name in names}


def _told(place: Place, store: Store, target: Target, since_ms: int) -> Iterator[str]:
    """Yield who was told last since the alarm was raised, a target once."""
    from gilmok_collector.alarms.words import NOTICES, word

    for notice in store.notices.last():
        if (notice.node, notice.rule_id) == (target.node, target.number) and notice.created_ms >= since_ms:
            done = notice.created_ms if notice.done_ms is None else notice.done_ms
            yield f"{notice.target} {(format_moment(done, place.zone) or '–')[11:19]} {word(NOTICES, notice.state, language())}"


def _advice(place: Place, target: Target) -> Iterator[Line]:
    """Yield what the site says is to be done."""
    from gilmok_collector.alarms.words import duration

    rule = rule_of(place, target.node, target.name)
    for label, name in (("label_do", "response"), ("label_call", "call"), ("label_else", "consequence")):
        text = getattr(rule, name, None)
        if text is not None:
            yield from _labelled(label, [text.text(language())])
    if getattr(rule, "act_within_ms", None):
        yield from _labelled("label_within", [duration(rule.act_within_ms, language())])


def _history(place: Place, store: Store, events: list[AlarmEvent], most: int) -> Iterator[Line]:
    from gilmok_collector.alarms.explain import explain
    from gilmok_collector.alarms.words import EVENTS, level_word, word

    if not events or not most:
        return
    lang = language()
    rows = [
        (
            moment(place, event),
            word(EVENTS, event.event, lang),
            level_word(event.level, lang),
            _why(place, store, event) or explain(event, lang),
        )
        for event in events[-most:]
    ]
    yield Line("  " + say("label_history"))
    yield from map(Line, format_table(rows, indent="    "), [event.level for event in events[-most:]])


def _verdicts(place: Place, times: Iterable[Occurrence]) -> Iterator[Line]:
    for each in times:
        if each.verdict is not None:
            said = say("verdict_true" if each.verdict.is_true else "verdict_false")
            note = f": {printable(each.verdict.note)}" if each.verdict.note else ""
            yield Line(f"  {moment(place, each.events[0])}  {said}, {printable(each.verdict.author)}{note}")


def _labelled(label: str, texts: Iterable[str]) -> Iterator[Line]:
    joined = " · ".join(texts)
    if joined:
        yield Line(f"  {say(label)}  {joined}")


def audit_rows(place: Place, store: Store) -> list[tuple[str, ...]]:
    """Return a row a command: who asked what of whom, when, and what came of it."""
    from .operating import tell

    names = {(target.device, target.number): target.name for target in known_targets(place, store)}
    return [
        (
            format_second(each.created_ms, place.zone),
            printable(each.author),
            place.name_of(each.device) if each.device else say("the_collector"),
            each.name,
            printable(_about(names, each)),
            printable(tell(place, each)),
        )
        for each in store.commands.history()
    ]


def _about(names: Mapping[tuple[int, int], str], command: Command) -> str:
    """Return what a command is about: the rule or output by name, and what is asked of it."""
    from gilmok_collector.alarms.names import hex_name

    parameters = ["…" if isinstance(each, bytes) else each for each in command.parameters]
    if command.name not in ("maintain", "rule") and parameters and isinstance(parameters[0], int):
        parameters[0] = names.get((command.device, parameters[0])) or hex_name(parameters[0])
    return " ".join(map(str, parameters))
