"""What comes out of a store."""

from __future__ import annotations

from typing import NamedTuple


class Record(NamedTuple):
    """One stored record; `unix_ms` is None while its boot cannot be dated."""

    device: int
    log: int
    stream: int
    name: str | None
    seq: int
    boot: int
    uptime_ms: int
    unix_ms: int | None
    uncertainty_ms: int | None
    values: tuple[int | None, ...]


class Reading(NamedTuple):
    """One value of one channel, scaled to its unit, of a dated record."""

    device: int
    log: int
    stream: str
    seq: int
    channel: str
    unit: str
    unix_ms: int
    uncertainty_ms: int
    value: float


class Progress(NamedTuple):
    """How far one stream has come: `next` follows the highest settled number."""

    device: int
    log: int
    stream: int
    name: str | None
    kind: int | None
    stored: int
    inherited: int
    first: int | None
    next: int
    gaps: list[tuple[int, int]]
    last_received_ms: int | None
    last_unix_ms: int | None
