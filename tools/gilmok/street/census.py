"""Compares what every device logged with what the store holds, record by record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from gilmok_collector.store import Store
from gilmok_node.flash.log import Log
from gilmok_wire.columns import decode_columns
from gilmok_wire.ranges import Ranges

from .device import Device
from .ledger import Logged

Content = tuple[int, int, int, int, tuple]  # stream, sequence, boot, uptime, values
SHOWN = 5  # breaches named: the first ones tell the story


@dataclass
class Census:
    """Where the records are that nodes synced, each counted once.

    `stored`: in the store. `held`: in a log, not stored yet. `gaps`: gone, and the store knows. `untold`: overwritten, and the log
    will say so. `destroyed`: on flash that a person erased or replaced before they were acknowledged.
    `lost`: none of these, or acknowledged and not stored. `duplicated`: stored more than once. `changed`: stored and never logged so.
    """

    stored: int = 0
    held: int = 0
    gaps: int = 0
    untold: int = 0
    destroyed: int = 0
    lost: int = 0
    duplicated: int = 0
    changed: int = 0
    breaches: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Tell whether nothing was lost, stored twice or changed."""
        return not (self.lost or self.duplicated or self.changed)

    def add(self, other: Census) -> None:
        """Add the counts of another device."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def note(self, fault: str, device: Device, root: int, content: Content) -> None:
        """Count a breach and keep the first ones for people."""
        setattr(self, fault, getattr(self, fault) + 1)
        stream, sequence, boot, uptime_ms, values = content
        where = f"device {device.address:04x} log {root:08x} stream {stream} record {sequence} (boot {boot}, {uptime_ms} ms)"
        if len(self.breaches) < SHOWN:
            self.breaches.append(f"{fault}: {where} = {values}")


def take_census(store: Store, devices: list[Device]) -> Census:
    """Return the census of all devices."""
    census = Census()
    for device in devices:
        rows = _stored_rows(store, device)
        held, oldest, present = _held(device)
        for root, entries in device.account.entries.items():
            logs = [log for log, its_root in device.account.root_of.items() if its_root == root]
            side = _Side(store, device, root, logs, Counter(row for log in logs for row in rows.pop(log, ())), held, oldest)
            side.is_present = device.account.root_of.get(present) == root
            census.add(side.compare(entries))
        for log, contents in rows.items():
            for content in contents:
                census.note("changed", device, log, content)
    return census


class _Side:
    """The records of one root of one device, as store and flash have them."""

    def __init__(self, store: Store, device: Device, root: int, logs: list[int], rows: Counter, held: set, oldest: dict) -> None:
        self.device = device
        self.root = root
        self.rows = rows
        self.held = held
        self.oldest = oldest
        self.is_present = False
        self.census = Census()
        self.gaps: dict[int, Ranges] = {}
        streams = {stream for stream, *_ in rows} | set(oldest)
        for log in logs:
            for stream in streams | set(store.settled(device.address, log)):
                ranges = self.gaps.setdefault(stream, Ranges())
                for first, end in store.gaps(device.address, log, stream):
                    ranges.add(first, end)

    def compare(self, entries: list[Logged]) -> Census:
        """Place every record that was logged; what is left in the store was never logged.

        Lives that begin with the same image may log alike records, which are so many records.
        """
        logged: Counter = Counter()
        for entry in entries:
            told = self.device.account.was_acknowledged(self.root, entry)
            for content in contents_of(entry):
                logged[content] += 1
                self._place(entry, content, content[1] in told)
        for content, count in self.rows.items():
            if content not in logged:
                self.census.note("changed", self.device, self.root, content)
            elif count > logged[content]:
                self.census.note("duplicated", self.device, self.root, content)
        return self.census

    def _place(self, entry: Logged, content: Content, acknowledged: bool) -> None:
        census, stream, sequence = self.census, content[0], content[1]
        held = self.is_present and not entry.destroyed and content in self.held
        gap = sequence in self.gaps.get(stream, ())
        if content in self.rows:
            census.stored += 1
        elif not entry.synced:
            pass  # power failed before it was promised
        elif held and not acknowledged:
            census.held += 1
        elif gap and not held and self._is_gone(entry, sequence):
            census.gaps += 1
        elif entry.destroyed and not acknowledged:
            census.destroyed += 1
        elif not gap and not entry.destroyed and self._is_gone(entry, sequence) and not acknowledged:
            census.untold += 1
        else:
            census.note("lost", self.device, self.root, content)

    def _is_gone(self, entry: Logged, sequence: int) -> bool:
        """Tell whether the ring has overwritten the record, or a person taken it away: nothing else excuses a gap."""
        return entry.destroyed or (self.is_present and sequence < self.oldest.get(entry.stream, 0))


def contents_of(entry: Any) -> Iterator[Content]:
    """Yield the records of an entry."""
    columns = decode_columns(entry.payload, entry.count)
    first = entry.first if isinstance(entry, Logged) else entry.sequence
    for index in range(entry.count):
        uptime_ms = entry.start_ms + index * entry.period_ms
        yield entry.stream, first + index, entry.boot, uptime_ms, tuple(column[index] for column in columns)


def _stored_rows(store: Store, device: Device) -> dict[int, list[Content]]:
    """Return the stored records of a device by log id."""
    rows: dict[int, list[Content]] = {}
    for record in store.records(device.address):
        content = (record.stream, record.seq, record.boot, record.uptime_ms, tuple(record.values))
        rows.setdefault(record.log, []).append(content)
    return rows


def _held(device: Device) -> tuple[set[Content], dict[int, int], int]:
    """Return what can be read from a copy of the device's flash, the oldest numbers it states, and its log id."""
    records, waveforms = device.image()
    log = Log(records, waveforms, records.unit)
    if not device.account.entries:
        return set(), {}, 0
    log.mount()
    held: set[Content] = set()
    for stream, _, _ in log.streams():
        sequence = log.oldest(stream)
        while (entry := log.read(stream, sequence)) is not None:
            held.update(contents_of(entry))
            sequence = entry.sequence + entry.count
    return held, {stream: log.oldest(stream) for stream, _, _ in log.streams()}, log.log_id
