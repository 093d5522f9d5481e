"""Reading the store: streams and how far they are, records, readings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from . import statements
from .backend import Backend
from .result import Progress, Reading, Record
from .tables import INHERITED, STORED

Bounds = Mapping[str, Any]  # device, stream (its name), channel, since, until: each may be None


def read_records(backend: Backend, bounds: Bounds, limit: int | None) -> Iterator[Record]:
    """Yield records by device, log, stream and number; undated ones too, unless time is bounded."""
    rows = _read_streams(backend, statements.RECORDS_OF_STREAM, statements.RECORD_BOUNDS, "r.seq", bounds, limit)
    return (_record(row) for row in rows)


def read_readings(backend: Backend, bounds: Bounds, limit: int | None) -> Iterator[Reading]:
    """Yield readings by device, log, stream, number and channel."""
    sql, order = statements.READINGS_OF_STREAM, "seq, position"
    rows = _read_streams(backend, sql, statements.READING_BOUNDS, order, bounds, limit)
    return (Reading._make(row) for row in rows)


def read_range(backend: Backend, device: int, log: int, stream: int, first: int, end: int) -> Iterator[Record]:
    """Yield the records [first, end) of one stream that are stored."""
    bounds = {"device": device, "log": log, "stream": stream, "first": first, "end": end}
    return (_record(row) for row in backend.stream(statements.RECORDS_OF_RANGE, bounds))


def read_since(backend: Backend, after: int, last: int) -> list[Record]:
    """Return the records of the batches (after, last] in the order they came."""
    return [_record(row) for row in backend.execute(statements.RECORDS_SINCE_BATCH, {"after": after, "last": last})]


def read_progress(backend: Backend) -> list[Progress]:
    """Return how far every stream is.

    Cost: a search per stream and a row per hole, however many records there are.
    """
    sums = {(*row[:3], row[3]): row[4:] for row in backend.execute(statements.SUM_SETTLED)}
    gaps: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    for *stream, first, past in backend.execute(statements.READ_GAPS):
        gaps.setdefault(tuple(stream), []).append((first, past))
    return [_progress(backend, stream, sums, gaps.get(stream[:3], [])) for stream in backend.execute(statements.READ_STREAMS)]


def _progress(backend: Backend, stream: tuple, sums: Mapping[tuple, tuple], gaps: list[tuple[int, int]]) -> Progress:
    *key, name, kind = stream
    stored, first, _, received_ms = sums.get((*key, STORED), (0, None, 0, None))
    inherited, *_ = sums.get((*key, INHERITED), (0,))
    ends = [total[2] for why in (STORED, INHERITED) if (total := sums.get((*key, why)))]
    ends += [past for _, past in gaps]
    last = backend.execute(statements.LAST_DATE, key)
    unix_ms = last[0][0] if last else None
    device, log, number = key
    return Progress(device, log, number, name, kind, stored, inherited, first, max(ends, default=0), gaps, received_ms, unix_ms)


def _read_streams(
    backend: Backend, sql: str, conditions: Mapping[str, str], order: str, bounds: Bounds, limit: int | None
) -> Iterator[tuple]:
    """Yield the rows of one query after another, one for each stream that fits the bounds."""
    present = {name: value for name, value in bounds.items() if value is not None}
    for name, condition in conditions.items():
        if name in present:
            sql += f" AND {condition}"
    sql += f" ORDER BY {order}"
    for device, log, stream, name, _ in backend.execute(statements.READ_STREAMS):
        if present.get("device", device) != device or present.get("stream", name) != name:
            continue
        wanted = sql if limit is None else f"{sql} LIMIT {limit}"
        named = present | {"device": device, "log": log, "stream": stream}
        for row in backend.stream(wanted, named):
            yield row
            if limit is not None:
                limit -= 1
        if limit == 0:
            return


def _record(row: tuple) -> Record:
    *told, width = row[:10]
    return Record._make((*told, row[10 : 10 + width]))
