"""Peak and RMS of a filtered signal over a window."""

from gilmok_wire.compat import const

from gilmok_rules.scaling import isqrt

CHUNK = const(16)  # samples at a time, at most


class Level:
    """Sums of squares and the largest magnitude since the last take().

    Units: the samples' steps; the RMS is rounded to nearest, of an exact sum.
    Bounds: |x| < 2^23, so with x = 2^11·h + l, 16 of h² are at most 2^28, of h·l and l² below 2^27; sums carry over at 2^12, 2^10 and
    2^22 and hold 2^29 chunks.
    """

    def __init__(self):
        self._begin()

    def _begin(self):
        self.peak = self.count = 0
        self._low = self._middle = self._high = self._top = 0

    def run(self, samples):
        """Take an array of at most 16 samples. Cost: no allocation."""
        high_high = high_low = low_low = 0
        for value in samples:
            high = value >> 11
            low = value & 2047
            high_high += high * high
            high_low += high * low
            low_low += low * low
        low_low += self._low
        high_low += self._middle + (low_low >> 12)
        high_high += self._high + (high_low >> 10)
        self._low = low_low & 4095
        self._middle = high_low & 1023
        self._high = high_high & 0x3FFFFF
        self._top += high_high >> 22
        self.peak = max(self.peak, max(samples), -min(samples))
        self.count += len(samples)

    def take(self):
        """Return (RMS, peak), None where no sample came, and begin anew. Cost: allocates."""
        if not self.count:
            return None
        squares = (((self._top << 22) + self._high) << 22) + (self._middle << 12) + self._low
        result = (isqrt(4 * squares // self.count) + 1) >> 1, self.peak
        self._begin()
        return result
