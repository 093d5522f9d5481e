"""CPython only: the block device of a log in a file, with the extended protocol of MicroPython's block devices (blocks.py).

The file opens with O_DSYNC, so that what a program or an erase did has reached the disk when it returns, as on flash. What a power cut
leaves of the last write is a torn program or a torn erase to the log, which expects those. A sector that cannot be read any more reads
as zeros: damage that is counted, not a crash.
"""

import os

from ..config import ConfigError

BLOCK_SIZE = 4096
_BLOCKS, _SIZE, _ERASE = 4, 5, 6  # ioctl operations of MicroPython's block devices
_ERASED = b"\xff" * BLOCK_SIZE


class FileBlocks:
    """`size` bytes of blocks in the file `path`, which is made where there is none.

    Raises: ConfigError where it has another size, or another process has it open.
    """

    def __init__(self, path, size):
        self.blocks = size // BLOCK_SIZE
        if not os.path.exists(path):
            _make(path, self.blocks)
        self._file = os.open(path, os.O_RDWR | os.O_DSYNC | os.O_CLOEXEC)
        held = os.fstat(self._file).st_size
        if held != self.blocks * BLOCK_SIZE:
            self.close()
            raise ConfigError("{} has {} bytes, the board's file says {}: move it away to begin a new log".format(path, held, size))
        self._lock(path)

    def readblocks(self, block, buf, offset=0):
        """Read into `buf`."""
        try:
            done = os.preadv(self._file, [buf], block * BLOCK_SIZE + offset)
        except OSError:
            done = 0
        if done < len(buf):
            memoryview(buf)[done:] = bytes(len(buf) - done)

    def writeblocks(self, block, buf, offset=None):
        """Program `buf`; without an offset the block is erased first.

        Raises: OSError.
        """
        if offset is None:
            self._write(_ERASED, block * BLOCK_SIZE)
            offset = 0
        self._write(buf, block * BLOCK_SIZE + offset)

    def ioctl(self, op, arg):
        """Answer the operations that storage needs.

        Raises: OSError where an erase fails.
        """
        if op == _BLOCKS:
            return self.blocks
        if op == _SIZE:
            return BLOCK_SIZE
        if op == _ERASE:
            self._write(_ERASED, arg * BLOCK_SIZE)
        return 0

    def close(self):
        """Close the file."""
        os.close(self._file)

    def _write(self, data, at):
        view = memoryview(data)
        while view:
            done = os.pwrite(self._file, view, at)
            view, at = view[done:], at + done

    def _lock(self, path):
        import fcntl

        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.close()
            raise ConfigError("{} is in use: another node runs on it".format(path))


def _make(path, blocks):
    """Make a file of erased blocks; it appears whole or not at all."""
    draft = path + ".new"
    with open(draft, "wb") as file:
        for _ in range(blocks):
            file.write(_ERASED)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
    folder = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
