"""What every block header of the log states: whose log this is, its streams, and how far each has been logged (SPEC.md section 5)."""

import struct
from array import array
from binascii import crc32

from gilmok_wire.compat import const

STREAMS = const(31)
RECORDS = const(0)
WAVEFORMS = const(1)
HEADER_LIMIT = const(342)
BOUND = const(5)  # bytes that name a stream: number and ring, digest
_MAGIC = (b"GLOG", b"GLOW")  # by ring: a block of one is never taken for one of the other
_VERSION = const(1)
_FIXED = "<4sBHIIIIIB"
_FIXED_SIZE = const(28)
_STREAM_SIZE = const(10)


class Checkpoint:
    """The state of a log that block headers repeat.

    `logged` is, by stream, the number behind the last durable record, `assigned` the one behind the last record appended, and `oldest`
    the first that may still be held.
    """

    def __init__(self):
        self.boot = 0
        self.clear()

    def clear(self):
        """Forget the log, as when it is formatted; the boot goes on."""
        self.origin = self.log_id = self.parent = 0
        self._rings = bytearray(b"\xff" * STREAMS)
        self._digests = bytearray(4 * STREAMS)
        self.logged = array("Q", [0] * STREAMS)
        self.assigned = array("Q", [0] * STREAMS)
        self.oldest = array("Q", [0] * STREAMS)

    def streams(self, ring):
        """Return the numbers of the streams that `ring` keeps records of."""
        return [stream for stream in range(STREAMS) if self._rings[stream] == ring]

    def bound(self):
        """Return every (stream, digest, ring)."""
        return [(s, self.digest(s), self._rings[s]) for s in range(STREAMS) if self._rings[s] != 0xFF]

    def ring_of(self, stream):
        """Return the ring of a stream, 0xFF where the number is not bound."""
        return self._rings[stream] if 0 <= stream < STREAMS else 0xFF

    def digest(self, stream):
        """Return the digest a stream is bound to."""
        return bytes(self._digests[4 * stream : 4 * stream + 4])

    def encode_bound(self, stream):
        """Return the bytes that name a stream: number and ring, digest."""
        return bytes([stream | self._rings[stream] << 7]) + self.digest(stream)

    def bind(self, encoded):
        """Bind a stream as `encoded` names it and return its number."""
        stream = encoded[0] & 0x1F
        self._rings[stream] = encoded[0] >> 7
        self._digests[4 * stream : 4 * stream + 4] = encoded[1:BOUND]
        return stream

    def header_size(self, ring):
        """Return the bytes of a header of `ring`, before padding."""
        return _FIXED_SIZE + _STREAM_SIZE * len(self._listed(ring)) + 4

    def encode_header(self, buffer, length, ring, sequence):
        """Write a header into `buffer`, padded to `length`."""
        listed = self._listed(ring)
        fixed = (_MAGIC[ring], _VERSION, length, sequence, self.origin, self.log_id, self.parent, self.boot, len(listed))
        struct.pack_into(_FIXED, buffer, 0, *fixed)
        at = _FIXED_SIZE
        for stream in listed:
            number = self.logged[stream]
            buffer[at : at + BOUND] = self.encode_bound(stream)
            struct.pack_into("<IB", buffer, at + BOUND, number & 0xFFFFFFFF, number >> 32)
            at += _STREAM_SIZE
        struct.pack_into("<I", buffer, at, crc32(memoryview(buffer)[:at]))
        for pad in range(at + 4, length):
            buffer[pad] = 0xFF

    def merge(self, header, ring):
        """Take the streams, numbers and boot of the newest header of `ring`; it knows its own streams best."""
        self.boot = max(self.boot, struct.unpack_from("<I", header, 23)[0])
        for at in range(_FIXED_SIZE, _end(header), _STREAM_SIZE):
            stream = self.bind(header[at : at + BOUND])
            if self._rings[stream] == ring or self.logged[stream] < _number(header, at):
                self.logged[stream] = _number(header, at)

    def commit(self, ring):
        """Take all that was appended to `ring` as logged."""
        for stream in self.streams(ring):
            self.logged[stream] = self.assigned[stream]

    def resume(self, ring):
        """Go on numbering behind what was logged."""
        for stream in self.streams(ring):
            self.assigned[stream] = self.logged[stream]

    def _listed(self, ring):
        """Return the streams a header lists: those of records name all, so that either ring can be lost."""
        return [s for s in range(STREAMS) if self._rings[s] == ring or ring == RECORDS and self._rings[s] != 0xFF]


def header_holds(header, ring):
    """Tell whether `header`, HEADER_LIMIT bytes from the start of a block, is one of `ring` and intact."""
    if header[:4] != _MAGIC[ring] or header[4] != _VERSION or header[27] > STREAMS:
        return False
    end = _end(header)
    return crc32(memoryview(header)[:end]) == struct.unpack_from("<I", header, end)[0]


def header_facts(header):
    """Return length, block sequence, origin, log id and parent."""
    return struct.unpack_from("<HIIII", header, 5)


def header_number(header, stream):
    """Return the next number of a stream when the block was begun: 0 where it was not bound yet."""
    for at in range(_FIXED_SIZE, _end(header), _STREAM_SIZE):
        if header[at] & 0x1F == stream:
            return _number(header, at)
    return 0


def _number(header, at):
    low, high = struct.unpack_from("<IB", header, at + BOUND)
    return high << 32 | low


def _end(header):
    return _FIXED_SIZE + _STREAM_SIZE * header[27]
