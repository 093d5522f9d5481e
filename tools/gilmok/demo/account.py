"""The account of a demo: what each node's flash holds against what the store holds."""

from __future__ import annotations

from dataclasses import dataclass

from gilmok_collector.store import Store
from gilmok_node.flash.log import Log
from gilmok_wire.columns import decode_columns


@dataclass
class Account:
    """Records of one node. `logged` counts numbers given out, over all logs its device ever had."""

    logged: int = 0
    acknowledged: int = 0
    stored: int = 0
    lost: int = 0
    duplicated: int = 0
    changed: int = 0
    gaps: int = 0


def take_account(store: Store, device: int, log: Log, acknowledged: int) -> Account:
    """Compare every record that `log` still holds, and every number it gave out, with the store."""
    account = Account(acknowledged=acknowledged)
    for stream, _, _ in log.streams():
        end = log.next(stream)
        stored = store.stored(device, log.log_id, stream)
        gaps = store.gaps(device, log.log_id, stream)
        account.logged += end
        account.stored += len(stored)
        account.gaps += sum(past - first for first, past in gaps)
        missing = sum(past - first for first, past in stored.missing(0, end))
        account.lost += missing - sum(past - first for first, past in gaps)
        rows = list(store.rows(device, log.log_id, stream, 0, end))
        account.duplicated += len(rows) - len({row.seq for row in rows}) + max(0, len(rows) - len(stored))
        account.changed += _count_changed(log, stream, {row.seq: row for row in rows})
    return account


def _count_changed(log: Log, stream: int, rows: dict) -> int:
    """Return how many held records differ from the store's record of the same number."""
    changed, sequence = 0, log.oldest(stream)
    while (entry := log.read(stream, sequence)) is not None:
        columns = decode_columns(entry.payload, entry.count)
        for index in range(entry.count):
            row = rows.get(entry.sequence + index)
            if row is None:
                continue
            values = tuple(column[index] for column in columns)
            uptime_ms = entry.start_ms + index * entry.period_ms
            same = (row.boot, row.uptime_ms, tuple(row.values)[: len(values)]) == (entry.boot, uptime_ms, values)
            changed += not same
        sequence = entry.sequence + entry.count
    return changed
