"""What is told while nothing may be written: events wait in memory under the numbers that they will have in the log.

The last that goes to flash sets numbers aside for them. Where power fails before they are written, the next boot goes on behind those,
so that no number that a collector was told is used again (SPEC.md section 5). Boards load this when it is needed, and forget it.
"""

from gilmok_wire.compat import const

from ..flash.entry import ENTRY, NOTE, RESERVED, Refused
from ..flash.log import Entry

_NUMBERS = const(4095)  # of each stream: eleven hours of a rule that chatters every ten seconds; unused ones become a gap if power fails


class Held:
    """Events of `streams` beside a log that is about to be closed; `ends` are the numbers behind the last of each.

    Raises: LogError where the numbers cannot be set aside.
    """

    def __init__(self, log, streams):
        log.sync()
        ring = log.records
        # All that is held is written into one block: a mount reads the newest one, and must find there which numbers were set aside.
        if (ring.block_size - ring.offset) * 4 < ring.block_size * 3:
            ring.begin()
        self._room = (ring.block_size - ring.offset) * 2 // 3  # the rest is for padding and for what is written before and behind
        self._log = log
        self._entries = {stream: [] for stream in streams}  # (number, uptime, payload)
        self.ends = {stream: log.next(stream) for stream in streams}
        self._limits = {stream: log.next(stream) + _NUMBERS for stream in streams}
        for _ in range(2):  # no single bit may lose them
            for stream in streams:
                ring.put(NOTE, RESERVED + stream, self._limits[stream], 0, 0, b"")
        ring.flush()

    def takes(self, stream):
        """Tell whether an event of `stream` can be held, and be told."""
        return stream in self.ends and self.ends[stream] < self._limits[stream]

    def append(self, stream, start_ms, payload):
        """Hold an event and return its number. Where room is short the oldest of the stream that has most of it gives way.

        Raises: Refused where no number is left.
        """
        first = self.ends[stream]
        if first == self._limits[stream]:
            raise Refused("more events than numbers were set aside", first)
        self._entries[stream].append((first, start_ms, payload))
        self.ends[stream] = first + 1
        sizes = {stream: sum([ENTRY + len(entry[2]) for entry in held]) for stream, held in self._entries.items()}
        if sum(sizes.values()) > self._room:  # one that outputs crowd out keeps its alarms: the newest of each say how things stand
            del self._entries[max(sizes, key=lambda stream: sizes[stream])][0]
        return first

    def read(self, stream, sequence):
        """Return the entry that holds `sequence` or the first one behind it, None where there is none."""
        for first, start_ms, payload in self._entries.get(stream, ()):
            if first >= sequence:
                return Entry(stream, first, 1, self._log.boot, start_ms, 0, payload)
        return None

    def write(self):
        """Put all into the log, which is open again, and let go of the numbers that were not needed; durable on return.

        Raises: LogError; everything is still held then, and the next call goes on.
        """
        ring = self._log.records
        for stream, entries in self._entries.items():
            for first, start_ms, payload in entries:
                if first >= ring.checkpoint.assigned[stream]:
                    ring.put(stream, 1, first, start_ms, 0, payload)
        for stream in self._entries:
            ring.put(NOTE, RESERVED + stream, 0, 0, 0, b"")
        ring.flush()
        self._log.held = None
