"""A site's own store: what was recorded, to be judged by what the site file says now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..channels import Channels
from .tables import Row, Table

if TYPE_CHECKING:
    from gilmok_collector.store import Store


def open_history(store: Store, device: int, since_ms: int | None, until_ms: int | None) -> Table:
    """Return the dated records of a device; the store must stay open while rows are read."""
    channels = Channels(store)
    channels.load()
    size = sum(progress.stored for progress in store.summary() if progress.device == device)
    table = Table(store.url, [], iter(()), size=size)
    table.rows = _read(store, channels, device, (since_ms, until_ms), table)
    return table


def _read(store: Store, channels: Channels, device: int, bounds: tuple[int | None, int | None], table: Table) -> Iterator[Row]:
    for record in store.records(device, None, *bounds):
        table.position += 1
        row = {}
        for channel, value, unit in channels.values(record, refresh=False):
            column = f"{record.name}.{channel}"
            table.units[column] = unit
            row[column] = f"{value:f}"
        yield record.unix_ms, row
