"""The durable log of a device: numbered records of up to 31 streams in two rings of flash blocks (SPEC.md section 5)."""

import os
from collections import namedtuple

from gilmok_wire.compat import const

from .checkpoint import RECORDS, STREAMS, WAVEFORMS, Checkpoint
from .entry import BINDING, BOOT, NOTE, LogError, Refused
from .ring import MAX_JUMP, Ring

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
        self._entropy = entropy
        self._checkpoint = Checkpoint()
        self._records = Ring(records, program_unit, self._checkpoint, RECORDS)
        self._waveforms = None if waveforms is None else Ring(waveforms, program_unit, self._checkpoint, WAVEFORMS)
        self._rings = (self._records,) if waveforms is None else (self._records, self._waveforms)

    log_id = property(lambda self: self._checkpoint.log_id)
    parent = property(lambda self: self._checkpoint.parent)
    boot = property(lambda self: self._checkpoint.boot)

    # Counters since this object was made.
    corrupt = property(lambda self: sum([ring.reader.corrupt for ring in self._rings]))
    bad_blocks = property(lambda self: sum([ring.bad_blocks for ring in self._rings]))
    erases = property(lambda self: sum([ring.erases for ring in self._rings]))
    program_failures = property(lambda self: sum([ring.program_failures for ring in self._rings]))

    def mount(self):
        """Take up the log, or format what is blank, and begin a boot: its number is durable on return.

        Raises: LogError where no usable block is left.
        Cost: one header a block, one block in full and one looked at, a ring.
        """
        checkpoint, records = self._checkpoint, self._records
        torn = False
        if records.locate():
            checkpoint.origin, checkpoint.log_id, checkpoint.parent = records.identity()
            records.replay()
        else:
            self._draw_origin()
            records.format()
        if self._waveforms:
            torn = self._mount_waveforms(self._waveforms)
        checkpoint.boot += 1
        records.put(NOTE, BOOT, checkpoint.boot, 0, 0, b"")
        records.flush()
        if torn:  # so that a later mount tells a torn tail from entries that rotted
            self._waveforms.put(NOTE, BOOT, checkpoint.boot, 0, 0, b"")

    def format(self):
        """Erase everything: a new log id, and all numbers restart."""
        self._checkpoint.clear()
        self._draw_origin()
        for ring in self._rings:
            ring.format()

    def fork(self):
        """Go on under a new log id with the present one as parent, keeping entries and numbers; durable on return.

        Power may fail between the rings: it is the records that say whose log this is.
        """
        self.sync()
        self._draw_child()
        for ring in self._rings:
            ring.begin()

    def bind(self, digest, waveform=False):
        """Return the number of the stream with this 4-byte digest, a new one where there is none; durable on return.

        Raises: LogError where all 31 numbers are in use.
        """
        checkpoint = self._checkpoint
        stream = 0
        for number, held, _ in checkpoint.bound():
            if held == digest:
                return number
            stream = number + 1
        if stream == STREAMS or len(digest) != 4 or waveform and not self._waveforms:
            raise Refused("another stream with the digest", digest)
        encoded = bytes([stream | bool(waveform) << 7]) + digest
        for _ in range(2):  # a number can be skipped, a binding only be remembered: no single bit may lose it
            self._records.put(NOTE, BINDING, 0, 0, 0, encoded)
        self._records.flush()
        return checkpoint.bind(encoded)

    def streams(self):
        """Return (stream, digest, is_waveform) of every bound stream."""
        return [(stream, digest, ring == WAVEFORMS) for stream, digest, ring in self._checkpoint.bound()]

    def append(self, stream, count, start_ms, period_ms, payload, skip=0):
        """Buffer an entry of `count` records behind `skip` lost numbers, and return the first number; `sync` makes it durable.

        Raises: LogError where a field does not fit an entry or the entry a block; and where the flash is worn out.
        """
        ring = self._ring(stream)
        if not ring or not (0 < count < _COUNT_LIMIT and 0 <= skip <= MAX_JUMP):
            raise Refused("in a stream so many records behind so many lost", (stream, count, skip))
        if not (0 <= start_ms < _TIME_LIMIT and 0 <= period_ms < _PERIOD_LIMIT):
            raise Refused("a start and a period in ms", (start_ms, period_ms))
        first = self._checkpoint.assigned[stream] + skip
        if first + count >= _NUMBER_LIMIT:
            raise Refused("more records than there are numbers", first)
        ring.put(stream, count, first, start_ms, period_ms, payload)
        return first

    def sync(self):
        """Program everything appended and read it back; it counts as logged on return."""
        for ring in self._rings:
            ring.flush()

    def prepare(self):
        """Erase one block ahead where that is due, and tell whether: call when nothing waits for 45 to 400 ms."""
        for ring in self._rings:
            if ring.prepare():
                return True
        return False

    def oldest(self, stream):
        """Return the first number that may still be held; all below are gone."""
        return self._checkpoint.oldest[stream]

    def next(self, stream):
        """Return the number behind the last record logged."""
        return self._checkpoint.logged[stream]

    def read(self, stream, sequence):
        """Return the entry that holds `sequence`, or the first one behind it where it cannot be read; None where there is none."""
        ring = self._ring(stream)
        reader = ring.find(stream, sequence) if ring else None
        if reader is None:
            return None
        fields = reader.sequence, reader.count, reader.boot, reader.start_ms, reader.period_ms
        return Entry(stream, *fields, reader.payload())

    def fill(self):
        """Return how full the rings are, (records, waveforms), in per mille."""
        return self._records.fill(), self._waveforms.fill() if self._waveforms else 0

    def _ring(self, stream):
        ring = self._checkpoint.ring_of(stream)
        return self._rings[ring] if ring < len(self._rings) else None

    def _mount_waveforms(self, ring):
        """Take up the ring of waveforms as that of this log, or format it; tell whether its tail is torn."""
        checkpoint = self._checkpoint
        origin, log_id, parent = ring.identity() if ring.locate() else (0, 0, 0)
        if origin != checkpoint.origin:
            self._format_waveforms(ring)
            return False
        adopted = parent == checkpoint.log_id
        if adopted:  # a fork reached this ring, and the block of records that said so has rotted
            checkpoint.log_id, checkpoint.parent = log_id, parent
        torn = ring.replay()
        if adopted:
            self._records.begin()
        return torn

    def _format_waveforms(self, ring):
        """Begin an empty ring of waveforms. Where it had streams their last numbers are gone with it, so the log forks."""
        lost = self._checkpoint.streams(WAVEFORMS)
        if lost:
            self._draw_child()
        ring.format()
        if lost:
            self._records.begin()

    def _draw_origin(self):
        self._checkpoint.parent = 0
        self._checkpoint.origin = self._checkpoint.log_id = self._draw()

    def _draw_child(self):
        parent = self._checkpoint.log_id
        self._checkpoint.log_id, self._checkpoint.parent = self._draw(), parent

    def _draw(self):
        """Return a random 32-bit number, neither zero nor the present log id."""
        number = 0
        while number in (0, self._checkpoint.log_id):
            number = int.from_bytes(self._entropy(4), "big")
        return number
