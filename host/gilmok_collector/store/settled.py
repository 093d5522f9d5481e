"""Which sequence numbers are settled, and why, as ranges."""

from __future__ import annotations

from gilmok_wire.ranges import Ranges

from . import statements
from .backend import Backend
from .commit import Batch, Gap
from .tables import GAP, INHERITED, STORED

Key = tuple[int, int, int, int]  # device, log, stream, kind


def read_settled(backend: Backend, device: int, log: int) -> dict[tuple[int, int], Ranges]:
    """Return the ranges of one log by (stream, kind).

    Cost: linear in the number of holes, not of records.
    """
    ranges: dict[tuple[int, int], Ranges] = {}
    for stream, kind, first, past in backend.execute(statements.READ_SETTLED, (device, log)):
        ranges.setdefault((stream, kind), Ranges()).add(first, past)
    return ranges


class Settled:
    """The settled ranges of the logs one commit touches: read once, written back as differences.

    They are read inside each transaction rather than kept: another process may have written in between.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._read: set[tuple[int, int]] = set()
        self._before: dict[Key, tuple[tuple[int, int], ...]] = {}
        self._ranges: dict[Key, Ranges] = {}
        self._received_ms: dict[Key, int] = {}

    def missing(self, part: Batch | Gap, end: int) -> list[tuple[int, int]]:
        """Return the ranges of [part.first, end) whose records are neither stored nor inherited."""
        holes = self._of(part, STORED).missing(part.first, end)
        inherited = self._of(part, INHERITED)
        if not inherited:
            return holes
        return [hole for first, past in holes for hole in inherited.missing(first, past)]

    def add_stored(self, batch: Batch) -> None:
        """Settle the records of a batch."""
        key = (batch.device, batch.log, batch.stream, STORED)
        self._of(batch, STORED).add(batch.first, batch.first + batch.count)
        self._received_ms[key] = max(batch.received_ms, self._received_ms.get(key, 0))

    def add_lacking(self, gap: Gap, kind: int) -> None:
        """Settle what of `gap` is neither stored nor inherited."""
        ranges = self._of(gap, kind)
        for first, past in self.missing(gap, gap.end):
            ranges.add(first, past)

    def save(self) -> None:
        """Write back what changed. A gap whose records have come after all is none any more."""
        gone, changed = [], []
        for key in self._ranges:
            before, after = self._before.get(key, ()), tuple(self._after(key))
            if before == after:
                continue
            firsts = {first for first, _ in after}
            gone += [(*key, first) for first, _ in before if first not in firsts]
            received_ms = self._received_ms.get(key)
            changed += [(*key, *pair, received_ms) for pair in set(after).difference(before)]
        self._backend.executemany(statements.DROP_SETTLED, gone)
        self._backend.executemany(statements.SAVE_SETTLED, changed)

    def _after(self, key: Key) -> list[tuple[int, int]]:
        """Return the pairs of a key, a gap's without those that are stored or inherited by now."""
        pairs = self._ranges[key].pairs
        if key[3] != GAP:
            return pairs
        for kind in (STORED, INHERITED):
            others = self._ranges.get((*key[:3], kind))
            if others:
                pairs = [hole for first, past in pairs for hole in others.missing(first, past)]
        return pairs

    def _of(self, part: Batch | Gap, kind: int) -> Ranges:
        if (part.device, part.log) not in self._read:
            self._read_log(part.device, part.log)
        key = (part.device, part.log, part.stream, kind)
        ranges = self._ranges.get(key)
        if ranges is None:
            ranges = self._ranges[key] = Ranges()
        return ranges

    def _read_log(self, device: int, log: int) -> None:
        self._read.add((device, log))
        for (stream, kind), ranges in read_settled(self._backend, device, log).items():
            key = (device, log, stream, kind)
            self._ranges[key] = ranges
            self._before[key] = tuple(ranges.pairs)
