"""Entries of the log: their layout, and a reader that steps over what is damaged (SPEC.md section 5)."""

import struct
from binascii import crc32

from gilmok_wire.compat import const

ENTRY = const(24)  # bytes of an entry beside its payload
HEAD = const(20)  # … of which these stand before it and the CRC-32 behind it
NOTE = const(31)  # in place of a stream: the log writes to itself, and `count` says what
BOOT = const(0)  # a boot has begun; `sequence` is its number
BINDING = const(1)  # a stream number was bound; payload: stream and digest as in a block header
ERASED = const(2)  # the block with the index `sequence` was erased completely
RESERVED = const(32)  # … and a stream: its numbers below `sequence` may have been told without being here; 0 ends it
WINDOW = const(512)  # bytes: the longest header, 342, fits at every program unit
_LAYOUT = "<BBHIBHBIBHB"
_CHECK = const(7)  # no power of two is a multiple of it: a flipped bit anywhere in the head changes the sum of its fields modulo 7
_LENGTH_BITS = const(13)
PAYLOAD_LIMIT = const(1 << 13)
MAX_JUMP = const((1 << 24) - 1)  # numbers an entry may skip: 18 hours of lost samples at 250 Hz
_RUN = b"\xff" * 32


class LogError(Exception):
    """The log cannot do what it was asked to."""


class Refused(LogError):
    """The caller asked for what no log could write. Facts: `what`, `value`."""

    def __init__(self, what, value):
        super().__init__("cannot log {}: {!r}".format(what, value))
        self.what = what
        self.value = value


class WornOut(LogError):
    """No usable block is left in a ring."""


def encode_entry(kind, count, sequence, boot, start_ms, period_ms, payload, seed):
    """Return the entry as its three parts: head, payload, checksum.

    `seed` is the origin of the log: entries of a log that was formatted away never pass for those of the present one.
    """
    boot &= 0xFFFFFF
    check = (kind + count + len(payload) + sequence + boot + start_ms + period_ms) % _CHECK
    head = struct.pack(
        _LAYOUT,
        kind,
        count,
        check << _LENGTH_BITS | len(payload),
        sequence & 0xFFFFFFFF,
        sequence >> 32,
        boot & 0xFFFF,
        boot >> 16,
        start_ms & 0xFFFFFFFF,
        start_ms >> 32,
        period_ms & 0xFFFF,
        period_ms >> 16,
    )
    return head, payload, struct.pack("<I", crc32(payload, crc32(head, seed)))


class Reader:
    """Walks the entries of one block through a window of fixed size, which the rings of a log take turns to use.

    After `step` the entry's fields are set, and what was damaged on the way to it: `damage_end` is 0 for nothing, `claims` are
    (kind, count, sequence) as the heads of damaged entries state them.
    """

    def __init__(self):
        self.device = None
        self.window = bytearray(WINDOW)
        self.view = memoryview(self.window)
        self.seed = 0
        self.corrupt = 0  # runs of damaged bytes met so far
        self.claims = []
        # What `open` and `step` set: named here, a table of all names is made at once, in one piece and before the heap is full.
        self.offset = self.last = self.end = self.at = self.damage_end = self._chain = 0
        self.kind = self.count = self.length = self.sequence = self.boot = self.start_ms = self.period_ms = 0
        self._credible = False
        self.forget()

    def forget(self):
        """Drop what the window holds, because the flash below it changes or the window serves something else."""
        self._block = -1
        self._start = self._held = 0

    def fetch(self, block, offset, size):
        """Read `size` bytes into the window."""
        self._block, self._start, self._held = block, offset, size
        self.device.readblocks(block, self.view[:size], offset)

    def open(self, block, offset, end):
        """Stand before the first entry of `block` in [offset, end)."""
        if block != self._block:
            self.forget()
            self._block = block
        self.offset = self.last = offset
        self.end = end

    def step(self):
        """Move to the next entry that is whole; False behind the last one."""
        self.damage_end = 0
        if self.claims:
            self.claims = []
        while self._skip_erased():
            if self._parse():
                self.at = self.offset
                self.offset += ENTRY + self.length
                self.last = self.offset
                return True
            self._refuse()
        return False

    def lost(self, slack):
        """Return how many entries, beside the claims, the damage before this one could have been, `slack` bytes of it apart."""
        size = self.damage_end - self._chain - slack + ENTRY - HEAD  # the checksum of the last one may look erased
        return max(0, size) // ENTRY if self.damage_end else 0

    def payload(self):
        """Return the entry's payload."""
        if HEAD + self.length <= len(self.window):
            at = self._reach(self.at, HEAD + self.length) + HEAD
            return bytes(self.view[at : at + self.length])
        data = bytearray(self.length)
        self.device.readblocks(self._block, data, self.at + HEAD)
        return bytes(data)

    def checksum(self, block, offset, size, crc=0):
        """Return the CRC-32 of `size` bytes of a block."""
        while size:
            part = min(size, len(self.window))
            self.fetch(block, offset, part)
            crc = crc32(self.view[:part], crc)
            offset += part
            size -= part
        return crc

    def is_erased(self, block, end):
        """Tell whether every bit of the block is one."""
        self.open(block, 0, end)
        self.forget()
        self._block = block
        return not self._skip_erased()

    def _reach(self, offset, size):
        """Have the bytes [offset, offset + size) in the window and return where they stand in it."""
        if offset < self._start or offset + size > self._start + self._held:
            self.fetch(self._block, offset, max(size, min(len(self.window), self.end - offset)))
        return offset - self._start

    def _skip_erased(self):
        """Move to the next byte that was programmed; False where none is left."""
        window = self.window
        while self.offset < self.end:
            at = self._reach(self.offset, 1)
            held = min(self._held, self.end - self._start)
            while at < held:
                if window[at] != 0xFF:
                    self.offset = self._start + at
                    return True
                at += 32 if at + 32 <= held and window[at : at + 32] == _RUN else 1
            self.offset = self._start + at
        return False

    def _parse(self):
        """Tell whether a whole entry stands at the offset; take its head where that alone is."""
        self._credible = False
        if self.end - self.offset < ENTRY or self.window[self._reach(self.offset, HEAD)] > NOTE:
            return False
        fields = struct.unpack_from(_LAYOUT, self.window, self.offset - self._start)
        self.kind, self.count, length, low, high, boot, boot_high, start_ms, start_high, period_ms, period_high = fields
        self.length = length & (1 << _LENGTH_BITS) - 1
        self.sequence = high << 32 | low
        self.boot = boot_high << 16 | boot
        self.start_ms = start_high << 32 | start_ms
        self.period_ms = period_high << 16 | period_ms
        total = self.kind + self.count + self.length + self.sequence + self.boot + self.start_ms + self.period_ms
        self._credible = total % _CHECK == length >> _LENGTH_BITS and self.length <= self.end - self.offset - ENTRY
        return self._credible and self._is_intact(HEAD + self.length)

    def _is_intact(self, size):
        """Tell whether the entry at the offset, `size` bytes before its checksum, is as it was written."""
        if size + 4 <= len(self.window):
            at = self._reach(self.offset, size + 4)
            return crc32(self.view[at : at + size], self.seed) == struct.unpack_from("<I", self.window, at + size)[0]
        crc = self.checksum(self._block, self.offset, size, self.seed)
        self.fetch(self._block, self.offset + size, 4)
        return crc == struct.unpack_from("<I", self.window, 0)[0]

    def _refuse(self):
        """Step into what is no entry, to the next byte that could begin one, and keep what it claims to be.

        Claims are taken only end to end from the first damaged byte on: further in, any byte may look like a head.
        """
        if not self.damage_end:
            self.corrupt += 1
            self._chain = self.offset
        if self.offset == self._chain and self._credible:
            self.claims.append((self.kind, self.count, self.sequence))
            self._chain += ENTRY + self.length
        window = self.window
        at = self._reach(self.offset, 1) + 1
        held = min(self._held, self.end - self._start)
        while at < held and NOTE < window[at] < 0xFF:
            at += 1
        self.offset = self.damage_end = self.last = self._start + at
