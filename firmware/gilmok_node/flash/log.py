"""The durable log of a device: numbered records of up to 31 streams in two rings of flash blocks (SPEC.md section 5)."""

import os
from collections import namedtuple

from gilmok_wire.compat import const

from .checkpoint import RECORDS, WAVEFORMS, Checkpoint
from .entry import MAX_JUMP, LogError, Reader, Refused
from .ring import Ring

__all__ = ("Entry", "Log", "LogError")

_TIME_LIMIT = const(1 << 40)  # ms of uptime an entry can state: 34 years
_PERIOD_LIMIT = const(1 << 24)  # ms: 4.6 hours
_NUMBER_LIMIT = const(1 << 40)  # 34 years of samples at 1 kHz
_COUNT_LIMIT = const(256)

Entry = namedtuple("Entry", ("stream", "sequence", "count", "boot", "start_ms", "period_ms", "payload"))


class Log:
    """A log on one or two block devices, which offer MicroPython's extended protocol: programs without erasing, and an erase.

    `program_unit` is how many bytes the flash programs at once: 1, 16, 32 or 256. Use nothing before `mount`.
    """

    def __init__(self, records, waveforms=None, program_unit=1, entropy=os.urandom):
        self.entropy = entropy
        self.checkpoint = Checkpoint()
        self.reader = Reader()  # which counts the runs of damaged bytes that it met
        self.records = Ring(records, program_unit, self.checkpoint, RECORDS, self.reader)
        self.waveforms = None if waveforms is None else Ring(waveforms, program_unit, self.checkpoint, WAVEFORMS, self.reader)
        self.rings = (self.records,) if waveforms is None else (self.records, self.waveforms)
        self.is_closed = False  # nothing is written: flash that is programmed below its supply's least voltage may keep anything
        self.held = None  # a Held, what is told all the same

    log_id = property(lambda self: self.checkpoint.log_id)
    parent = property(lambda self: self.checkpoint.parent)
    boot = property(lambda self: self.checkpoint.boot)

    # A boot needs these, and hardly anything after it: the code is in log_boot.py and binding.py, which boards forget.

    def mount(self):
        """Take up the log, or format what is blank, and begin a boot: its number is durable on return.

        Raises: LogError where no usable block is left.
        Cost: one header a block, one block in full and one looked at, a ring.
        """
        from .log_boot import mount

        mount(self)

    def format(self):
        """Erase everything: a new log id, and all numbers restart."""
        from .log_boot import format_log

        format_log(self)

    def fork(self):
        """Go on under a new log id with the present one as parent, keeping entries and numbers; durable on return."""
        from .log_boot import fork

        fork(self)

    def bind(self, digest, waveform=False):
        """Return the number of the stream with this 4-byte digest, a new one where there is none; durable on return.

        Raises: LogError where all 31 numbers are in use.
        """
        from .binding import bind

        return bind(self, digest, waveform)

    def streams(self):
        """Return (stream, digest, is_waveform) of every bound stream."""
        return [(stream, digest, ring == WAVEFORMS) for stream, digest, ring in self.checkpoint.bound()]

    def append(self, stream, count, start_ms, period_ms, payload, skip=0):
        """Buffer an entry of `count` records behind `skip` lost numbers, and return the first number; `sync` makes it durable.

        While the log is closed they get no number, unless they are held: as far as it knows they never were.

        Raises: LogError where a field does not fit an entry or the entry a block; and where the flash is worn out.
        """
        ring = self._ring(stream)
        if not ring or not (0 < count < _COUNT_LIMIT and 0 <= skip <= MAX_JUMP):
            raise Refused("in a stream so many records behind so many lost", (stream, count, skip))
        if not (0 <= start_ms < _TIME_LIMIT and 0 <= period_ms < _PERIOD_LIMIT):
            raise Refused("a start and a period in ms", (start_ms, period_ms))
        if self.held and stream in self.held.ends:
            return self.held.append(stream, start_ms, payload)
        first = self.checkpoint.assigned[stream] + skip
        if first + count >= _NUMBER_LIMIT:
            raise Refused("more records than there are numbers", first)
        if self.is_closed:
            return first
        ring.put(stream, count, first, start_ms, period_ms, payload)
        return first

    def sync(self):
        """Program everything appended and read it back; it counts as logged on return."""
        if self.held and not self.is_closed:
            self.held.write()
        for ring in () if self.is_closed else self.rings:
            ring.flush()

    def prepare(self):
        """Erase one block ahead where that is due, and tell whether: call when nothing waits for 45 to 400 ms."""
        for ring in () if self.is_closed else self.rings:
            if ring.prepare():
                return True
        return False

    def oldest(self, stream):
        """Return the first number that may still be held; all below are gone."""
        return self.checkpoint.oldest[stream]

    def next(self, stream):
        """Return the number behind the last record logged, or held."""
        if self.held and stream in self.held.ends:
            return self.held.ends[stream]
        return self.checkpoint.logged[stream]

    def read(self, stream, sequence):
        """Return the entry that holds `sequence`, or the first one behind it where it cannot be read; None where there is none."""
        ring = self._ring(stream)
        reader = ring.find(stream, sequence) if ring else None
        if reader is None:
            return self.held.read(stream, sequence) if self.held else None
        fields = reader.sequence, reader.count, reader.boot, reader.start_ms, reader.period_ms
        return Entry(stream, *fields, reader.payload())

    def fill(self):
        """Return how full the rings are, (records, waveforms), in per mille."""
        return self.records.fill(), self.waveforms.fill() if self.waveforms else 0

    def _ring(self, stream):
        ring = self.checkpoint.ring_of(stream)
        return self.rings[ring] if ring < len(self.rings) else None
