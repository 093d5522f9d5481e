"""The mean over a sliding window of samples, of which some may be missing, and how many of them are there."""

from array import array

from gilmok_wire.compat import const

_MISSING = const(-(1 << 30))  # in the ring: no value is as small
_LOW_BITS = const(14)
_LOW = const((1 << 14) - 1)


class WindowMean:
    """The mean of the last `length` samples, rounded to nearest, exactly; None while fewer than `least` of them are there.

    Bounds: |value| < 2^29, length ≤ 2^13. The sum is kept in two parts, of values >> 14 (below 2^15 · 2^13 = 2^28) and of their
    lower 14 bits (below 2^27); the remainder of the first, below 2^13, moves down 14 bits: all below 2^28 + 2^27 + 2^12.
    """

    def __init__(self, length, least=1):
        if not 1 <= least <= length <= 1 << 13:
            raise ValueError("a mean of {} samples, at least {}: 1 to 8192, at least 1".format(length, least))
        self._ring = array("i", [_MISSING] * length)
        self._least = least
        self._at = self._high = self._low = 0
        self.count = 0  # so many samples are there

    def add(self, value):
        """Take a sample, None where it is missing; return the mean. Cost: no allocation."""
        ring, at = self._ring, self._at
        old = ring[at]
        if old != _MISSING:
            self._high -= old >> _LOW_BITS
            self._low -= old & _LOW
            self.count -= 1
        if value is None:
            ring[at] = _MISSING
        else:
            ring[at] = value
            self._high += value >> _LOW_BITS
            self._low += value & _LOW
            self.count += 1
        at += 1
        self._at = at if at < len(ring) else 0
        return self.mean()

    def mean(self):
        """Return the mean, or None."""
        count = self.count
        if count < self._least:
            return None
        quotient = self._high // count
        rest = self._high - quotient * count
        return (quotient << _LOW_BITS) + ((rest << _LOW_BITS) + self._low + (count >> 1)) // count
