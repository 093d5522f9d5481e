"""RMS and peak of one axis over one second, in integers that stay small on a 32-bit chip."""

import math
from array import array

from gilmok_wire.compat import const

CHUNK = const(8)  # samples added at a time: one length for every buffer and loop
# Nothing below this, squared and summed over a chunk, leaves 29 bits: 8 × 8191² < 2^29.
_SMALL = const(8192)


class Axis:
    """Running sums relative to the second's first sample, which take gravity out and keep the sums small.

    Fill `samples` (counts of at most 20 bits) and add(); `count` says how many are in, and 0 begins the next second.
    `scale` says what a g is: in counts, in steps of the RMS and in steps of the peak.
    """

    def __init__(self, scale):
        self._scale = scale
        self.samples = array("i", bytearray(4 * CHUNK))
        self.count = 0

    def add(self):
        """Add the chunk in `samples`. Cost: no allocation while it stays within 8192 counts of the first sample."""
        samples = self.samples
        low = min(samples)
        high = max(samples)
        if not self.count:
            self.offset = samples[0]
            self.low = low
            self.high = high
            self.total = self.squares = 0
        offset = self.offset
        squares = 0
        if high - offset < _SMALL and offset - low < _SMALL:
            for value in samples:
                value -= offset
                squares += value * value
        else:
            squares = _square_large(samples, offset)
        self.count += CHUNK
        self.total += sum(samples) - CHUNK * offset
        self.squares += squares
        if low < self.low:
            self.low = low
        if high > self.high:
            self.high = high

    def summary(self):
        """Return the RMS of the deviation from the mean, and the largest such deviation, each in its own steps."""
        n, total = self.count, self.total
        counts, rms_steps, peak_steps = self._scale
        # RMS: √(n·Σd² − (Σd)²) / n counts; doubled, so that the last step rounds.
        square = (n * self.squares - total * total) * (4 * rms_steps * rms_steps) // (counts * counts)
        rms = (_isqrt(square) // n + 1) >> 1
        # Peak: max |n·d − Σd| / n counts.
        peak = max((self.high - self.offset) * n - total, total - (self.low - self.offset) * n)
        return rms, (2 * peak * peak_steps + counts * n) // (2 * counts * n)


def _square_large(samples, offset):
    """Return Σ(sample − offset)² of a chunk, summed in parts that stay below 2^29; only the result may be larger."""
    high_high = high_low = low_low = 0
    for value in samples:
        value -= offset
        high = value >> 11
        low = value & 2047
        high_high += high * high
        high_low += high * low
        low_low += low * low
    return (high_high << 22) + (high_low << 12) + low_low


def _isqrt(n):
    """Return √n to within 1: one Newton step from a float's root, which alone has only 24 bits on a small chip."""
    x = int(math.sqrt(n))
    return (x + n // x) >> 1 if x else 0
