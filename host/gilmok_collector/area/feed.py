"""Feeds the watch from the engine and the store, keeps what it raises, and does what people order of its alarms.

Everything here runs in the thread that owns the store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilmok_wire import cbor

from ..alarms.event import AlarmEvent
from ..store import Command, Result, Store
from .watch import Watch

if TYPE_CHECKING:
    from gilmok_site.model import Site

    from ..engine import Engine

LOOK_MS = 1_000  # how often it is looked who was heard, and what nodes told of themselves: 5000 nodes take some 10 ms
CLOCK_MS = 60_000  # … and how surely they are dated: anchors come once a minute at most
FAULTS_MS = 90 * 86_400_000  # a sensor that has been broken for longer is looked for in vain: its node is then taken for silent
SURE_MS = 0  # of an event whose batch says nothing of it

OWN_DEVICE = 0  # no device's address: commands to it are for the collector's own alarms
DONE, UNKNOWN, BAD_ARGUMENT, DECLINED = 0, 1, 2, 5  # statuses of the contract (gilmok_rules/README.md)


class Feed:
    """Runs a watch over a store; `now_ms` is the Unix time at which it begins."""

    def __init__(self, engine: Engine, site: Site, now_ms: int) -> None:
        self._engine = engine
        self._store: Store = engine.store
        self._names = {site.device_of(name): name for name in site.measuring}
        self._heard: dict[int, int] = {}
        self._look_ms = self._clock_look_ms = now_ms
        alarms, watching = self._store.alarms, self._store.watching
        last = alarms.last_events()
        newest = max((event.id for event in last), default=0)
        cursor = watching.cursor()
        self._cursor = newest if cursor is None else cursor
        self._batch = self._clock_batch = watching.last_batch()
        self.watch = Watch(site, last, now_ms, newest)
        self._replay()
        self._learn_faults(now_ms)

    def _learn_faults(self, now_ms: int) -> None:
        """Know which sensors were broken before the collector started."""
        for device, name in self._names.items():
            for record in self._store.records(device, "fault", since_ms=now_ms - FAULTS_MS):
                sensor, fault, *_ = (*record.values, None, None)
                if sensor is not None:
                    self.watch.silence.note_fault(name, sensor, bool(fault))

    def _replay(self) -> None:
        """Know what members of votes did before."""
        votes, alarms = self.watch.votes, self._store.alarms
        names = [member.partition("/") for member in sorted(votes.members)]
        known = [event for node, _, rule in names for event in alarms.events(node, rule) if event.id <= self._cursor]
        votes.replay(sorted(known, key=lambda event: event.id), self._uncertainty)

    def poll(self, now_ms: int) -> None:
        """Take in what is new, and store what the watch makes of it.

        Raises: StoreError; nothing is forgotten, the next call stores it.
        """
        if not self._look_ms - LOOK_MS <= now_ms < self._look_ms:
            self._look_ms = now_ms + LOOK_MS
            self._listen(now_ms)
            self._read(now_ms)
            self._obey(now_ms)
            self.watch.poll(now_ms)
        self._keep(now_ms)

    def _listen(self, now_ms: int) -> None:
        """Note who was heard since the last look."""
        for device, state in list(self._engine.devices.items()):
            if state.last_ms != self._heard.get(device) and device in self._names:
                self._heard[device] = state.last_ms
                self.watch.hear(self._names[device], state.last_ms, now_ms)

    def _read(self, now_ms: int) -> None:
        """Read what nodes told of themselves."""
        watch, last = self.watch, self._store.watching.last_batch()
        for told in self._store.watching.told(self._batch, last, ("health", "fault")):
            name = self._names.get(told.device)
            if name is None:
                continue
            backlog, sensor = told.values.get("backlog"), told.values.get("sensor")
            if backlog is not None and told.unix_ms is not None:
                watch.note_backlog(name, backlog, told.unix_ms, now_ms)
            if told.stream == "fault" and sensor is not None:
                watch.silence.note_fault(name, sensor, bool(told.values.get("fault")))
        self._batch = last
        if not self._clock_look_ms - CLOCK_MS <= now_ms < self._clock_look_ms:
            self._clock_look_ms = now_ms + CLOCK_MS
            for device, batch in self._store.watching.newest_batches(self._clock_batch).items():
                if device in self._names:
                    unix_ms, uncertainty_ms = self._store.watching.date_of(batch)
                    watch.note_clock(self._names[device], uncertainty_ms if unix_ms is not None else None, now_ms)
            self._clock_batch = last

    def _keep(self, now_ms: int) -> None:
        """Take in the alarm events of nodes, and store our own, as one transaction with how far we read."""
        watch = self.watch
        events = self._store.alarms.events(after=self._cursor)
        for event in events:
            if event.device is not None and event.name in watch.votes.members:
                watch.take(event, self._uncertainty(event), now_ms)
        if events:
            self._cursor = events[-1].id  # taken in now; until it is stored, what came of it waits in `pending`
        if watch.pending:
            with self._store.transaction():
                self._store.alarms.append(watch.pending)
                self._store.watching.move_cursor(self._cursor)
            watch.pending.clear()

    def _uncertainty(self, event: AlarmEvent) -> int:
        if event.device is None or event.log is None or event.stream is None or event.seq is None:
            return SURE_MS
        return self._store.watching.uncertainty_of(event.device, event.log, event.stream, event.seq) or SURE_MS

    # -- orders

    def _obey(self, now_ms: int) -> None:
        """Do what was ordered of our own alarms; the result says what now stands."""
        for command in self._store.commands.open():
            if command.device == OWN_DEVICE and command.expires_ms > now_ms:
                status, value = self._do(command, now_ms)
                result = Result(OWN_DEVICE, command.id, status, cbor.encode(value), now_ms)
                with self._store.transaction():
                    self._store.alarms.append(self.watch.pending)
                    self._store.commands.settle([result])
                self.watch.pending.clear()

    def _do(self, command: Command, now_ms: int) -> tuple[int, object]:
        parameters = command.parameters
        if command.name not in ("ack", "reset", "shelve", "service"):
            return UNKNOWN, None
        alarm = self.watch.alarms.get(parameters[0]) if parameters else None
        number = parameters[1] if len(parameters) > 1 else 0
        if alarm is None or type(number) is not int or number < 0:
            return BAD_ARGUMENT, None
        if command.name == "reset":
            done = False  # none of these latches
        elif command.name == "ack":
            done = alarm.acknowledge(now_ms, command.id)
        elif command.name == "shelve":
            done = alarm.shelve(1000 * number, now_ms, command.id)
        else:
            done = alarm.serve(bool(number), now_ms, command.id)
        return (DONE if done else DECLINED), [alarm.state, alarm.level]
