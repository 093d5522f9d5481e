"""A ring that entries are appended to, found in again, and taken up from after a power cut (SPEC.md section 5)."""

from binascii import crc32

from gilmok_wire.compat import const

from .blocks import Blocks
from .checkpoint import header_facts, header_number
from .entry import ENTRY, ERASED, NOTE, PAYLOAD_LIMIT, Refused, encode_entry

_BUFFER = const(256)  # bytes: a page of the flash that programs by pages, and what a poll of four sensors appends


class Ring(Blocks):
    """One ring of a log: entries are buffered by `put` and durable after `flush`. The rings of a log share `checkpoint` and `reader`."""

    def __init__(self, device, unit, checkpoint, number, reader):
        super().__init__(device, unit, checkpoint, number, reader)
        # Half a small block at most, so that what is buffered always fits into a fresh one.
        self._buffer = bytearray(min(_BUFFER, self.block_size // 2 // unit * unit))
        self._view = memoryview(self._buffer)
        self.program_failures = 0

    def put(self, kind, count, sequence, start_ms, period_ms, payload):
        """Buffer an entry. What does not fit the buffer beside it is programmed first, and an entry larger than the buffer at once.

        Raises: Refused where it is longer than a block; WornOut.
        """
        size = ENTRY + len(payload)
        if self.header_length() + self.padded(size) > self.block_size or len(payload) >= PAYLOAD_LIMIT:
            raise Refused("a payload of so many bytes", len(payload))
        while not self._has_room(size):
            if self.used:
                self.flush()
            else:
                self.begin()
        checkpoint = self.checkpoint
        entry = encode_entry(kind, count, sequence, checkpoint.boot, start_ms, period_ms, payload, self.reader.seed)
        large = size > len(self._buffer)
        while not self._store(entry, large):
            self.begin()
        if kind != NOTE:
            checkpoint.assigned[kind] = sequence + count
        if large:
            checkpoint.commit(self.number)

    def flush(self):
        """Program and read back what is buffered. What does not read back goes into the next block."""
        while self.used and not self._program():
            self.begin()
        self.checkpoint.commit(self.number)

    def prepare(self):
        """Erase the next block where it is not yet; True where that took its time."""
        if self.spare >= 0:
            return False
        self._erase_ahead()
        if self._has_room(ENTRY):
            self.put(NOTE, ERASED, self.spare, 0, 0, b"")
        return True

    def _store(self, entry, large):
        """Copy an entry into the buffer; a large one is programmed piece by piece, to its end. False where that fails."""
        for part in entry:
            part = memoryview(part)
            while part:
                if self.used == len(self._buffer) and not self._program():
                    self.used = 0
                    return False
                size = min(len(part), len(self._buffer) - self.used)
                self._view[self.used : self.used + size] = part[:size]
                self.used += size
                part = part[size:]
        if large and not self._program():
            self.used = 0
            return False
        return True

    def _program(self):
        """Program the buffer behind what is in the block; False where it does not read back."""
        size = self.padded(self.used)
        for pad in range(self.used, size):
            self._buffer[pad] = 0xFF
        at = self.offset
        self.offset += size
        self._write(self.head, self._view[:size], at)
        if self.reader.checksum(self.head, at, size) == crc32(self._view[:size]):
            self.used = 0
            return True
        self.program_failures += 1
        return False

    def _has_room(self, size):
        if self.used and self.used + size > len(self._buffer):
            return False
        return self.offset + self.padded(self.used + size) <= self.block_size

    def find(self, stream, sequence):
        """Return the reader at the entry that holds `sequence` or is the first behind it; None where nothing logged is.

        Cost: the entries between the last one found and this one; elsewhere a header a halving of the ring, and entries of one block.
        """
        logged = self.checkpoint.logged[stream]
        while sequence < logged:
            cursor = self._cursors.get(stream)
            if cursor is None or cursor[2] != sequence:
                cursor = self._cursors[stream] = self._seek(stream, sequence)
            at_head = cursor[0] == self.head
            limit = logged if at_head else cursor[3]
            if self._walk(stream, cursor, self.offset if at_head else self.block_size, limit):
                return self.reader
            del self._cursors[stream]
            sequence = limit
        return None

    def _walk(self, stream, cursor, end, limit):
        """Move a cursor behind the next entry of its stream in the block; False where there is none.

        Numbers from `limit` on are void here: their program failed, and the next block holds them.
        """
        reader, sequence = self.reader, cursor[2]
        reader.open(cursor[0], cursor[1], end)
        while reader.step():
            behind = reader.sequence + reader.count
            if reader.kind == stream and sequence < behind <= limit:
                cursor[1], cursor[2] = reader.offset, behind
                return True
        return False

    def _seek(self, stream, sequence):
        """Return a cursor in the last block begun when the stream's next number was `sequence` or less.

        A cursor is [block, offset, sequence sought there, number from which the next block holds the stream]. A block without a
        readable header gives its place to the one behind it.
        """
        low, high = 0, (self.newest - self.tail) % self.blocks + 1
        limit = self.checkpoint.logged[stream]
        while high - low > 1:
            middle = probe = (low + high) // 2
            while probe < high and not self.holds_header((self.tail + probe) % self.blocks):
                probe += 1
            number = header_number(self.reader.window, stream) if probe < high else limit
            if probe < high and number <= sequence:
                low = probe
            else:
                high, limit = middle, number
        block = (self.tail + low) % self.blocks
        self.holds_header(block)
        return [block, header_facts(self.reader.window)[0], sequence, limit]
