"""From the records of streams named "alarm" and "output" to events, each exactly once.

A batch may be stored before its stream has a name. Such a stream is remembered, and read from that batch on when its name comes.

Source: protocols/gilmok_rules/README.md, "What a node tells".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from gilmok_rules.lifecycle import EVENTS, STATES
from gilmok_rules.output import EVENTS as OUTPUT_EVENTS

from ..store import Alert, Record, Store
from .event import AlarmEvent, OutputEvent
from .names import MAINTENANCE, Names, RuleName, hex_name, scale

ALARM, OUTPUT = "alarm", "output"

_EVENTS = (*EVENTS, "maintain", "resume")

# Batches looked at in one transaction: what the disk has ready, and no long wait for a commit of records.
_BATCHES = 4096
_CURSOR = "alarms"
_STREAMS = (ALARM, OUTPUT)


class EventBatch(NamedTuple):
    """A batch of a stream that has one of the two names, or none yet."""

    id: int
    device: int
    log: int
    stream: int
    first: int
    length: int
    received_ms: int
    name: str | None


class Projection:
    """Makes events of what nodes told."""

    def __init__(self, store: Store, names: Names) -> None:
        self._store = store
        self._names = names
        self._looked = 0  # up to which batch there was nothing to project

    def run(self) -> list[AlarmEvent]:
        """Make events of all that is stored and was not projected yet; return those of alarms, in the order they were committed.

        Events and the place where the next run begins are durable together. Raises: StoreError; then nothing has changed.
        Cost: two small queries where nothing is new.
        """
        alarms = self._store.alarms
        events: list[AlarmEvent] = []
        newest = alarms.newest_batch()
        if newest == self._looked and not alarms.has_names(_CURSOR):
            return events
        begin = alarms.cursor(_CURSOR)
        while True:
            last = min(newest, max(begin, self._looked) + _BATCHES)
            if alarms.has_event_batches(_CURSOR, _STREAMS, max(begin, self._looked), last) or last - begin >= _BATCHES:
                with self._store.transaction():
                    events += self._step(last)
                begin = last
            self._looked = last  # most commits hold no events: a transaction of its own for each would be half the disk's time
            if last >= newest:
                return events

    def herald(self, alerts: Iterable[Alert]) -> list[AlarmEvent]:
        """Make events of what was announced and is not stored yet; their records will complete them."""
        return self._store.alarms.append([self._announced(alert) for alert in alerts])

    def _step(self, last: int) -> list[AlarmEvent]:
        alarms = self._store.alarms
        batches = [EventBatch(*row) for row in alarms.take_event_batches(_CURSOR, _STREAMS, last)]
        alarms.append_outputs(self._read(batches, OUTPUT, self._output))
        events = list(self._read(batches, ALARM, self._alarm))
        alarms.complete(events)
        return alarms.append(events)

    def _read(self, batches: Iterable[EventBatch], name: str, make: Callable) -> Iterator:
        for batch in batches:
            if batch.name == name:
                schema = self._store.schemas(batch.device, batch.log)[batch.stream]
                columns = [column[0] for column in schema.columns or ()]
                first, end = batch.first, batch.first + batch.length
                for record in list(self._store.rows(batch.device, batch.log, batch.stream, first, end)):
                    values = dict(zip(columns, record.values, strict=False))
                    yield make(record, values, batch.received_ms)

    def _announced(self, alert: Alert) -> AlarmEvent:
        number, known = self._names.announced(alert.device, alert.rule) or (alert.rule, RuleName(f"#{alert.rule:04x}"))
        event = _word(_EVENTS, alert.event)
        step = known.step(alert.level, event, None)
        return AlarmEvent(
            node=self._names.node(alert.device) or f"{alert.device:04x}",
            rule=known.name,
            rule_id=number,
            event=event,
            state=_word(STATES, alert.state),
            level=alert.level,
            source=_source(alert),
            received_ms=alert.received_ms,
            unix_ms=alert.received_ms,
            value=scale(alert.value, known.factor, known.exponent),
            unit=step.unit,
            facts={**step.facts, "announced": True},
            **_origin(alert),
        )

    def _alarm(self, record: Record, values: dict[str, int | None], received_ms: int) -> AlarmEvent:
        number, level = values.get("rule") or 0, values.get("level") or 0
        known = self._names.rule(record.device, number) or RuleName(hex_name(number) if number else MAINTENANCE)
        exponent, event = values.get("exponent") or 0, _word(_EVENTS, values.get("event"))
        step = known.step(level, event, values.get("set"))
        return AlarmEvent(
            node=self._names.node(record.device) or f"{record.device:04x}",
            rule=known.name,
            rule_id=number,
            event=event,
            state=_word(STATES, values.get("state")),
            level=level,
            source=_source(record),
            received_ms=received_ms,
            unix_ms=record.unix_ms,
            value=scale(values.get("value"), known.factor, exponent),
            limit=scale(values.get("set"), known.factor, exponent),
            unit=step.unit,
            detail=values.get("detail"),
            cause=values.get("cause") or 0,
            facts=step.facts,
            **_origin(record),
        )

    def _output(self, record: Record, values: dict[str, int | None], received_ms: int) -> OutputEvent:
        number = values.get("output") or 0
        return OutputEvent(
            node=self._names.node(record.device) or f"{record.device:04x}",
            output=self._names.output(record.device, number) or hex_name(number),
            output_id=number,
            event=_word(OUTPUT_EVENTS, values.get("event")),
            commanded=values.get("commanded"),
            confirmed=values.get("confirmed"),
            source=_source(record),
            received_ms=received_ms,
            unix_ms=record.unix_ms,
            cause=values.get("cause") or 0,
            after_ms=values.get("after"),
            **_origin(record),
        )


def _origin(record: Record | Alert) -> dict[str, int]:
    return {"device": record.device, "log": record.log, "stream": record.stream, "seq": record.seq}


def _source(record: Record | Alert) -> str:
    return f"{record.device:04x}/{record.log:08x}/{record.stream}/{record.seq}"


def _word(words: Sequence[str], number: int | None) -> str:
    """Return the word of a number; what a later release may mean by it stays visible."""
    return words[number] if number is not None and 0 <= number < len(words) else f"#{number}"
