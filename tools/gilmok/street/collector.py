"""The collector of a street: the real engine and the real store on virtual time, to be killed, restored and starved of disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gilmok_collector.engine import Arrival, Engine
from gilmok_collector.store import Commit, Store, StoreFull, open_store, restore
from gilmok_wire.framing import Deframer, encode_frame
from gilmok_wire.link import SERIAL

from .line import Line
from .people import TICK_US, People
from .schedule import Schedule

COMMIT_US = 5_000  # the sync of an SSD; frames that come meanwhile share the next commit, as in gilmok_collector.service
ATTEND_US = 1_000_000  # as the service does
RETRY_US = 1_000_000  # after a failed commit, likewise
STORE_ID = 0x5712EE7


class Collector:
    """One collector at the ends of all lines.

    `unix_ms()` is its clock. `connect(path)` opens the database in place of sqlite3.connect. `on_restore()` is told of every restore.
    `people` are whom it wakes, where it has any.
    """

    def __init__(
        self,
        schedule: Schedule,
        folder: Path,
        unix_ms: Callable[[], int],
        entropy: Callable[[int], bytes],
        say: Callable[[str], None],
        on_restore: Callable[[], None],
        connect: Callable[[str], Any] | None = None,
    ) -> None:
        self.engine: Engine | None = None
        self.keys: dict[int, bytes] = {}
        self.lines: dict[str, Line] = {}
        self.ways: dict[str, Callable[[bytes], None]] = {}  # of links that are no lines, such as a radio: what takes their frames
        self.url = f"sqlite:{folder / 'street.db'}"
        self.starts = 0
        self.people: People | None = None
        self._schedule = schedule
        self._folder = folder
        self._unix_ms = unix_ms
        self._entropy = entropy
        self._say = say
        self._on_restore = on_restore
        self._connect = connect or _connect
        self._full = False
        self._backups = 0
        self._deframers: dict[str, Deframer] = {}
        self._arrivals: list[Arrival] = []
        self._busy = self._failing = False

    @property
    def runs(self) -> bool:
        """Tell whether the process lives."""
        return self.engine is not None

    @property
    def store(self) -> Store:
        """The open store.

        Raises: ValueError while the collector is dead.
        """
        if self.engine is None:
            raise ValueError("the collector is dead; start() it to ask its store")
        return self.engine.store

    def add_line(self, line: Line) -> None:
        """Listen at the far end of a line."""
        self.lines[line.name] = line
        if self.engine is not None:
            self.engine.relay.add_link(line.name)
        line.up.deliver = lambda data: self._take(line.name, data)

    def start(self) -> None:
        """Start the process, where it does not run."""
        if self.engine is not None:
            return
        self.starts += 1
        store = self.open_store()
        self.engine = Engine(store, self.keys, SERIAL, self._entropy, self._on_event)
        for name in self.lines:
            self.engine.relay.add_link(name)
        self._deframers = {}
        write = store.commit
        store.commit = lambda commit: self._commit(write, commit)  # type: ignore[method-assign]
        self._say(f"starts, epoch {store.epoch}")
        self._attend(self.engine)
        if self.people is not None:
            self.wake(self.people)

    def wake(self, people: People) -> None:
        """Have people who are woken, from now on and after every start."""
        self.people = people
        if self.engine is not None:
            people.begin(self.engine, self._unix_ms())
            self._tick(self.engine)

    def _tick(self, engine: Engine) -> None:
        if engine is self.engine and self.people is not None:
            self.people.poll(self._unix_ms())
            self._schedule.at(self._schedule.now_us + TICK_US, lambda: self._tick(engine))

    def kill(self) -> None:
        """End the process at once: what it had not committed is gone, and so are answers it had not sent."""
        if self.engine is None:
            return
        engine, self.engine = self.engine, None
        self._arrivals = []
        self._busy = False
        engine.store.close()
        self._say("is killed")

    def open_store(self) -> Store:
        """Return a connection of its own to the store; close it."""
        return open_store(self.url, STORE_ID, now=lambda: self._unix_ms() / 1000, connect=self._connect)

    # Commands.

    def command(self, device: int, name: str, *parameters: Any, author: str = "duty officer", lasts_ms: int = 600_000) -> int:
        """Queue a command for a node, as `gilmok alarms` does, and return its id."""
        now_ms = self._unix_ms()
        number = self.store.commands.queue(device, name, parameters, author, now_ms, now_ms + lasts_ms)
        self._attend(self.engine)
        return number

    def _attend(self, engine: Engine | None) -> None:
        """Look after the commands, every second while one is open."""
        if engine is None or engine is not self.engine:
            return
        for name, frame in engine.attend(self._unix_ms()):
            self._send(name, frame)
        if engine.store.commands.open():
            self._schedule.at(self._schedule.now_us + ATTEND_US, lambda: self._attend(engine))

    # Backups.

    def backup(self) -> Path:
        """Write a backup and return its path."""
        self._backups += 1
        path = self._folder / f"backup-{self._backups}.db"
        self.store.backup(str(path))
        self._say(f"writes {path.name}")
        return path

    def restore(self, backup: Path) -> None:
        """Put a backup in the place of the store, as `gilmok restore` does while the collector is down: the epoch rises."""
        was_running = self.runs
        self.kill()
        restore(self.url, str(backup), now=lambda: self._unix_ms() / 1000)
        self._on_restore()
        self._say(f"is restored from {backup.name}")
        if was_running:
            self.start()

    # The disk.

    def fill_disk(self) -> None:
        """Let the disk be full from now on: no commit succeeds."""
        self._full = True
        self._say("has no room left on its disk")

    def empty_disk(self) -> None:
        """Make room on the disk."""
        self._full = False
        self._say("has room on its disk again")

    def _commit(self, write: Callable[[Commit], None], commit: Commit) -> None:
        if self._full:
            raise StoreFull(self.url, "the disk is full, nothing more is stored; make room and it goes on")
        write(commit)

    # Frames.

    def hear(self, arrival: Arrival) -> None:
        """Take a frame from a link of `ways`; a collector that is down does not hear it."""
        if self.engine is not None:
            self._arrivals.append(arrival)
            self._work()

    def _send(self, name: str, frame: bytes) -> None:
        if name in self.ways:
            self.ways[name](frame)
        else:
            self.lines[name].down.send(encode_frame(frame), self._schedule.now_us)

    def _take(self, name: str, data: bytes) -> None:
        if self.engine is None:
            return
        frames, lines = self._deframers.setdefault(name, Deframer()).feed(data)
        for line in lines:
            self._say(f"reads on {name}: {line}")
        relay = self.engine.relay
        for frame in frames:
            if relay.is_group(frame):
                for other in relay.take(name, frame, self._unix_ms()):
                    self.lines[other].down.send(encode_frame(frame), self._schedule.now_us)
            else:
                self._arrivals.append(Arrival(name, frame, self._unix_ms()))
        self._work()

    def _work(self) -> None:
        """Commit what has come; the answers leave when the disk has it."""
        engine = self.engine
        if engine is None or self._busy or not self._arrivals:
            return
        group, self._arrivals = self._arrivals, []
        self._busy = True
        answers = engine.handle(group)
        self._tell_failure(engine)
        pause_us = COMMIT_US if engine.last_error is None else RETRY_US
        self._schedule.at(self._schedule.now_us + pause_us, lambda: self._answer(engine, answers))

    def _answer(self, engine: Engine, answers: list[tuple[str, bytes]]) -> None:
        if engine is not self.engine:
            return
        for name, frame in answers:
            self._send(name, frame)
        self._busy = False
        self._work()

    def _tell_failure(self, engine: Engine) -> None:
        failing = engine.last_error is not None
        if failing != self._failing:
            self._say(f"cannot commit: {engine.last_error}" if failing else "commits again")
        self._failing = failing

    def _on_event(self, device: int, event: tuple) -> None:
        if event[0] in ("fork", "gap", "diagnostic", "unsupported", "unknown device"):
            self._say(f"hears from {device:04x}: {' '.join(map(str, event))}")


class _Unsynced(sqlite3.Connection):
    """Waits for no disk: what dies on a street is the collector's process, never the machine below its file."""

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        return super().execute("PRAGMA synchronous = OFF" if sql.startswith("PRAGMA synchronous") else sql, *parameters)


def _connect(path: str) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, factory=_Unsynced)
