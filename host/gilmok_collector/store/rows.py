"""From batches to table rows: what is stored already is cut out, what continues is put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from .backend import Backend, Run
from .commit import Batch
from .settled import Settled
from .tables import STORED, TABLES, VALUES

# Batches of a commit that continue one another become one row of the batch table up to this many records,
# so that two-record frames from a radio do not cost eight times the index. Longer ones would search and
# date less finely.
MERGED_RECORDS = 256

ORDER = attrgetter("device", "log", "stream", "first")
STREAM = attrgetter("device", "log", "stream")


@dataclass(slots=True)
class BatchRow:
    """A row of the batch table, its fields in the table's order; undated until `set_span`."""

    id: int
    device: int
    log: int
    stream: int
    first: int
    count: int
    width: int
    boot: int
    start_ms: int
    end_ms: int
    period_ms: int | None
    unix_start_ms: int | None
    unix_end_ms: int | None
    uncertainty_ms: int | None
    received_ms: int

    def set_span(self, start_ms: int, end_ms: int, uncertainty_ms: int) -> None:
        """Date the batch."""
        self.unix_start_ms = start_ms
        self.unix_end_ms = end_ms
        self.uncertainty_ms = uncertainty_ms


def cut_batches(batches: Iterable[Batch], settled: Settled) -> list[Batch]:
    """Return what of the batches is new, in the order of the record table, and settle it."""
    parts = []
    for stream, members in groupby(sorted(batches, key=ORDER), key=STREAM):
        stored, missing = settled.of(stream, STORED), settled.missing_in(stream)
        received_ms = 0
        for batch in members:
            received_ms = max(received_ms, batch.received_ms)
            for first, past in missing(batch.first, batch.first + batch.count):
                parts.append(batch if past - first == batch.count else _cut(batch, first, past))
                stored.add(first, past)
        settled.note_received(stream, received_ms)
    return parts


def make_batch_rows(parts: Iterable[Batch], last_id: int) -> list[BatchRow]:
    """Return the batch rows of parts in order, those that continue one another as one.

    Joining their columns as well was measured: it costs more than the shorter record loop saves.
    """
    rows: list[BatchRow] = []
    for part in parts:
        start_ms, end_ms = _uptimes(part)
        period_ms = _common_period(rows[-1], part) if rows else None
        if period_ms is not None:
            row = rows[-1]
            row.period_ms = period_ms
            row.count += part.count
            row.end_ms = end_ms
            row.received_ms = max(row.received_ms, part.received_ms)
        else:
            number = last_id + len(rows) + 1
            period_ms = None if part.times else part.period_ms
            row = BatchRow(
                number, part.device, part.log, part.stream, part.first, part.count, len(part.columns), part.boot,
                start_ms, end_ms, period_ms, None, None, None, part.received_ms,
            )  # fmt: skip
            rows.append(row)
    return rows


def insert_records(backend: Backend, parts: Iterable[Batch]) -> None:
    """Insert the records of parts, all of one shape together.

    Cost: 0.2 µs a value in SQLite for 32 records of 12 columns.
    """
    shapes: dict[tuple[int, bool], list[Batch]] = {}
    for part in parts:
        shapes.setdefault((len(part.columns), bool(part.times)), []).append(part)
    for (width, irregular), members in shapes.items():
        names = ("device", "log", "stream", "seq", *(("uptime_ms",) * irregular), *VALUES[:width])
        backend.insert_runs("record", names, map(_run, members))


def insert_batch_rows(backend: Backend, rows: Iterable[BatchRow]) -> None:
    """Insert rows of the batch table."""
    backend.insert("batch", TABLES["batch"], map(attrgetter(*TABLES["batch"]), rows))


def _run(part: Batch) -> Run:
    columns: Sequence[Sequence[int | None]] = [part.times, *part.columns] if part.times else part.columns
    return Run((part.device, part.log, part.stream), part.first, part.count, columns)


def _cut(batch: Batch, first: int, past: int) -> Batch:
    """Return the records [first, past) of a batch."""
    low, high = first - batch.first, past - batch.first
    return Batch(
        batch.device, batch.log, batch.stream, first, past - first, batch.boot,
        batch.start_ms + low * batch.period_ms,
        batch.times[low:high] if batch.times else None,
        batch.period_ms,
        [column[low:high] for column in batch.columns],
        batch.received_ms,
    )  # fmt: skip


def _uptimes(part: Batch) -> tuple[int, int]:
    """Return the first and the last uptime of a part."""
    if part.times:
        return min(part.times), max(part.times)
    return part.start_ms, part.start_ms + (part.count - 1) * part.period_ms


def _common_period(row: BatchRow, part: Batch) -> int | None:
    """Return the period of both where `part` goes on where `row` ends, at the same pace, else None."""
    follows = (
        row.first + row.count == part.first
        and row.stream == part.stream
        and row.log == part.log
        and row.device == part.device
        and row.boot == part.boot
        and row.width == len(part.columns)
        and row.count + part.count <= MERGED_RECORDS
    )
    if not follows or part.times or row.period_ms is None:
        return None
    period_ms = row.period_ms
    if row.count == 1:  # one record alone has no pace
        period_ms = part.period_ms if part.count > 1 else max(part.start_ms - row.start_ms, 0)
    at_pace = part.count == 1 or part.period_ms == period_ms
    return period_ms if at_pace and row.start_ms + row.count * period_ms == part.start_ms else None
