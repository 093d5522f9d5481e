"""A ring that entries are appended to, found in again, and taken up from after a power cut (SPEC.md section 5)."""

from binascii import crc32

from gilmok_wire.compat import const

from .blocks import Blocks
from .checkpoint import header_facts, header_number
from .entry import BINDING, BOOT, ENTRY, ERASED, NOTE, PAYLOAD_LIMIT, WINDOW, Refused, encode_entry

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
        self._checkpoint.resume(self._number)

    def put(self, kind, count, sequence, start_ms, period_ms, payload):
        """Buffer an entry. What does not fit the buffer beside it is programmed first, and an entry larger than the buffer at once.

        Raises: Refused where it is longer than a block; WornOut.
        """
        size = ENTRY + len(payload)
        if self._header_length() + self._padded(size) > self.block_size or len(payload) >= PAYLOAD_LIMIT:
            raise Refused("a payload of so many bytes", len(payload))
        while not self._has_room(size):
            if self._used:
                self.flush()
            else:
                self.begin()
        checkpoint = self._checkpoint
        entry = encode_entry(kind, count, sequence, checkpoint.boot, start_ms, period_ms, payload, self.reader.seed)
        large = size > len(self._buffer)
        while not self._store(entry, large):
            self.begin()
        if kind != NOTE:
            checkpoint.assigned[kind] = sequence + count
        if large:
            checkpoint.commit(self._number)

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
        """Take up the log where its newest block leaves it; tell whether the tail there is torn.

        `locate` has found that block, and the origin is in the checkpoint.
        """
        reader, checkpoint = self.reader, self._checkpoint
        reader.seed = checkpoint.origin
        self._used = 0
        self._noted = -1
        self._holds_header(self._newest)
        checkpoint.merge(reader.window, self._number)
        start = header_facts(reader.window)[0]
        self._offset = self._replay_entries(self._newest, start)
        torn = reader.damage_end > 0
        self._find_tail((self._newest + 1) % self.blocks)
        self._look_ahead(start)
        checkpoint.resume(self._number)
        return torn

    def _replay_entries(self, block, start, slack=None):
        """Take over what the entries of a block say, and return where its blank rest begins.

        Damage at the end or before a boot may be what a power cut tore, and was never logged. With `slack`, bytes of a header, the
        block is one whose header has rotted: nothing in it counts as torn.
        """
        reader, whole = self.reader, True
        reader.open(block, start, self.block_size)
        while whole:
            whole = reader.step()
            if reader.damage_end:
                torn = slack is None and (not whole or reader.kind == NOTE and reader.count == BOOT)
                self._replay_damage(0 if torn else MAX_JUMP, slack or 0)
                slack = None if slack is None else 0
            if whole:
                self._replay_entry()
        return self._padded(reader.last)

    def _replay_damage(self, jump, slack):
        """Skip the numbers of damaged entries: those that credible heads claim, and behind them all that could have been used."""
        reader, checkpoint = self.reader, self._checkpoint
        lost = reader.lost(slack)
        for kind, count, sequence in reader.claims:
            if kind == NOTE:
                self._replay_note(count, sequence)
            elif checkpoint.ring_of(kind) == self._number and sequence <= checkpoint.logged[kind] + MAX_JUMP:
                checkpoint.logged[kind] = max(checkpoint.logged[kind], sequence + count)
            else:
                lost += 1
        checkpoint.boot += lost
        for stream in checkpoint.streams(self._number) if lost else ():
            checkpoint.logged[stream] += lost * (jump + 255)

    def _replay_entry(self):
        reader, checkpoint = self.reader, self._checkpoint
        if reader.kind != NOTE:
            checkpoint.logged[reader.kind] = max(checkpoint.logged[reader.kind], reader.sequence + reader.count)
        elif reader.count == BINDING:
            checkpoint.bind(reader.payload())
        else:
            self._replay_note(reader.count, reader.sequence)

    def _replay_note(self, what, number):
        if what == BOOT:
            self._checkpoint.boot = max(self._checkpoint.boot, number)
        elif what == ERASED:
            self._noted = number

    def _look_ahead(self, start):
        """See what the block behind the newest one is: erased ahead, or begun, and its header was torn or has rotted since.

        The entries of such a block begin between `start`, where those of the newest one do, and where they would in a new one.
        """
        block = self._next_usable()
        if self._holds_header(block):
            return  # the oldest block; `prepare` erases it
        if self.reader.is_erased(block, self.block_size):
            if block == self._noted:  # without the note the erase itself may have been torn, and its bits not keep
                self._spare = block
        elif block == self._noted or self._holds_newer(block, start):
            self._replay_entries(block, start, self._header_length() - start)
            self._head = block
            self._sequence += 1
            self.begin()

    def _holds_newer(self, block, start):
        """Tell whether a block without a header holds entries that come after all that is known."""
        reader, checkpoint = self.reader, self._checkpoint
        reader.open(block, start, self.block_size)
        while reader.step():
            if reader.kind != NOTE and reader.sequence >= checkpoint.logged[reader.kind]:
                return True
            if reader.kind == NOTE and reader.count == BOOT and reader.sequence > checkpoint.boot:
                return True
        return False

    def find(self, stream, sequence):
        """Return the reader at the entry that holds `sequence` or is the first behind it; None where nothing logged is.

        Cost: the entries between the last one found and this one; elsewhere a header a halving of the ring, and entries of one block.
        """
        logged = self._checkpoint.logged[stream]
        while sequence < logged:
            cursor = self._cursors.get(stream)
            if cursor is None or cursor[2] != sequence:
                cursor = self._cursors[stream] = self._seek(stream, sequence)
            at_head = cursor[0] == self._head
            limit = logged if at_head else cursor[3]
            if self._walk(stream, cursor, self._offset if at_head else self.block_size, limit):
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
        low, high = 0, (self._newest - self._tail) % self.blocks + 1
        limit = self._checkpoint.logged[stream]
        while high - low > 1:
            middle = probe = (low + high) // 2
            while probe < high and not self._holds_header((self._tail + probe) % self.blocks):
                probe += 1
            number = header_number(self.reader.window, stream) if probe < high else limit
            if probe < high and number <= sequence:
                low = probe
            else:
                high, limit = middle, number
        block = (self._tail + low) % self.blocks
        self._holds_header(block)
        return [block, header_facts(self.reader.window)[0], sequence, limit]
