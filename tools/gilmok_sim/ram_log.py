"""A node's log in RAM, for simulations of hundreds of nodes: what recorders and sessions need of gilmok_node.flash.log, without a flash."""

from collections import namedtuple

Entry = namedtuple("Entry", ("stream", "sequence", "count", "boot", "start_ms", "period_ms", "payload"))


class RamLog:
    """Keeps what is appended, and forgets nothing."""

    def __init__(self, log_id, boot=1):
        self.log_id = log_id
        self.parent = 0
        self.boot = boot
        self._digests = []  # stream → schema digest
        self._entries = []  # stream → entries in order

    def bind(self, digest, waveform=False):
        """Return the number of the stream with that schema."""
        if digest not in self._digests:
            self._digests.append(digest)
            self._entries.append([])
        return self._digests.index(digest)

    def streams(self):
        """Return [(number, digest, next)…]."""
        return [(number, digest, self.next(number)) for number, digest in enumerate(self._digests)]

    def oldest(self, stream):
        """Return the oldest number that is held."""
        return 0

    def next(self, stream):
        """Return the number of the next record."""
        entries = self._entries[stream]
        return entries[-1].sequence + entries[-1].count if entries else 0

    def append(self, stream, count, start_ms, period_ms, payload, lost=0):
        """Append an entry of `count` records, behind `lost` numbers that nobody holds."""
        sequence = self.next(stream) + lost
        self._entries[stream].append(Entry(stream, sequence, count, self.boot, start_ms, period_ms, payload))
        return sequence

    def read(self, stream, sequence):
        """Return the entry that holds `sequence` or, where none does, the next one; None behind the last."""
        entries = self._entries[stream]
        low, high = 0, len(entries)
        while low < high:
            middle = (low + high) // 2
            if entries[middle].sequence + entries[middle].count <= sequence:
                low = middle + 1
            else:
                high = middle
        return entries[low] if low < len(entries) else None

    def fork(self, log_id):
        """Take a new id, as a device does whose log has been superseded."""
        self.parent = self.log_id
        self.log_id = log_id
