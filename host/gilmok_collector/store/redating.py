"""The dates of batches: made when a batch is stored, made again when the anchors improve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from . import statements
from .backend import Backend
from .commit import Anchor
from .dating import Fix, Span, date_boots, date_span, improves, unix_at
from .rows import BatchRow

Boot = tuple[int, int, int]  # device, log, boot

# Before and after every uptime there can be: uptimes have 40 bits.
ALWAYS = (-1, 1 << 62)


class Dates:
    """The dates that one commit makes: first its anchors, then its batches, then boots without anchors.

    Afterwards the date of every stored batch is what the stored anchors say.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._moved: dict[Boot, bool] = {}  # boots with a new anchor: does its start move too?
        self._runs: set[tuple[int, int, int, int]] = set()  # device, log, and the boots before and after

    def take_anchors(self, anchors: Iterable[Anchor]) -> None:
        """Keep the anchors that improve the dating of their boot, and date its batches again.

        An anchor that improves nothing is not kept: a boot of months has one every few minutes.
        """
        for anchor in anchors:
            boot = (anchor.device, anchor.log, anchor.boot)
            fix = Fix(anchor.uptime_ms, anchor.unix_ms, anchor.uncertainty_ms)
            if improves(self._chain(boot, fix.uptime_ms, fix.uptime_ms), fix):
                self._keep(boot, fix)

    def date_rows(self, rows: Sequence[BatchRow]) -> None:
        """Date batches that are about to be inserted, where their boot has an anchor."""
        by_boot: dict[Boot, list[BatchRow]] = {}
        for row in rows:
            by_boot.setdefault((row.device, row.log, row.boot), []).append(row)
        for boot, members in by_boot.items():
            if self._note_runs(boot, start_moved=False):
                chain = self._chain(boot, min(row.start_ms for row in members), max(row.end_ms for row in members))
                for row in members:
                    row.set_span(*date_span(chain, row.start_ms, row.end_ms))

    def date_runs(self) -> None:
        """Date the boots that never learned the time and lie between two that did, where that changed."""
        for boot, start_moved in self._moved.items():
            self._note_runs(boot, start_moved)
        for device, log, before, after in self._runs:
            between = {"device": device, "log": log, "after": before, "before": after}
            lengths = self._backend.execute(statements.READ_BOOT_LENGTHS, between)
            if not lengths:
                continue
            fixes = date_boots(
                self._end_of((device, log, before)),
                unix_at(self._chain((device, log, after), 0, 0), 0),
                [length for _, length in lengths],
            )
            for (boot, _), fix in zip(lengths, fixes, strict=True):
                self._date_again((device, log, boot), *ALWAYS, chain=[fix])

    def _keep(self, boot: Boot, fix: Fix) -> None:
        """Store an anchor and date again what lies between its neighbours, or beyond it."""
        named = _named(boot) | {
            "uptime": fix.uptime_ms,
            "unix": fix.unix_ms,
            "uncertainty": fix.uncertainty_ms,
        }
        self._backend.execute(statements.DROP_ANCHORS, named)
        self._backend.execute(statements.SAVE_ANCHOR, named)
        chain = self._chain(boot, fix.uptime_ms - 1, fix.uptime_ms + 1)
        earlier = [other.uptime_ms for other in chain if other.uptime_ms < fix.uptime_ms]
        later = [other.uptime_ms for other in chain if other.uptime_ms > fix.uptime_ms]
        # beyond an end of the chain its outermost pair counts, so a new member of that pair changes it
        start = earlier[-1] if len(earlier) == 2 else ALWAYS[0]
        end = later[0] if len(later) == 2 else ALWAYS[1]
        self._date_again(boot, start, end)
        self._moved[boot] = self._moved.get(boot, False) or start == ALWAYS[0]

    def _date_again(self, boot: Boot, start: int, end: int, chain: Sequence[Fix] = ()) -> None:
        """Date the stored batches of a boot that touch (start, end), and write the dates that changed."""
        bounds = _named(boot) | {"start": start, "end": end}
        rows = self._backend.execute(statements.READ_BOOT_BATCHES, bounds)
        if not rows:
            return
        if not chain:
            chain = self._chain(boot, min(row[1] for row in rows), max(row[2] for row in rows))
        changed: list[tuple[Any, ...]] = []
        for number, start_ms, end_ms, *dated in rows:
            span: Span = date_span(chain, start_ms, end_ms)
            if list(span) != dated:
                changed.append((*span, number))
        self._backend.executemany(statements.DATE_BATCH, changed)

    def _end_of(self, boot: Boot) -> tuple[float, float]:
        """Return the latest moment that is known of an anchored boot, and its uncertainty."""
        ((length,),) = self._backend.execute(statements.READ_BOOT_LENGTH, _named(boot))
        return unix_at(self._chain(boot, length, length), length)

    def _note_runs(self, boot: Boot, start_moved: bool) -> bool:
        """Note the boots without anchors around or after this one; say whether it has an anchor itself.

        Those before it depend on its start alone, and most commits only append to an anchored boot.
        """
        ((before, own, after),) = self._backend.execute(statements.READ_ANCHORED_BOOTS, _named(boot))
        if own is not None and not start_moved:
            before = None
        known = [number for number in (before, own, after) if number is not None]
        for first, second in pairwise(known):
            if second > first + 1:
                self._runs.add((boot[0], boot[1], first, second))
        return own is not None

    def _chain(self, boot: Boot, start: int, end: int) -> list[Fix]:
        """Return the fixes of a boot that decide about [start, end]."""
        bounds = _named(boot) | {"start": start, "end": end}
        return [Fix(*row) for row in self._backend.execute(statements.READ_ANCHORS, bounds)]


def _named(boot: Boot) -> dict[str, int]:
    return {"device": boot[0], "log": boot[1], "boot": boot[2]}
