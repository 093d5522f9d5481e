"""Refuses what no honest device says, before it can spoil a commit it shares with others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .commit import Anchor, Batch, Commit, Gap, Log, Schema
from .errors import CommitRefused
from .tables import MAX_COLUMNS

Part = Batch | Anchor | Schema | Gap | Log

# One above the greatest. Sequence, log, boot and uptime as in a log's entry (SPEC §5), uptime with room
# for what follows a batch's start; a device id fits a signed 64-bit column.
BOUNDS = {
    "device": 1 << 63,
    "log": 1 << 32,
    "parent": 1 << 32,
    "stream": 1 << 15,
    "first": 1 << 32,
    "end": (1 << 32) + 1,
    "boot": 1 << 32,
    "uptime_ms": 1 << 42,
    "start_ms": 1 << 42,
    "period_ms": 1 << 42,
    "received_ms": 1 << 53,
    "unix_ms": 1 << 53,
    "uncertainty_ms": 1 << 53,
}
DEVICES, LOGS, STREAMS, BOOTS = (BOUNDS[name] for name in ("device", "log", "stream", "boot"))
SEQUENCES, UPTIMES = BOUNDS["first"], BOUNDS["uptime_ms"]

# Powers of ten that are exact as 64-bit floats.
MAX_EXPONENT = 22


def check_commit(url: str, commit: Commit) -> None:
    """Check every part of a commit.

    Raises: CommitRefused, naming the device, the log and the stream.
    """
    for batch in commit.batches:
        _check_batch(url, batch)
    for schema in commit.schemas:
        _check_schema(url, schema)
    for gap in (*commit.gaps, *commit.inherited):
        _check_bounds(url, gap, ("device", "log", "stream", "first", "end"))
    for anchor in commit.anchors:
        _check_bounds(url, anchor, ("device", "log", "boot", "uptime_ms", "unix_ms", "uncertainty_ms"))
    for log in commit.logs:
        _check_bounds(url, log, ("device", "log", "parent", "boot"))
        _check_texts(url, log, (log.firmware,))


def refuse(url: str, part: Part, sentence: str) -> CommitRefused:
    """Return the error that names a part."""
    return CommitRefused(url, part.device, part.log, getattr(part, "stream", None), sentence)


def _check_batch(url: str, batch: Batch) -> None:
    """Check a batch: at once where all is well, which is what 2-record batches spend a tenth of their time on."""
    count, width = batch.count, len(batch.columns)
    if not (
        0 <= batch.device < DEVICES
        and 0 <= batch.log < LOGS
        and 0 <= batch.stream < STREAMS
        and 0 <= batch.boot < BOOTS
        and 0 <= batch.first < batch.first + count <= SEQUENCES
        and 0 <= batch.start_ms < UPTIMES
        and batch.period_ms >= 0
        and batch.start_ms + count * batch.period_ms < UPTIMES
        and 0 <= batch.received_ms < BOUNDS["received_ms"]
    ):
        _check_bounds(url, batch, ("device", "log", "stream", "boot", "first", "start_ms", "period_ms", "received_ms"))
        raise refuse(url, batch, f"{count} records from {batch.first} on, {batch.period_ms} ms apart, cannot be")
    if width > MAX_COLUMNS:
        raise _too_wide(url, batch, width)
    if list(map(len, batch.columns)).count(count) != width:
        raise refuse(url, batch, f"not every column has the batch's {count} records")
    if batch.times and (len(batch.times) != count or min(batch.times) < 0 or max(batch.times) >= UPTIMES):
        raise refuse(url, batch, f"its times are not {count} uptimes below {UPTIMES} ms")


def _check_schema(url: str, schema: Schema) -> None:
    _check_bounds(url, schema, ("device", "log", "stream"))
    if schema.columns is None:
        return
    if len(schema.columns) > MAX_COLUMNS:
        raise _too_wide(url, schema, len(schema.columns))
    if schema.name is None or schema.kind not in (0, 1, 2):
        raise refuse(url, schema, "a schema needs a name and a kind 0, 1 or 2")
    for name, unit, exponent, *step in schema.columns:
        _check_texts(url, schema, (schema.name, name, unit))
        if abs(exponent) > MAX_EXPONENT or not all(0 < abs(value) < 1 << 53 for value in step):
            raise refuse(url, schema, f"channel {name} has a step × 10^exponent that no float holds exactly")


def _check_bounds(url: str, part: Part, names: Sequence[str]) -> None:
    for name in names:
        if not 0 <= getattr(part, name) < BOUNDS[name]:
            sentence = f"{name} is {getattr(part, name)}, which is not between 0 and {BOUNDS[name] - 1}"
            raise refuse(url, part, sentence)


def _check_texts(url: str, part: Part, texts: Iterable[str]) -> None:
    if any("\0" in text for text in texts):
        raise refuse(url, part, "a name contains the character NUL, which PostgreSQL cannot store")


def _too_wide(url: str, part: Batch | Schema, width: int) -> CommitRefused:
    return refuse(url, part, f"has {width} columns and a record holds {MAX_COLUMNS}; split the stream's channels over two streams")
