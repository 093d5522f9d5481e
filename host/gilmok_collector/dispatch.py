"""From the store's commands to the sessions of their devices, and on until each has its result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from gilmok_wire import cbor
from gilmok_wire.collector_commands import MAX_COMMANDS
from gilmok_wire.collector_session import CollectorSession
from gilmok_wire.errors import DecodeError, EncodeError

from .store import Command, Result, Store
from .store.commands import BAD_ARGUMENT

# A push may be lost on the line, or find the node restarting. A node asks by itself when it has something to say, and then is told again:
# pushing on is for one that is idle.
PUSH_AGAIN_MS, PUSH_LIMIT_MS = 2_000, 60_000


@dataclass(slots=True)
class _Pushing:
    at_ms: int
    peer: object = None  # whom it was told
    wait_ms: int = PUSH_AGAIN_MS


class Dispatch:
    """Keeps each session's commands as the store says. A command is read from the store, so it is durable before it is sent.

    Commands on the same rule or output go one after the other, since frames may overtake each other; all others go together.
    """

    def __init__(self, store: Store, session_of: Callable[[int], CollectorSession | None]) -> None:
        self._store = store
        self._session_of = session_of  # None of a device that has not been heard
        self._open: dict[int, Command] = {}
        self._pushing: dict[int, _Pushing] = {}
        self._unsendable: list[tuple[Command, str]] = []

    def refresh(self, now_ms: int) -> None:
        """Read what is open, give up what has expired, and put the rest into the sessions.

        Raises: StoreError.
        """
        self._settle_unsendable(now_ms)
        opened = self._store.commands.open()
        late = [command.id for command in opened if command.expires_ms <= now_ms]
        if late:
            with self._store.transaction():
                self._store.commands.expire(late, now_ms)
        fresh = [command for command in opened if command.id not in self._open and command.id not in late]
        devices = {command.device for command in (*opened, *self._open.values())}
        self._open = {command.id: command for command in opened if command.id not in late}
        for device in {command.device for command in fresh}:
            self._pushing[device] = _Pushing(now_ms)
        for device in devices:
            self.load(device)

    def load(self, device: int) -> None:
        """Put what is open for a device into its session, as far as it has room."""
        session = self._session_of(device)
        if session is None:
            return
        waiting = [command for command in self._open.values() if command.device == device]
        chosen = _next_of_each(waiting)[:MAX_COMMANDS]
        for number in session.commands.ids():
            if number not in {command.id for command in chosen}:
                session.commands.drop(number)
        for command in chosen:
            if command.id not in session.commands:
                self._add(session, command)
        if not waiting:
            self._pushing.pop(device, None)

    def push(self, now_ms: int) -> list[int]:
        """Have the sessions of nodes that listen say now what has waited long enough; return their devices."""
        pushed = []
        for device, pushing in self._pushing.items():
            session = self._session_of(device)
            if session is None or not session.commands.ids() or not session.link.full_duplex:  # it does not listen while it is silent
                continue
            due = pushing.at_ms <= now_ms or session.peer() is not pushing.peer  # a node that has restarted may have heard nothing
            if due and session.push():
                pushing.peer = session.peer()
                pushing.at_ms = now_ms + pushing.wait_ms
                pushing.wait_ms = min(2 * pushing.wait_ms, PUSH_LIMIT_MS)
                pushed.append(device)
        return pushed

    def note_sent(self, sessions: Iterable[CollectorSession], now_ms: int) -> None:
        """Keep which commands went out for the first time.

        Raises: StoreError; the next call notes them then.
        """
        sent = {number for session in sessions for number in session.commands.sent}
        first = [number for number in sent if number in self._open and self._open[number].sent_ms is None]
        if first:
            with self._store.transaction():
                self._store.commands.mark_sent(first, now_ms)
            for number in first:
                self._open[number] = self._open[number]._replace(sent_ms=now_ms)

    def _add(self, session: CollectorSession, command: Command) -> None:
        try:
            session.commands.add(command.id, command.name, cbor.decode(command.argument))
        except EncodeError as error:  # a rule may be too long for a radio; nothing will make it shorter
            self._unsendable.append((command, str(error)))
        if command.sent_ms is not None:
            session.commands.sent.add(command.id)

    def _settle_unsendable(self, now_ms: int) -> None:
        if self._unsendable:
            results = [Result(each.device, each.id, BAD_ARGUMENT, cbor.encode(reason), now_ms) for each, reason in self._unsendable]
            with self._store.transaction():
                self._store.commands.settle(results)
            self._unsendable.clear()


def _next_of_each(commands: Iterable[Command]) -> list[Command]:
    """Return the first command of each target in order of age, leases before all: a barrier may wait for them."""
    first: dict[Any, Command] = {}
    for command in commands:
        first.setdefault(_target(command), command)
    return sorted(first.values(), key=lambda command: command.name != "lease")


def _target(command: Command) -> Any:
    """Return what a command is about: the id of a rule or an output; without one, the command itself."""
    for parameter in command.parameters[:1] if command.name != "maintain" else ():
        return next(_rule_ids(parameter), command.name) if isinstance(parameter, bytes) else parameter
    return command.name


def _rule_ids(encoded: bytes) -> Iterator[int]:
    """Yield the id of an encoded rule, nothing where it is none."""
    try:
        rule = cbor.decode(encoded)
    except DecodeError:
        return
    if isinstance(rule, list) and rule and isinstance(rule[0], int):
        yield rule[0]
