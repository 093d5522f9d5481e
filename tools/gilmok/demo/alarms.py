"""The alarms of a demo as they stand: for the live view, the account and other programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

from gilmok_collector.alarms.explain import explain
from gilmok_collector.alarms.states import LEVELS, alarm_states, in_order, occurrences
from gilmok_collector.alarms.trend import trend_of
from gilmok_collector.alarms.words import COLOURS, STATES, level_word, word

from ..alarm_view import moved_outputs, output_text
from ..alarms import Target, rule_of, state_word
from ..language import language, printable
from ..place import Place

if TYPE_CHECKING:
    from gilmok_collector.alarms.event import AlarmEvent, OutputEvent
    from gilmok_collector.store import Store
    from gilmok_site import Site


class AlarmLine(NamedTuple):
    """An alarm as people read it; `colour` is that of its level, as terminals name it. `outputs` and `response` may be empty."""

    level: str
    colour: str
    name: str
    why: str
    outputs: str
    response: str


class History(NamedTuple):
    """An alarm with all its events, in order, and the last event of each output that it moved since it was raised last."""

    now: AlarmEvent
    events: list[AlarmEvent]
    outputs: list[OutputEvent]


class Alarms:
    """What the store of a street knows of alarms, read by a connection of its own: beside the collector's thread."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._place = Place(site.store_url, site)

    def lines(self) -> list[AlarmLine]:
        """Return a line an alarm that stands, the most serious first."""
        with closing(self._place.open_store()) as store:
            return [self._line(store, each) for each in self._read(store) if each.now.level or each.now.state != "normal"]

    def account(self) -> list[dict[str, Any]]:
        """Return every alarm there was as JSON-able dictionaries: the highest level it had, how it stands, what it moved."""
        with closing(self._place.open_store()) as store:
            return [self._told(each) for each in self._read(store)]

    def _read(self, store: Store) -> Iterator[History]:
        for now in alarm_states(store):
            events = in_order(store.alarms.events(now.node, now.rule))
            latest = occurrences(events)[-1:]
            outputs = [
                each for time in latest for each in moved_outputs(self._place, store, _target(now), time.level, _moment(time.events[0]))
            ]
            yield History(now, events, outputs)

    def _line(self, store: Store, alarm: History) -> AlarmLine:
        now, lang, place = alarm.now, language(), self._place
        compared = next((event for event in reversed(alarm.events) if explain(event, "en")), None)
        why = explain(compared, lang, trend_of(store, compared)) if compared else word(STATES, now.state, lang)
        outputs = " · ".join(output_text(place, _target(now), event) for event in alarm.outputs)
        rule = self._site.rule.get(now.rule) if now.device is None else rule_of(place, now.node, now.rule)
        response = getattr(rule, "response", None)
        do = response.text(lang) if response is not None and now.level else ""
        name, colour = f"{now.node} {now.rule}", COLOURS[max(0, min(now.level, 4))]
        return AlarmLine(level_word(now.level, lang), colour, printable(name), printable(why), outputs, do)

    def _told(self, alarm: History) -> dict[str, Any]:
        now = alarm.now
        highest = max(event.level for event in alarm.events)
        return {
            "node": now.node,
            "rule": now.rule,
            "level": LEVELS[max(0, min(highest, 4))],
            "level_now": LEVELS[max(0, min(now.level, 4))],
            "state": now.state,
            "raised": sum(event.event == "raise" for event in alarm.events),
            "outputs": [self._output(event) for event in alarm.outputs],
        }

    def _output(self, event: OutputEvent) -> dict[str, Any]:
        return {
            "output": event.name,
            "commanded": state_word(self._place, event, event.commanded),
            "confirmed": None if event.confirmed is None else state_word(self._place, event, event.confirmed),
            "event": event.event,
            "after_ms": event.after_ms if event.event == "confirmed" else None,
        }


def _moment(event: AlarmEvent) -> int:
    return event.received_ms if event.unix_ms is None else event.unix_ms


def _target(event: AlarmEvent) -> Target:
    return Target(event.device or 0, event.node, event.rule, event.rule_id)
