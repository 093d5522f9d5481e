"""The blocks of a ring: which are the newest, the oldest, bad and erased ahead, and how the next one is begun (SPEC.md section 5)."""

from gilmok_wire.compat import const

from .checkpoint import HEADER_LIMIT, header_facts, header_holds, header_number
from .entry import WornOut

# ioctl operations of MicroPython's block devices
_COUNT = const(4)
_SIZE = const(5)
_ERASE = const(6)


class Blocks:
    """The blocks of one ring, in the order of their indices; `number` says which ring, `checkpoint` and `reader` are the log's."""

    def __init__(self, device, unit, checkpoint, number, reader):
        self._device = device
        self._unit = unit
        self.number = number
        self.checkpoint = checkpoint
        self.blocks = device.ioctl(_COUNT, 0)
        self.block_size = device.ioctl(_SIZE, 0)
        self._reader = reader
        self.bad = bytearray((self.blocks + 7) // 8)
        self._cursors = {}  # where readers stand; void as soon as their block is erased or, begun while it was the head, no longer is
        self.erases = 0
        self.reset()

    @property
    def reader(self):
        """The log's reader on this ring: what it held of another one is gone."""
        reader = self._reader
        if reader.device is not self._device:
            reader.device = self._device
            reader.forget()
        return reader

    def reset(self):
        """Know nothing of the blocks."""
        self.head = self.blocks - 1  # the block appended to …
        self.offset = self.block_size  # … and where
        self.newest = self.tail = self.spare = -1  # the newest and the oldest with a header, and the one erased ahead
        self.sequence = 0
        self.used = 0  # bytes of the ring's buffer that are not programmed yet
        self.noted = -1  # the block that the newest one says was erased completely

    def fill(self):
        """Return how much of the ring holds entries, in per mille."""
        used = (self.head - self.tail) % self.blocks * self.block_size + self.offset
        return used * 1000 // (self.blocks * self.block_size)

    def begin(self):
        """Begin the next block: its header states what has been logged so far.

        Raises: WornOut.
        """
        while True:
            if self.spare < 0:
                self._erase_ahead()
            block, self.spare = self.spare, -1
            self.sequence += 1
            if self._program_header(block):
                break
            self._retire(block)
        self._lose_cursors(self.head)
        self.head = self.newest = block
        self.offset = self.header_length()
        if self.tail < 0:
            self.find_tail(block)

    def _program_header(self, block):
        reader, length = self.reader, self.header_length()
        reader.forget()
        self.checkpoint.encode_header(reader.window, length, self.number, self.sequence)
        self._write(block, reader.view[:length], 0)
        return self.holds_header(block) and header_facts(reader.window)[1] == self.sequence

    def _write(self, block, data, offset):
        try:
            self._device.writeblocks(block, data, offset)
        except OSError:
            pass  # reading back tells

    def padded(self, size):
        return (size + self._unit - 1) // self._unit * self._unit

    def header_length(self):
        return self.padded(self.checkpoint.header_size(self.number))

    def holds_header(self, block):
        """Read the start of a block into the window; tell whether it is a header of this ring."""
        self.reader.fetch(block, 0, min(HEADER_LIMIT, self.block_size))
        return header_holds(self.reader.window, self.number)

    def _is_ours(self, block):
        return self.holds_header(block) and header_facts(self.reader.window)[2] == self.checkpoint.origin

    def find_tail(self, block):
        """Take the first block from `block` on that holds a header of this log as the oldest, and its numbers."""
        while block != self.newest and not self._is_ours(block):
            block = (block + 1) % self.blocks
        self.tail = block
        self.holds_header(block)
        for stream in self.checkpoint.streams(self.number):
            self.checkpoint.oldest[stream] = header_number(self.reader.window, stream)

    def next_usable(self):
        """Return the block to be used after the head; never the newest one with a header."""
        for step in range(1, self.blocks + 1):
            block = (self.head + step) % self.blocks
            if block != self.newest and not self._is_bad(block):
                return block
        raise WornOut("no usable block is left")

    def _erase_ahead(self):
        while self.spare < 0:
            block = self.next_usable()
            if self.erase(block):
                self.spare = block

    def erase(self, block):
        """Erase a block, or give it up."""
        if block == self.tail:
            self.find_tail((block + 1) % self.blocks)
        self._lose_cursors(block)
        self.erases += 1
        try:
            done = not self._device.ioctl(_ERASE, block)
        except OSError:
            done = False
        done = done and self.reader.is_erased(block, self.block_size)
        if not done:
            self._retire(block)
        return done

    def _lose_cursors(self, block):
        for stream in [stream for stream in self._cursors if self._cursors[stream][0] == block]:
            del self._cursors[stream]

    def _retire(self, block):
        """Mark a block as bad, on flash too where it still takes zeros."""
        self.bad[block >> 3] |= 1 << (block & 7)
        self.reader.forget()
        self._write(block, bytes(self.padded(4)), 0)

    def _is_bad(self, block):
        return self.bad[block >> 3] >> (block & 7) & 1
