"""A node's log in memory, for tests of the wire on both interpreters."""

from gilmok_wire.columns import decode_columns, encode_columns
from gilmok_wire.errors import DecodeError


class Entry:
    """Consecutive records of one stream as the log stores them."""

    def __init__(self, stream, sequence, count, boot, start_ms, period_ms, payload):
        self.stream = stream
        self.sequence = sequence
        self.count = count
        self.boot = boot
        self.start_ms = start_ms
        self.period_ms = period_ms
        self.payload = payload

    @property
    def end(self):
        """The number behind the last record."""
        return self.sequence + self.count

    def records(self):
        """Yield (sequence, (boot, time, values)) of each record."""
        columns = decode_columns(self.payload, self.count)
        for index in range(self.count):
            values = tuple([column[index] for column in columns])
            yield self.sequence + index, (self.boot, self.start_ms + index * self.period_ms, values)


class MemoryLog:
    """What a session needs of a log, and what tests do to it: overwrite, spoil, reboot, restore an image, fork."""

    def __init__(self, log_id=77, boot=1):
        self.log_id = log_id
        self.parent = 0
        self.boot = boot
        self._entries = {}  # stream → entries in order
        self._oldest = {}
        self._next = {}

    def oldest(self, stream):
        """Return the oldest number that is held."""
        return self._oldest.get(stream, 0)

    def next(self, stream):
        """Return the number of the next record."""
        return self._next.get(stream, 0)

    def read(self, stream, sequence):
        """Return the entry that holds `sequence` or, where none does, the next one; None behind the last."""
        entries = self._entries.get(stream, ())
        low, high = 0, len(entries)
        while low < high:
            middle = (low + high) // 2
            if entries[middle].end <= sequence:
                low = middle + 1
            else:
                high = middle
        return entries[low] if low < len(entries) else None

    def append(self, stream, time_ms, values):
        """Append one record."""
        self.append_entry(stream, time_ms, 0, [[value] for value in values])

    def append_entry(self, stream, start_ms, period_ms, columns):
        """Append one entry of several records."""
        self.append_raw(stream, len(columns[0]), start_ms, period_ms, encode_columns(columns))

    def append_raw(self, stream, count, start_ms, period_ms, payload):
        """Append an entry whose payload need not be columns."""
        first = self.next(stream)
        entry = Entry(stream, first, count, self.boot, start_ms, period_ms, payload)
        self._entries.setdefault(stream, []).append(entry)
        self._next[stream] = first + count

    def jump(self, stream, count):
        """Leave out `count` numbers that nobody will ever hold."""
        self._next[stream] = self.next(stream) + count

    def overwrite(self, stream, end):
        """Lose every entry that starts below `end`, as a ring does."""
        entries = self._entries.get(stream, [])
        kept = [entry for entry in entries if entry.sequence >= end]
        self._entries[stream] = kept
        self._oldest[stream] = kept[0].sequence if kept else self.next(stream)

    def spoil(self, stream, first, end):
        """Make the entries that overlap [first, end) unreadable."""
        self._entries[stream] = [e for e in self._entries[stream] if e.end <= first or e.sequence >= end]

    def held(self, stream):
        """Return {sequence: (boot, time, values)} of every record that can be read."""
        records = {}
        for entry in self._entries.get(stream, ()):
            try:
                records.update(entry.records())
            except DecodeError:
                continue
        return records

    def image(self):
        """Return an independent copy: a backup of the flash."""
        other = MemoryLog(self.log_id, self.boot)
        other.parent = self.parent
        other._entries = {stream: list(entries) for stream, entries in self._entries.items()}
        other._oldest = dict(self._oldest)
        other._next = dict(self._next)
        return other

    def fork(self, log_id):
        """Take a new id, as a device does whose log has been superseded."""
        self.parent = self.log_id
        self.log_id = log_id
