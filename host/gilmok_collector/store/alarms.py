"""What the store keeps of alarms and outputs: their events, each once, and what people found of them afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from ..alarms.event import AlarmEvent, OutputEvent
from . import alarm_statements as statements
from . import statements as base_statements
from .backend import Backend
from .tables import TABLES

Event = TypeVar("Event", AlarmEvent, OutputEvent)

# `limit` is a word of SQL's own.
_FIELDS = {"alarm_limit": "limit"}
_ANNOUNCED = '%"announced": true%'  # in the facts of an event that an alert told
_MOST_PARAMETERS = 500  # an older SQLite takes 999 of a statement
# What only a node's event has: 0 in the table, where no device, log or stream of a node is 0.
_ORIGIN = ("device", "log", "stream", "seq")


class Verdict(NamedTuple):
    """Whether an alarm was right; `occurrence` is the source of the event that raised it. Units: `set_ms` Unix time in ms."""

    id: int
    occurrence: str
    is_true: bool
    author: str
    set_ms: int
    note: str


class Alarms:
    """Events of alarms and outputs in a store. Each method is a transaction, or part of the one it is called in."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def append(self, events: Iterable[AlarmEvent]) -> list[AlarmEvent]:
        """Store events, and return those that were not stored before, with their ids."""
        return self._append("alarm_event", events)

    def complete(self, events: Iterable[AlarmEvent]) -> None:
        """Put what records say in the place of what was only announced of them; ids and moments of arrival stay."""
        rows = [dict(zip(TABLES["alarm_event"], _row("alarm_event", event), strict=True)) for event in events]
        if rows:
            columns = [name for name in rows[0] if name not in ("id", "source", "received_ms")]
            self._backend.executemany(
                statements.complete_event(columns), [[*(row[name] for name in columns), row["source"], _ANNOUNCED] for row in rows]
            )

    def append_outputs(self, events: Iterable[OutputEvent]) -> list[OutputEvent]:
        """Store events of outputs, and return those that were not stored before, with their ids."""
        return self._append("output_event", events)

    def newest(self) -> int:
        """Return the id of the alarm event that was stored last, 0 where there is none."""
        ((last,),) = self._backend.execute(statements.LAST_EVENT_ID["alarm_event"])
        return last

    def events(
        self, node: str | None = None, rule: str | None = None, rule_id: int | None = None, after: int | None = None
    ) -> list[AlarmEvent]:
        """Return the events of an alarm, of a node or of all, those behind the id `after`, in the order they came.

        Cost: with `rule_id` a search, however long the history of others; `rule` reads all events of its node.
        """
        bounds = {"node": node, "rule": rule, "rule_id": rule_id, "after": after}
        return [_read(AlarmEvent, "alarm_event", row) for row in self._select("alarm_event", bounds)]

    def output_events(self, node: str | None = None, output: str | None = None, after: int | None = None) -> list[OutputEvent]:
        """Return the events of an output, of a node or of all, those behind the id `after`, in the order they came."""
        bounds = {"node": node, "output": output, "after": after}
        return [_read(OutputEvent, "output_event", row) for row in self._select("output_event", bounds)]

    def last_events(self) -> list[AlarmEvent]:
        """Return the last event of each alarm, one for each log that told of it, by the node's own order."""
        return [_read(AlarmEvent, "alarm_event", row) for row in self._backend.execute(statements.SELECT_LAST["alarm_event"])]

    def last_output_events(self) -> list[OutputEvent]:
        """Return the last event of each output, likewise."""
        return [_read(OutputEvent, "output_event", row) for row in self._backend.execute(statements.SELECT_LAST["output_event"])]

    def judge(self, occurrence: str, is_true: bool, author: str, now_ms: int, note: str = "") -> Verdict:
        """Keep what a person found of an alarm; what was found before stays in the history."""
        with self._backend.transaction():
            ((last,),) = self._backend.execute(statements.LAST_VERDICT_ID)
            verdict = Verdict(last + 1, occurrence, is_true, author, now_ms, note)
            self._backend.insert("verdict", TABLES["verdict"], [(verdict.id, occurrence, int(is_true), author, now_ms, note)])
        return verdict

    def verdicts(self) -> list[Verdict]:
        """Return every verdict there ever was, oldest first."""
        rows = self._backend.execute(statements.READ_VERDICTS)
        return [Verdict(*row)._replace(is_true=bool(row[2])) for row in rows]

    # Projections.

    def newest_batch(self) -> int:
        """Return the id of the batch that was committed last."""
        ((newest,),) = self._backend.execute(base_statements.LAST_BATCH_ID)
        return newest

    def cursor(self, name: str) -> int:
        """Return how far what is made from batches has come: a batch's id."""
        return self._cursors().get(name, 0)

    def has_names(self, cursor: str) -> bool:
        """Tell whether a stream that waited for its name has got one."""
        return bool(self._backend.execute(statements.NAMED_NOW, (f"{cursor} %",)))

    def has_event_batches(self, cursor: str, names: tuple[str, str], after: int, last: int) -> bool:
        """Tell whether `take_event_batches` would find anything among the batches (after, last], or has waited for a name that is there."""
        if self.has_names(cursor):
            return True
        rows = self._backend.execute(statements.EVENT_BATCHES, (after, last, *names))
        if all(row[7] is None for row in rows):
            return bool({_waiting(cursor, *row[1:4]) for row in rows} - self._cursors().keys())
        return True

    def take_event_batches(self, cursor: str, names: tuple[str, str], last: int) -> list[tuple]:
        """Return the batches of streams with one of two names, from behind a cursor to `last`, and move it; inside a transaction.

        Shape: (id, device, log, stream, first, count, received_ms, name). A stream that has no name yet is remembered, and its batches
        come when it has one.
        """
        cursors = self._cursors()
        after = cursors.get(cursor, 0)
        found: list[tuple] = []
        for device, log, stream, name, first in self._backend.execute(statements.NAMED_NOW, (f"{cursor} %",)):
            if name in names:
                found += self._backend.execute(statements.STREAM_BATCHES, (device, log, stream, first, after))
            self._backend.execute(statements.DROP_CURSOR, (_waiting(cursor, device, log, stream),))
        for row in self._backend.execute(statements.EVENT_BATCHES, (after, last, *names)):
            waiting = _waiting(cursor, *row[1:4])
            if row[7] is not None:
                found.append(row)
            elif waiting not in cursors:
                cursors[waiting] = row[0]
                self._backend.executemany(statements.SAVE_WAITING, [(waiting, row[0], *row[1:4])])
        self._backend.executemany(statements.SAVE_CURSOR, [(cursor, max(after, last))])
        return found

    def _cursors(self) -> dict[str, int]:
        return dict(self._backend.execute(statements.READ_CURSORS))

    def _append(self, table: str, events: Iterable[Event]) -> list[Event]:
        with self._backend.transaction():
            by_source: dict[str, Event] = {}
            for event in events:
                by_source.setdefault(event.source, event)
            known = self._known(table, list(by_source))
            ((last,),) = self._backend.execute(statements.LAST_EVENT_ID[table])
            fresh = [event for source, event in by_source.items() if source not in known]
            appended = [replace(event, id=last + 1 + index) for index, event in enumerate(fresh)]
            self._backend.insert(table, TABLES[table], [_row(table, event) for event in appended])
        return appended

    def _known(self, table: str, sources: list[str]) -> set[str]:
        """Return which of `sources` are stored."""
        known: set[str] = set()
        for first in range(0, len(sources), _MOST_PARAMETERS):
            some = sources[first : first + _MOST_PARAMETERS]
            known.update(source for (source,) in self._backend.execute(statements.find_events(table, len(some)), some))
        return known

    def _select(self, table: str, bounds: Mapping[str, Any]) -> Iterable[tuple]:
        present = {name: value for name, value in bounds.items() if value is not None}
        where = " AND ".join(statements.EVENT_BOUNDS[name] for name in present)
        return self._backend.execute(f"{statements.SELECT_EVENTS[table]}{' WHERE ' if where else ''}{where} ORDER BY e.id", present)


def _waiting(cursor: str, device: int, log: int, stream: int) -> str:
    """Return the name under which a stream without a name is remembered."""
    return f"{cursor} {device:04x}/{log:08x}/{stream}"


def _row(table: str, event: AlarmEvent | OutputEvent) -> list[Any]:
    """Return an event as a row of its table."""
    values = {name: getattr(event, _FIELDS.get(name, name)) for name in TABLES[table]}
    if event.device is None:
        values |= dict.fromkeys(_ORIGIN, 0) | {"seq": event.id}
    if "facts" in values:
        values["facts"] = json.dumps(values["facts"], ensure_ascii=False, sort_keys=True)
    return list(values.values())


def _read(kind: type[Event], table: str, row: Sequence[Any]) -> Event:
    """Return a row of a table as an event."""
    values = {_FIELDS.get(name, name): value for name, value in zip(TABLES[table], row, strict=True)}
    if not values["device"]:
        values |= dict.fromkeys(_ORIGIN)
    if "facts" in values:
        values["facts"] = json.loads(values["facts"])
    return kind(**values)
