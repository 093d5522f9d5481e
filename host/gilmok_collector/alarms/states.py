"""How each alarm and each output stands now: its last event wins, by the node's own order and not by that of arrival."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from ..store import Store, Verdict
from .event import AlarmEvent, OutputEvent

Event = TypeVar("Event", AlarmEvent, OutputEvent)

# Names of the levels 0 … 4: 정상, 관심, 주의, 경계, 심각.
LEVELS = ("normal", "attention", "caution", "alert", "serious")


class Occurrence(NamedTuple):
    """One time an alarm was raised, with all that followed until it was raised again; the newest `verdict` that people gave of it."""

    events: list[AlarmEvent]
    verdict: Verdict | None

    @property
    def key(self) -> str:
        """Return what verdicts name it by."""
        return self.events[0].source

    @property
    def level(self) -> int:
        """Return the highest level it reached."""
        return max(event.level for event in self.events)


def alarm_states(store: Store) -> list[AlarmEvent]:
    """Return the last event of each alarm that ever told of itself, the most serious first."""
    last = _newest((event.node, event.rule_id, event) for event in store.alarms.last_events())
    return sorted(last, key=lambda event: (-event.level, event.state != "unacknowledged", event.node, event.rule))


def output_states(store: Store) -> list[OutputEvent]:
    """Return the last event of each output, by name."""
    last = _newest((event.node, event.output_id, event) for event in store.alarms.last_output_events())
    return sorted(last, key=lambda event: event.name)


def in_order(events: Iterable[Event]) -> list[Event]:
    """Return events of one alarm or output as they happened: those of a log by number, logs by the time of their last event."""
    logs: dict[tuple[int | None, int | None], list[Event]] = {}
    for event in events:
        logs.setdefault((event.device, event.log), []).append(event)
    ordered = [sorted(members, key=lambda event: (event.seq or 0, event.id)) for members in logs.values()]
    return [event for members in sorted(ordered, key=lambda members: _moment(members[-1])) for event in members]


def occurrences(events: Sequence[AlarmEvent], verdicts: Iterable[Verdict] = ()) -> list[Occurrence]:
    """Return each time an alarm was raised, oldest first; `events` are all of one alarm, in order."""
    newest = {verdict.occurrence: verdict for verdict in verdicts}
    groups: list[list[AlarmEvent]] = []
    for event in events:
        if event.event == "raise" or (not groups and event.level):  # the event that raised it may be lost
            groups.append([])
        if groups:
            groups[-1].append(event)
    return [Occurrence(group, newest.get(group[0].source)) for group in groups]


def _newest(told: Iterable[tuple[str, int, Event]]) -> list[Event]:
    """Return the latest event of each thing, of the logs that told of it: a node may have got another box, or its log another id."""
    last: dict[tuple[str, int], Event] = {}
    for node, number, event in told:
        known = last.get((node, number))
        if known is None or _moment(event) > _moment(known):
            last[node, number] = event
    return list(last.values())


def _moment(event: AlarmEvent | OutputEvent) -> tuple[int, int]:
    return (event.received_ms if event.unix_ms is None else event.unix_ms), event.id
