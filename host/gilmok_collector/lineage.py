"""What a forked log repeats of its ancestors: the same record under two log ids is stored once (SPEC.md section 3, Fork)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from gilmok_wire.batches import Rows

from .store import Store


def ancestors_of(log: int, parents: Mapping[int, int]) -> list[int]:
    """Return the logs that `log` descends from, nearest first; a circle, which only a broken device could claim, ends the search."""
    found: list[int] = []
    parent = parents.get(log, 0)
    while parent and parent != log and parent not in found:
        found.append(parent)
        parent = parents.get(parent, 0)
    return found


def split_inherited(store: Store, device: int, ancestors: list[int], rows: Rows) -> tuple[list[Rows], list[tuple[int, int]]]:
    """Return the runs of `rows` that no ancestor has, and the ranges whose records equal an ancestor's of the same number.

    Cost: one look into the store for each ancestor.
    """
    held: dict[int, set[tuple]] = {}
    for log in ancestors:
        for record in store.rows(device, log, rows.stream, rows.first, rows.end):
            held.setdefault(record.seq, set()).add((record.boot, record.uptime_ms, tuple(record.values)))
    fresh, inherited = [], []
    values = zip(*rows.columns, strict=True) if rows.columns else iter([()] * len(rows))
    known = [
        (rows.boot, time_ms, tuple(row)) in held.get(rows.first + index, ())
        for index, (time_ms, row) in enumerate(zip(rows.times, values, strict=True))
    ]
    for is_inherited, run in groupby(range(len(rows)), key=known.__getitem__):
        indices = list(run)
        low, high = indices[0], indices[-1] + 1
        if is_inherited:
            inherited.append((rows.first + low, rows.first + high))
        else:
            columns = [column[low:high] for column in rows.columns]
            fresh.append(Rows(rows.stream, rows.first + low, rows.boot, rows.times[low:high], columns))
    return fresh, inherited
