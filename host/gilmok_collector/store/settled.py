"""Which sequence numbers are settled, and why, as ranges."""

from __future__ import annotations

from collections.abc import Callable

from gilmok_wire.ranges import Ranges

from . import statements
from .backend import Backend
from .commit import Gap
from .tables import GAP, INHERITED, STORED

Stream = tuple[int, int, int]  # device, log, stream
Key = tuple[int, int, int, int]  # … and kind


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

    def of(self, stream: Stream, kind: int) -> Ranges:
        """Return the ranges of a stream, to be read and added to."""
        if stream[:2] not in self._read:
            self._read_log(*stream[:2])
        return self._ranges.setdefault((*stream, kind), Ranges())

    def missing_in(self, stream: Stream) -> Callable[[int, int], list[tuple[int, int]]]:
        """Return what finds the ranges of [first, end) of a stream that are neither stored nor inherited."""
        stored, inherited = self.of(stream, STORED), self.of(stream, INHERITED)
        if not inherited:
            return stored.missing
        return lambda first, end: [hole for pair in stored.missing(first, end) for hole in inherited.missing(*pair)]

    def add_lacking(self, gap: Gap, kind: int) -> None:
        """Settle what of `gap` is neither stored nor inherited."""
        stream = (gap.device, gap.log, gap.stream)
        ranges = self.of(stream, kind)
        for first, past in self.missing_in(stream)(gap.first, gap.end):
            ranges.add(first, past)

    def note_received(self, stream: Stream, received_ms: int) -> None:
        """Remember when records of a stream came last."""
        self._received_ms[(*stream, STORED)] = received_ms

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

    def _read_log(self, device: int, log: int) -> None:
        self._read.add((device, log))
        for (stream, kind), ranges in read_settled(self._backend, device, log).items():
            key = (device, log, stream, kind)
            self._ranges[key] = ranges
            self._before[key] = tuple(ranges.pairs)
