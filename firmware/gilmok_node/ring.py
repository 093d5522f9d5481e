"""A ring that entries are appended to, found in again, and taken up from after a power cut (SPEC.md section 5)."""

from binascii import crc32

from gilmok_wire.compat import const

from .blocks import Blocks
from .checkpoint import header_facts, header_number
from .entry import BINDING, BOOT, ENTRY, ERASED, NOTE, WINDOW, Refused, encode_entry

MAX_JUMP = const((1 << 24) - 1)  # numbers an entry may skip: 18 hours of lost samples at 250 Hz


class Ring(Blocks):
    """One ring of a log: entries are buffered by `put` and durable after `flush`. `checkpoint` is shared by the rings of a log."""

    def __init__(self, device, unit, checkpoint, number):
        super().__init__(device, unit, checkpoint, number)
        # Half a small block at most, so that what is buffered always fits into a fresh one.
        self._buffer = bytearray(min(WINDOW, self.block_size // 2 // unit * unit))
        self._view = memoryview(self._buffer)
        self._used = 0
        self._noted = -1  # the block that the newest one says was erased completely
        self.program_failures = 0

    def format(self):
        """Begin an empty log, whose origin is in the checkpoint already, and erase the old one."""
        self._used = 0
        super().format()

    def put(self, kind, count, sequence, start_ms, period_ms, payload):
        """Buffer an entry; whatever does not fit the buffer any more is programmed first.

        Raises: Refused where it is longer than a block; WornOut.
        """
        size = ENTRY + len(payload)
        if self._header_length() + self._padded(size) > self.block_size:
            raise Refused("a payload of so many bytes", len(payload))
        while not self._has_room(size):
            if self._used:
                self.flush()
            else:
                self.begin()
        boot = self._checkpoint.boot
        entry = encode_entry(kind, count, sequence, boot, start_ms, period_ms, payload, self.reader.seed)
        large = size > len(self._buffer)
        while not self._store(entry, large):
            self.begin()

    def flush(self):
        """Program and read back what is buffered. What does not read back goes into the next block."""
        while self._used and not self._program():
            self.begin()
        self._checkpoint.commit(self._number)

    def prepare(self):
        """Erase the next block where it is not yet; True where that took its time."""
        if self._spare >= 0:
            return False
        self._erase_ahead()
        if self._has_room(ENTRY):
            self.put(NOTE, ERASED, self._spare, 0, 0, b"")
        return True

    def _store(self, entry, large):
        """Copy an entry into the buffer; a large one is programmed piece by piece, to its end. False where that fails."""
        for part in entry:
            part = memoryview(part)
            while part:
                if self._used == len(self._buffer) and not self._program():
                    self._used = 0
                    return False
                size = min(len(part), len(self._buffer) - self._used)
                self._view[self._used : self._used + size] = part[:size]
                self._used += size
                part = part[size:]
        if large and not self._program():
            self._used = 0
            return False
        return True

    def _program(self):
        """Program the buffer behind what is in the block; False where it does not read back."""
        size = self._padded(self._used)
        for pad in range(self._used, size):
            self._buffer[pad] = 0xFF
        at = self._offset
        self._offset += size
        self._write(self._head, self._view[:size], at)
        if self.reader.checksum(self._head, at, size) == crc32(self._view[:size]):
            self._used = 0
            return True
        self.program_failures += 1
        return False

    def _has_room(self, size):
        if self._used and self._used + size > len(self._buffer):
            return False
        return self._offset + self._padded(self._used + size) <= self.block_size

    def replay(self):
        """Take up the log where the newest block leaves it; `locate` has found that one, and the origin is in the checkpoint."""
        self.reader.seed = self._checkpoint.origin
        self._holds_header(self._newest)
        self._checkpoint.merge(self.reader.window)
        self._offset = self._replay_entries(self._newest, header_facts(self.reader.window)[0], False)
        self._find_tail((self._newest + 1) % self.blocks)
        self._look_ahead()
        self._checkpoint.resume(self._number)

    @property
    def bad_blocks(self):
        """How many blocks are given up."""
        return sum([self._is_bad(block) for block in range(self.blocks)])

    def _replay_entries(self, block, offset, all_lost):
        """Take over what the entries of a block say and return where its blank rest begins."""
        reader, checkpoint = self.reader, self._checkpoint
        lost, whole = 0, True
        reader.open(block, offset, self.block_size)
        while whole:
            whole = reader.step()
            for kind, end, sequence in reader.claims:
                if kind != NOTE and 0 <= sequence - checkpoint.logged[kind] <= MAX_JUMP:
                    checkpoint.logged[kind] = end
            # Before a boot, or at the end, stands what a power cut tore: it never counted as logged.
            torn = not whole or reader.kind == NOTE and reader.count == BOOT
            lost += reader.lost if all_lost or not torn else 0
            if whole:
                self._replay_entry(reader)
        for stream in checkpoint.streams(self._number) if lost else ():
            checkpoint.logged[stream] += lost * (MAX_JUMP + 256)
        checkpoint.boot += lost
        return self._padded(reader.last)

    def _replay_entry(self, reader):
        checkpoint = self._checkpoint
        if reader.kind != NOTE:
            checkpoint.logged[reader.kind] = max(checkpoint.logged[reader.kind], reader.sequence + reader.count)
        elif reader.count == BOOT:
            checkpoint.boot = max(checkpoint.boot, reader.sequence)
        elif reader.count == BINDING:
            checkpoint.bind(reader.payload())
        elif reader.count == ERASED:
            self._noted = reader.sequence

    def _look_ahead(self):
        """See what the block behind the newest one is: erased ahead, or begun with a header that was torn or has rotted."""
        block = self._next_usable()
        if self._holds_header(block):
            return  # the oldest block; `prepare` erases it
        if self.reader.is_erased(block, self.block_size):
            if block == self._noted:  # without the note the erase itself may have been torn, and its bits not keep
                self._spare = block
        elif block == self._noted or self._holds_newer(block):
            self._replay_entries(block, self._header_length(), True)
            self._head = block
            self._offset = self.block_size
            self._sequence += 1
            self.reader.corrupt += 1
            self.begin()

    def _holds_newer(self, block):
        """Tell whether a block without a header holds entries that come after all that is known."""
        reader, checkpoint = self.reader, self._checkpoint
        reader.open(block, self._header_length(), self.block_size)
        while reader.step():
            if reader.kind != NOTE and reader.sequence >= checkpoint.logged[reader.kind]:
                return True
            if reader.kind == NOTE and reader.count == BOOT and reader.sequence > checkpoint.boot:
                return True
        return False

    def find(self, stream, sequence):
        """Return the reader at the entry that holds `sequence` or is the first behind it; None where nothing logged is."""
        reader, logged = self.reader, self._checkpoint.logged[stream]
        while sequence < logged:
            cursor = self._cursors.get(stream)
            if cursor is None or cursor[2] != sequence:
                cursor = self._cursors[stream] = self._seek(stream, sequence)
            block, offset, _, limit = cursor
            at_head = block == self._head
            reader.open(block, offset, self._offset if at_head else self.block_size)
            if at_head:
                limit = logged
            while reader.step():
                end = reader.sequence + reader.count
                if reader.kind == stream and sequence < end <= limit and reader.count:
                    cursor[1], cursor[2] = reader.offset, end
                    return reader
            if at_head:
                return None
            sequence = limit
        return None

    def _seek(self, stream, sequence):
        """Return a cursor at the start of the last block begun when the stream's next number was `sequence` or less.

        Cost: one header a halving. A block without a readable header gives its place to the one behind it.
        """
        low, high = 0, (self._newest - self._tail) % self.blocks + 1
        start, limit = self._tail, self._checkpoint.logged[stream]
        while high - low > 1:
            middle = probe = (low + high) // 2
            while probe < high and not self._holds_header((self._tail + probe) % self.blocks):
                probe += 1
            number = header_number(self.reader.window, stream) if probe < high else 0
            if probe < high and number <= sequence:
                low = probe
            else:
                limit = number if probe < high else limit
                high = middle
        block = (self._tail + low) % self.blocks
        self._holds_header(block)
        return [block, header_facts(self.reader.window)[0], sequence, limit]
