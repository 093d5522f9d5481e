"""One commit, from its parts to rows; everything here runs inside one transaction."""

from __future__ import annotations

from collections.abc import Iterable

from . import statements
from .backend import Backend
from .checks import refuse
from .commands import save_results
from .commit import Commit, Log, Schema
from .redating import Dates
from .rows import cut_batches, insert_batch_rows, insert_records, make_batch_rows
from .settled import Settled
from .tables import GAP, INHERITED, TABLES


def save_commit(backend: Backend, commit: Commit) -> None:
    """Store what of a commit is not stored yet.

    Raises: CommitRefused where a stream's schema contradicts the one stored.
    """
    _save_logs(backend, commit.logs)
    _save_schemas(backend, commit.schemas)
    save_results(backend, commit.results)
    settled, dates = Settled(backend), Dates(backend)
    dates.take_anchors(commit.anchors)
    parts = cut_batches(commit.batches, settled)
    for ranges, kind in ((commit.inherited, INHERITED), (commit.gaps, GAP)):
        for gap in ranges:
            settled.add_lacking(gap, kind)
    if parts:
        ((last_id,),) = backend.execute(statements.LAST_BATCH_ID)
        rows = make_batch_rows(parts, last_id)
        dates.date_rows(rows)
        insert_records(backend, parts)
        insert_batch_rows(backend, rows)
    dates.date_runs()
    settled.save()


def read_schemas(backend: Backend, device: int, log: int) -> dict[int, Schema]:
    """Return the schema of each stream of a log; `columns` is None where only the digest is known."""
    schemas = {
        stream: Schema(device, log, stream, digest, name, kind, None if name is None else [])
        for stream, digest, name, kind in backend.execute(statements.READ_SCHEMAS, (device, log))
    }
    for stream, name, unit, exponent, step in backend.execute(statements.READ_CHANNELS, (device, log)):
        columns = schemas[stream].columns
        if columns is not None:
            columns.append((name, unit, exponent) if step == 1 else (name, unit, exponent, step))
    return schemas


def _save_logs(backend: Backend, logs: Iterable[Log]) -> None:
    rows = [(log.device, log.log, log.parent, log.boot, log.firmware, log.config_digest) for log in logs]
    backend.executemany(statements.SAVE_LOG, rows)


def _save_schemas(backend: Backend, schemas: Iterable[Schema]) -> None:
    """Store schemas. A stream number is bound to one schema for the life of a log (SPEC §3)."""
    known: dict[tuple[int, int], dict[int, Schema]] = {}
    for schema in schemas:
        owner = (schema.device, schema.log)
        if owner not in known:
            known[owner] = read_schemas(backend, *owner)
        stored = known[owner].get(schema.stream)
        if stored and stored.digest != schema.digest:
            sentence = f"its schema is {stored.digest.hex()}; {schema.digest.hex()} needs a new stream number"
            raise refuse(backend.url, schema, sentence)
        if stored is None or (stored.columns is None and schema.columns is not None):
            _save_schema(backend, schema)
            known[owner][schema.stream] = schema


def _save_schema(backend: Backend, schema: Schema) -> None:
    owner = (schema.device, schema.log, schema.stream)
    name, kind = (None, None) if schema.columns is None else (schema.name, schema.kind)
    backend.executemany(statements.SAVE_SCHEMA, [(*owner, schema.digest, name, kind)])
    rows = []
    for position, (channel, unit, exponent, *step) in enumerate(schema.columns or ()):
        factor = step[0] if step else 1
        multiplier = float(factor * 10 ** max(exponent, 0))
        divisor = float(10 ** max(-exponent, 0))
        rows.append((*owner, position, channel, unit, exponent, factor, multiplier, divisor))
    backend.insert("channel", TABLES["channel"], rows)
