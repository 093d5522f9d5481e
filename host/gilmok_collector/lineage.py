"""What a forked log repeats of its relatives: the same record under two log ids is stored once (SPEC.md section 3, Fork)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

from gilmok_wire.batches import Rows

from .store import Store


def relatives_of(log: int, parents: Mapping[int, int]) -> list[int]:
    """Return the other logs that may hold records of the same origin as `log`; `parents` has every log that said hello.

    A restored store may have forgotten a log in between: then nobody can tell, and every log counts whose origin is not known.
    """
    origin = _origin(log, parents)
    others = [other for other in parents if other != log]
    return [other for other in others if origin is None or _origin(other, parents) in (origin, None)]


def split_inherited(store: Store, device: int, relatives: Iterable[int], rows: Rows) -> tuple[list[Rows], list[tuple[int, int]]]:
    """Return the runs of `rows` that no relative has, and the ranges whose records equal a relative's of the same number.

    Cost: one look into the store for each relative.
    """
    held: dict[int, set[tuple]] = {}
    for log in relatives:
        for record in store.rows(device, log, rows.stream, rows.first, rows.end):
            held.setdefault(record.seq, set()).add((record.boot, record.uptime_ms, tuple(record.values)))
    if not held:
        return [rows], []
    records = zip(rows.times, zip(*rows.columns, strict=True), strict=True)
    known = [(rows.boot, time_ms, values) in held.get(rows.first + index, ()) for index, (time_ms, values) in enumerate(records)]
    fresh, inherited = [], []
    for is_known, run in groupby(range(len(rows)), key=known.__getitem__):
        indices = list(run)
        low, high = indices[0], indices[-1] + 1
        if is_known:
            inherited.append((rows.first + low, rows.first + high))
        else:
            columns = [column[low:high] for column in rows.columns]
            fresh.append(Rows(rows.stream, rows.first + low, rows.boot, rows.times[low:high], columns))
    return fresh, inherited


def _origin(log: int, parents: Mapping[int, int]) -> int | None:
    """Return the log at which a line of forks began, None where a log in between is not known."""
    seen = set()
    while log not in seen:  # a circle is what only a broken device could claim
        seen.add(log)
        parent = parents.get(log)
        if not parent:
            return log if parent == 0 else None
        log = parent
    return None
