"""Raw waveform blocks in bounded memory: what is not fetched in time is lost, oldest first, and counted."""

from gilmok_wire.compat import const

from gilmok_node.sensors.vibration import CHUNK

_BLOCKS = const(4)  # a second of 250 Hz


class Capture:
    """Packed samples, gathered in blocks of up to `block_samples` without a hole; `ready` are those that are finished.

    Cost: 4 × `block_samples` of `sample_bytes`, allocated once.
    """

    def __init__(self, sample_bytes, block_samples=64):
        self._sample_bytes = sample_bytes
        self._block_samples = block_samples
        self._free = [bytearray(block_samples * sample_bytes) for _ in range(_BLOCKS)]
        self.ready = []  # [start_ms, samples lost before, samples, buffer], oldest first
        self._open = None
        self._lost = 0  # before the block that comes next

    def add(self, start_ms, packed):
        """Append the samples in `packed`; they never straddle a block. `start_ms` is the time of the first."""
        block = self._open
        if block is None:
            block = self._open = [start_ms, self._lost, 0, self._buffer()]
            self._lost = 0
        at = block[2] * self._sample_bytes
        block[3][at : at + len(packed)] = packed
        block[2] += len(packed) // self._sample_bytes
        if block[2] == self._block_samples:
            self.close()

    def lose(self, samples):
        """Note a hole: the block ends here, the next one tells."""
        self.close()
        self._lost += samples

    def close(self):
        """End the block that is being gathered."""
        if self._open is not None:
            self.ready.append(self._open)
            self._open = None

    def take(self):
        """Return the oldest finished block as [start_ms, lost, samples, buffer], or None. Give the buffer back."""
        return self.ready.pop(0) if self.ready else None

    def give(self, buffer):
        """Take back the buffer of a block."""
        self._free.append(buffer)

    def blocks(self, sensor):
        """Take all finished blocks of `sensor`, a Motion, and yield what its blocks() returns."""
        block = self.take()
        while block:
            start_ms, lost, count, packed = block
            columns = [[0] * count, [0] * count, [0] * count]
            for k in range(0, count, CHUNK):
                sensor._unpack(packed, self._sample_bytes * k, columns[0], columns[1], columns[2], k)
            self.give(packed)
            yield start_ms, sensor._period_ms, lost, columns
            block = self.take()

    def _buffer(self):
        """Return a free buffer, that of the oldest of four finished blocks where there is none."""
        if not self._free:
            _, lost, samples, buffer = self.ready.pop(0)
            self.ready[0][1] += lost + samples
            self._free.append(buffer)
        return self._free.pop()
