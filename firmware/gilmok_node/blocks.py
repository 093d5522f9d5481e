"""The blocks of a ring: which are the newest, the oldest, bad and erased ahead, and how the next one is begun (SPEC.md section 5)."""

from gilmok_wire.compat import const

from .checkpoint import HEADER_LIMIT, header_facts, header_holds, header_number
from .entry import Reader, WornOut

_COUNT, _SIZE, _ERASE = const(4), const(5), const(6)  # ioctl operations of MicroPython's block devices
_RETIRED = b"\0\0\0\0"


class Blocks:
    """The blocks of one ring, in the order of their indices; `number` says which ring."""

    def __init__(self, device, unit, checkpoint, number):
        self._device = device
        self._unit = unit
        self._number = number
        self._checkpoint = checkpoint
        self.blocks = device.ioctl(_COUNT, 0)
        self.block_size = device.ioctl(_SIZE, 0)
        self.reader = Reader(device, self.block_size)
        self._bad = bytearray((self.blocks + 7) // 8)
        self._cursors = {}  # where readers stand; void as soon as a block is erased
        self.erases = 0
        self._reset()

    def _reset(self):
        self._head = self.blocks - 1  # the block appended to …
        self._offset = self.block_size  # … and where
        self._newest = self._tail = self._spare = -1  # the newest and the oldest with a header, and the one erased ahead
        self._sequence = 0

    @property
    def bad_blocks(self):
        """How many blocks are given up."""
        return sum([self._is_bad(block) for block in range(self.blocks)])

    def locate(self):
        """Find the newest block by the headers of all; False where no block holds one."""
        self._reset()
        for block in range(self.blocks):
            if self._holds_header(block):
                sequence = header_facts(self.reader.window)[1]
                if sequence > self._sequence:
                    self._sequence = sequence
                    self._newest = self._head = block
            elif self.reader.window[:4] == _RETIRED:
                self._bad[block >> 3] |= 1 << (block & 7)
            elif self.reader.window[:4] != b"\xff\xff\xff\xff":
                self.reader.corrupt += 1
        return self._newest >= 0

    def identity(self):
        """Return origin, log id and parent as the newest block states them."""
        self._holds_header(self._newest)
        return header_facts(self.reader.window)[2:]

    def fill(self):
        """Return how much of the ring holds entries, in per mille."""
        used = (self._head - self._tail) % self.blocks * self.block_size + self._offset
        return used * 1000 // (self.blocks * self.block_size)

    def begin(self):
        """Begin the next block: its header states what has been logged so far.

        Raises: WornOut.
        """
        while True:
            if self._spare < 0:
                self._erase_ahead()
            block, self._spare = self._spare, -1
            self._sequence += 1
            if self._program_header(block):
                break
            self._retire(block)
        self._head = self._newest = block
        self._offset = self._header_length()
        if self._tail < 0:
            self._find_tail(block)

    def format(self):
        """Begin an empty log, whose origin is in the checkpoint already, and erase the old one."""
        self.locate()
        self._bad = bytearray(len(self._bad))
        self._tail = -1
        self.reader.seed = self._checkpoint.origin
        self.begin()  # from here on the blocks of the old log are foreign, whether or not they are erased
        for block in range(self.blocks):
            if block != self._head and not self.reader.is_erased(block, self.block_size):
                self._erase(block)

    def _program_header(self, block):
        reader, length = self.reader, self._header_length()
        reader.forget()
        self._checkpoint.encode_header(reader.window, length, self._number, self._sequence)
        self._write(block, reader.view[:length], 0)
        return self._holds_header(block) and header_facts(reader.window)[1] == self._sequence

    def _write(self, block, data, offset):
        try:
            self._device.writeblocks(block, data, offset)
        except OSError:
            pass  # reading back tells

    def _padded(self, size):
        return (size + self._unit - 1) // self._unit * self._unit

    def _header_length(self):
        return self._padded(self._checkpoint.header_size(self._number))

    def _holds_header(self, block):
        """Read the start of a block into the window; tell whether it is a header of this ring."""
        self.reader.fetch(block, 0, min(HEADER_LIMIT, self.block_size))
        return header_holds(self.reader.window, self._number)

    def _is_ours(self, block):
        return self._holds_header(block) and header_facts(self.reader.window)[2] == self._checkpoint.origin

    def _find_tail(self, block):
        """Take the first block from `block` on that holds a header of this log as the oldest, and its numbers."""
        while block != self._newest and not self._is_ours(block):
            block = (block + 1) % self.blocks
        self._tail = block
        self._holds_header(block)
        for stream in self._checkpoint.streams(self._number):
            self._checkpoint.oldest[stream] = header_number(self.reader.window, stream)

    def _next_usable(self):
        """Return the block to be used after the head; never the newest one with a header."""
        for step in range(1, self.blocks + 1):
            block = (self._head + step) % self.blocks
            if block != self._newest and not self._is_bad(block):
                return block
        raise WornOut("no usable block is left")

    def _erase_ahead(self):
        while self._spare < 0:
            block = self._next_usable()
            if self._erase(block):
                self._spare = block

    def _erase(self, block):
        """Erase a block, or give it up."""
        if block == self._tail:
            self._find_tail((block + 1) % self.blocks)
        self._cursors.clear()
        self.erases += 1
        try:
            done = not self._device.ioctl(_ERASE, block)
        except OSError:
            done = False
        done = done and self.reader.is_erased(block, self.block_size)
        if not done:
            self._retire(block)
        return done

    def _retire(self, block):
        """Mark a block as bad, on flash too where it still takes zeros."""
        self._bad[block >> 3] |= 1 << (block & 7)
        self.reader.forget()
        self._write(block, bytes(self._padded(4)), 0)

    def _is_bad(self, block):
        return self._bad[block >> 3] >> (block & 7) & 1
