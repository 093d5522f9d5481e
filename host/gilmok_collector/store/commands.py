"""What people asked of nodes: a command is durable before it is sent, and stays in the store whatever becomes of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from gilmok_wire import cbor

from . import alarm_statements as statements
from .backend import Backend
from .commit import Result
from .tables import TABLES

QUEUED, SENT, DONE, REFUSED, EXPIRED = "queued", "sent", "done", "refused", "expired"

# Results of the contract (gilmok_rules/README.md, "What a node is told").
OK, UNKNOWN, BAD_ARGUMENT, TOO_LATE, TIME_UNKNOWN, DECLINED, DONE_BEFORE = range(7)
_STATE_OF = {OK: DONE, DONE_BEFORE: DONE, TOO_LATE: EXPIRED}

COLLECTOR = 0  # in place of a device: a command for the collector itself, about an alarm of its own

# What a node keeps of an author, in UTF-8: the smallest frame of a radio has 51 bytes for all of a command. The row has the whole name.
_AUTHOR_BYTES = 16


class Command(NamedTuple):
    """One command. Units: times in Unix ms. `argument` is CBOR as the node gets it, `result` the CBOR of what it read back."""

    id: int
    position: int
    device: int
    name: str
    argument: bytes
    author: str
    created_ms: int
    expires_ms: int
    state: str
    sent_ms: int | None = None
    status: int | None = None
    result: bytes | None = None
    settled_ms: int | None = None

    @property
    def parameters(self) -> list[Any]:
        """What the command is about: its argument without author and expiry."""
        return cbor.decode(self.argument)[2:]

    @property
    def value(self) -> Any:
        """What the node read back, None where it said nothing."""
        return None if self.result is None else cbor.decode(self.result)


class Commands:
    """The commands in a store. Each method is a transaction, or part of the one it is called in."""

    def __init__(self, backend: Backend, draw: Callable[[], int] = lambda: secrets.randbelow(2**29 - 1) + 1) -> None:
        self._backend = backend
        self._draw = draw  # an id of the contract: below 2^29, never 0

    def queue(self, device: int, name: str, parameters: Sequence[Any], author: str, now_ms: int, expires_ms: int) -> int:
        """Keep a command for a device and return its id: a running collector sends it until its result comes or it expires.

        Raises: ValueError where it has expired already.
        """
        if expires_ms // 1000 * 1000 <= now_ms:
            raise ValueError(f"the command {name} expires at {expires_ms} ms, and it is {now_ms} ms: give it more than a second")
        signed = author.encode()[:_AUTHOR_BYTES].decode(errors="ignore")
        argument = cbor.encode([signed, expires_ms // 1000, *parameters])
        with self._backend.transaction():
            number = self._draw()
            while self.find(number):
                number = self._draw()
            ((last,),) = self._backend.execute(statements.LAST_POSITION)
            command = Command(number, last + 1, device, name, argument, author, now_ms, expires_ms, QUEUED)
            self._backend.insert("command", TABLES["command"], [command])
        return number

    def find(self, number: int) -> Command | None:
        """Return a command, None where there is none of this id."""
        rows = self._backend.execute(statements.READ_COMMAND, (number,))
        return _read(rows[0]) if rows else None

    def open(self) -> list[Command]:
        """Return the commands that wait for their result, oldest first."""
        return [_read(row) for row in self._backend.execute(statements.READ_OPEN_COMMANDS)]

    def named(self, name: str) -> list[Command]:
        """Return every command of a name, oldest first."""
        return [_read(row) for row in self._backend.execute(statements.READ_COMMANDS_NAMED, (name,))]

    def history(self) -> list[Command]:
        """Return every command there ever was, oldest first."""
        return [_read(row) for row in self._backend.execute(statements.READ_COMMANDS)]

    def mark_sent(self, numbers: Iterable[int], now_ms: int) -> None:
        """Note that commands went out for the first time."""
        with self._backend.transaction():
            self._backend.executemany(statements.MARK_SENT, [{"id": number, "now": now_ms} for number in numbers])

    def expire(self, numbers: Iterable[int], now_ms: int) -> None:
        """Give up commands whose result has not come in time."""
        with self._backend.transaction():
            self._backend.executemany(statements.EXPIRE_COMMAND, [{"id": number, "now": now_ms} for number in numbers])

    def settle(self, results: Iterable[Result]) -> None:
        """Note what became of commands; a result of a command that is not this device's changes nothing, nor does a second one."""
        with self._backend.transaction():
            save_results(self._backend, results)


def save_results(backend: Backend, results: Iterable[Result]) -> None:
    """Store results, inside a transaction.

    A node that does not know the time yet has decided nothing: such a command stays open, and is sent again.
    """
    rows = [
        {
            "state": _STATE_OF.get(each.status, REFUSED),
            "status": each.status,
            "result": each.value,
            "now": each.unix_ms,
            "id": each.id,
            "device": each.device,
        }
        for each in results
        if each.status != TIME_UNKNOWN
    ]
    if rows:
        backend.executemany(statements.SETTLE_COMMAND, rows)


def _read(row: Sequence[Any]) -> Command:
    command = Command(*row)
    return command._replace(argument=bytes(command.argument), result=None if command.result is None else bytes(command.result))
