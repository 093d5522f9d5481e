"""The oracle's own account: every record a node appended, whether it was synced, and what was acknowledged to the node.

It watches the log from outside and shares no code with store or sessions, so that neither can hide a mistake from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from gilmok_node.flash.log import Log
from gilmok_wire.ranges import Ranges


@dataclass(slots=True)
class Logged:
    """An entry as the node appended it.

    `synced`: sync returned, so it is promised; without that a power cut may have taken it. `destroyed`: a person erased the flash or
    put an image without it in its place. `acknowledged`: the stream's numbers that were acknowledged to the node before that.
    """

    stream: int
    first: int
    count: int
    boot: int
    start_ms: int
    period_ms: int
    payload: bytes
    synced: bool = False
    destroyed: bool = False
    acknowledged: Ranges | None = None


@dataclass
class Account:
    """The history of one device: its entries by *root*, the log id its line of forks began with."""

    entries: dict[int, list[Logged]] = field(default_factory=dict)
    root_of: dict[int, int] = field(default_factory=dict)  # log id → root
    acknowledged: dict[tuple[int, int], Ranges] = field(default_factory=dict)  # (root, stream) → numbers
    pending: list[Logged] = field(default_factory=list)

    def place(self, log: Log) -> list[Logged]:
        """Return the entries of the root that `log` descends from; a log id without known parent is a root."""
        root = self.root_of.get(log.log_id)
        if root is None:
            root = self.root_of[log.log_id] = self.root_of.get(log.parent, log.log_id)
        return self.entries.setdefault(root, [])

    def sync(self) -> None:
        """Take what was appended as promised."""
        for entry in self.pending:
            entry.synced = True
        self.pending.clear()

    def acknowledge(self, log_id: int, stream: int, settled: list[tuple[int, int]]) -> None:
        """Take down what the node was told."""
        held = self.acknowledged.setdefault((self.root_of[log_id], stream), Ranges())
        for first, end in settled:
            held.add(first, end)

    def alive(self) -> list[Logged]:
        """Return the entries that no person has taken away."""
        return [entry for entries in self.entries.values() for entry in entries if not entry.destroyed]

    def destroy(self, kept: Iterable[Logged] = ()) -> None:
        """Note that a person erased the flash, or put an image of it back that has the entries `kept`."""
        for root, entries in self.entries.items():
            for entry in entries:
                entry.acknowledged = self.was_acknowledged(root, entry)
                entry.destroyed = True
        for entry in kept:  # these are offered once more, under another log id
            entry.destroyed, entry.acknowledged = False, None
        self.acknowledged = {}
        self.pending.clear()

    def forget_acknowledgements(self) -> None:
        """Note that the store was restored from a backup: what it said before may not hold any more."""
        self.acknowledged = {}
        for entries in self.entries.values():
            for entry in entries:
                entry.acknowledged = None

    def was_acknowledged(self, root: int, entry: Logged) -> Ranges:
        """Return the numbers of the entry's stream that were acknowledged while the device held it."""
        told = entry.acknowledged or Ranges()
        present = self.acknowledged.get((root, entry.stream))
        if entry.destroyed or present is None:
            return told
        return Ranges(told.pairs + present.pairs)


class WatchedLog(Log):
    """A node's log under the eyes of the ledger."""

    def __init__(self, account: Account, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._account = account

    def mount(self) -> None:
        """Mount; what was pending is not promised."""
        self._account.pending.clear()
        super().mount()
        self._account.place(self)

    def append(self, stream: int, count: int, start_ms: int, period_ms: int, payload: bytes, skip: int = 0) -> int:
        """Append, and take down what; a closed log promises nothing, and tells what it holds."""
        if self.is_closed and not self._holds(stream):
            return super().append(stream, count, start_ms, period_ms, payload, skip)
        entry = Logged(stream, 0, count, self.boot, start_ms, period_ms, bytes(payload))
        entries = self._account.place(self)
        entries.append(entry)  # before the flash is touched: a cut on the way may leave the entry there
        entry.first = self.next_number(stream) + skip
        first = super().append(stream, count, start_ms, period_ms, payload, skip)
        entry.first = first
        self._account.pending.append(entry)
        return first

    def sync(self) -> None:
        """Sync, and take down that what was appended is promised, but for what gave way while it was held."""
        held = self.held
        super().sync()
        if self.is_closed:
            return
        if held:
            self._account.pending = [entry for entry in self._account.pending if entry.stream not in held.ends or self._is_there(entry)]
        self._account.sync()

    def fork(self) -> None:
        """Fork, and take down the new log id."""
        super().fork()
        self._account.place(self)

    def next_number(self, stream: int) -> int:
        """Return the number the next record of a stream gets."""
        if self.held is not None and self._holds(stream):
            return int(self.held.ends[stream])
        return self.checkpoint.assigned[stream] if 0 <= stream < len(self.checkpoint.assigned) else 0

    def _holds(self, stream: int) -> bool:
        return self.held is not None and stream in self.held.ends

    def _is_there(self, logged: Logged) -> bool:
        entry = self.read(logged.stream, logged.first)
        return entry is not None and entry.sequence == logged.first
