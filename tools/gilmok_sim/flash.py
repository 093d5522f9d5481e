"""Virtual NOR flash as MicroPython's block devices offer it: takes its time, tears, wears out. Runs on MicroPython and CPython.

Programming only clears bits. What real chips do to careless software is counted in `violations`: programming a unit twice, and
programming a block whose last erase was cut short, because its bits may read as ones and not keep (JFFS2 writes its clean markers
for that). All zeros may always be programmed: that is how software retires a block.
"""

from array import array

TORN = ("none", "prefix", "suffix", "random", "all")  # how much of its work an operation has done when power fails
_EIO = 5
_PAGE = 256  # bytes NOR flash programs at once, hence what its programming time is stated for
_ONES = b"\xff"
_ERASED_PAGE = _ONES * _PAGE
_BLOCKS, _BLOCK_SIZE, _ERASE = 4, 5, 6


class PowerCut(Exception):
    """Power failed in this operation, or before it."""


class VirtualFlash:
    """A flash chip in memory; blocks that were never programmed since their erase take none.

    `cut_at`: the number, counted by `operations`, of the program or erase that power fails in; `torn` says how.
    Erases of `bad_blocks` fail, those of `worn_blocks` leave a zero and do not say so; programs of `stuck_blocks` leave a one.
    """

    def __init__(self, blocks, block_size=4096, unit=1, seed=1, erase_ms=0, program_us=0):
        self.blocks = blocks
        self.block_size = block_size
        self.unit = unit
        self.erase_ms = erase_ms
        self.program_us = program_us
        self.wear = array("L", [0] * blocks)
        self.operations = 0
        self.violations = 0
        self.bad_blocks = set()
        self.worn_blocks = set()
        self.stuck_blocks = set()
        self.weak_blocks = set()
        self._busy_us = 0
        self._random = seed * 2654435761 & 0xFFFFFFFF or 1
        self._data: dict[int, bytearray] = {}
        self.power_on()

    # What software sees.

    def readblocks(self, block, buf, offset=0):
        """Read into `buf`."""
        if not self.powered:
            raise PowerCut()
        data = self._data.get(block)
        if data is None:
            buf[:] = _ONES * len(buf)
        else:
            buf[:] = memoryview(data)[offset : offset + len(buf)]

    def writeblocks(self, block, buf, offset=None):
        """Program `buf`; without an offset the block is erased first, as on an ESP32."""
        if offset is None:
            self.ioctl(_ERASE, block)
            offset = 0
        tear = self._begin()
        self._busy_us += self.program_us * ((offset % _PAGE + len(buf) + _PAGE - 1) // _PAGE)
        old = bytearray(len(buf))
        self.readblocks(block, old, offset)
        blank = bytes(old).count(_ONES) == len(old)
        self._judge(block, offset, buf, blank)
        new = bytearray(buf)
        for at in range(0 if blank else len(new)):
            new[at] &= old[at]
        if block in self.stuck_blocks:
            new[0] |= 1
        self._finish(block, offset, old, new, tear)

    def ioctl(self, op, arg):
        """Answer the operations of the block protocol that storage needs; an erase that fails returns a negative errno."""
        if op == _BLOCKS:
            return self.blocks
        if op == _BLOCK_SIZE:
            return self.block_size
        return self._erase(arg) if op == _ERASE else 0

    # What the simulation does.

    @property
    def busy_ms(self):
        """Milliseconds that operations have taken so far."""
        return self._busy_us // 1000

    def power_on(self):
        """Go on after a power cut."""
        self.powered = True
        self.cut_at = 0
        self.torn = "none"

    def flip(self, block, offset, bit):
        """Flip one bit, as radiation or age do."""
        data = bytearray(1)
        self.readblocks(block, data, offset)
        data[0] ^= 1 << bit
        self._store(block, offset, data)

    def copy(self):
        """Return an independent chip with the same content, faults and wear, under power."""
        other = VirtualFlash(self.blocks, self.block_size, self.unit, 1, self.erase_ms, self.program_us)
        other._data = {block: bytearray(data) for block, data in self._data.items()}
        other.wear = array("L", self.wear)
        for faults in ("bad_blocks", "worn_blocks", "stuck_blocks", "weak_blocks"):
            setattr(other, faults, set(getattr(self, faults)))
        other._random = self._random
        other.operations, other.violations = self.operations, self.violations
        return other

    def save(self, path):
        """Write the content to a file, as `load` and FileFlash read it."""
        data = bytearray(self.block_size)
        with open(path, "wb") as file:
            for block in range(self.blocks):
                self.readblocks(block, data)
                file.write(data)

    def load(self, path):
        """Take the content from a file."""
        with open(path, "rb") as file:
            for block in range(self.blocks):
                self._store(block, 0, file.read(self.block_size))

    # Where bytes are kept.

    def _store(self, block, offset, data):
        held = self._data.get(block)
        if held is None:
            held = self._data[block] = bytearray(_ONES * self.block_size)
        held[offset : offset + len(data)] = data

    def _clear(self, block):
        self._data.pop(block, None)

    # Operations.

    def _erase(self, block):
        tear = self._begin()
        self.wear[block] += 1
        self._busy_us += self.erase_ms * 1000
        if tear:
            self.weak_blocks.add(block)
            old = bytearray(self.block_size)
            self.readblocks(block, old)
            self._finish(block, 0, old, bytearray(_ONES * self.block_size), tear)
        if block in self.bad_blocks:
            return -_EIO
        self.weak_blocks.discard(block)
        self._clear(block)
        if block in self.worn_blocks:
            self._store(block, self.block_size // 2, b"\xfe")
        return 0

    def _begin(self):
        """Count an operation; tell whether power fails in it."""
        if not self.powered:
            raise PowerCut()
        self.operations += 1
        return self.operations == self.cut_at

    def _judge(self, block, offset, data, blank):
        if not any(data):
            return
        if block in self.weak_blocks:
            self.violations += 1
        if offset % self.unit or len(data) % self.unit or offset + len(data) > self.block_size:
            self.violations += 1
        if not blank:  # a unit of these bytes has been programmed before
            self.violations += 1

    def _finish(self, block, offset, old, new, tear):
        """Store what an operation made of `old`; where power fails in it, a part of that."""
        if tear:
            self._tear(old, new)
        self._store(block, offset, new)
        if tear:
            self.powered = False
            raise PowerCut()

    def _tear(self, old, new):
        """Turn `new` into what is there when power fails on the way from `old` to it."""
        size = len(new)
        if self.torn == "none":
            new[:] = old
        elif self.torn == "prefix":
            done = self._draw() % (size + 1)
            new[done:] = old[done:]
        elif self.torn == "suffix":
            left = self._draw() % (size + 1)
            new[:left] = old[:left]
        elif self.torn == "random":
            for at in range(size):
                if old[at] != new[at]:
                    mask = self._draw() & 0xFF
                    new[at] = old[at] & mask | new[at] & ~mask

    def _draw(self):
        """Return the next of a row of numbers that is the same on every interpreter (xorshift32)."""
        number = self._random
        number ^= number << 13 & 0xFFFFFFFF
        number ^= number >> 17
        number ^= number << 5 & 0xFFFFFFFF
        self._random = number
        return number


class FileFlash(VirtualFlash):
    """A flash chip in a file, written through at every operation: a killed process keeps what it had programmed."""

    def __init__(self, path, blocks, block_size=4096, unit=1, seed=1, erase_ms=0, program_us=0):
        super().__init__(blocks, block_size, unit, seed, erase_ms, program_us)
        try:
            self._file = open(path, "r+b")
        except OSError:
            self._file = open(path, "w+b")
        for _ in range((blocks - self._file.seek(0, 2) // block_size) * (block_size // _PAGE)):
            self._file.write(_ERASED_PAGE)
        self._file.flush()

    def readblocks(self, block, buf, offset=0):
        """Read into `buf`."""
        if not self.powered:
            raise PowerCut()
        self._file.seek(block * self.block_size + offset)
        self._file.readinto(buf)

    def close(self):
        """Close the file."""
        self._file.close()

    def _store(self, block, offset, data):
        self._file.seek(block * self.block_size + offset)
        self._file.write(data)
        self._file.flush()

    def _clear(self, block):
        self._file.seek(block * self.block_size)
        for _ in range(self.block_size // _PAGE):  # a node's heap has no room for a whole block
            self._file.write(_ERASED_PAGE)
        self._file.flush()
