"""The median of the last few values, and a spike filter that rests on it."""

from array import array

from gilmok_wire.compat import const

_MISSING = const(-(1 << 30))  # in the ring: no value is as small


class Median:
    """The median of the last `length` samples, of which some may be missing; of an even number the lower of the two in the middle.

    Units: the values', below 2^29 in magnitude. The result is always one of them, so it is exact.
    Cost: no allocation; the values are kept in order, so a sample moves half of them on average.
    """

    def __init__(self, length):
        if not 1 <= length <= 63:
            raise ValueError("a median of {} values: 1 to 63".format(length))
        self._ring = array("i", [_MISSING] * length)
        self._ordered = array("i", [0] * length)
        self._at = self.count = 0  # `count` of the samples are there

    def add(self, value):
        """Take a sample, None where it is missing; return the median, None where all of them are missing."""
        ring, at = self._ring, self._at
        if ring[at] != _MISSING:
            self._remove(ring[at])
        ring[at] = _MISSING if value is None else value
        if value is not None:
            self._insert(value)
        at += 1
        self._at = at if at < len(ring) else 0
        return self._ordered[(self.count - 1) >> 1] if self.count else None

    def _insert(self, value):
        ordered, i = self._ordered, self.count
        while i and ordered[i - 1] > value:
            ordered[i] = ordered[i - 1]
            i -= 1
        ordered[i] = value
        self.count += 1

    def _remove(self, value):
        ordered, i = self._ordered, 0
        while ordered[i] != value:
            i += 1
        self.count -= 1
        while i < self.count:
            ordered[i] = ordered[i + 1]
            i += 1


class SpikeFilter:
    """Takes values for missing that stand further than `limit` from the median of the last `length`, themselves among them.

    A true step passes as soon as most of the window stands there: after (length + 1) / 2 samples.
    """

    def __init__(self, length, limit):
        self._median = Median(length)
        self._limit = limit
        self.spikes = 0

    @property
    def count(self):
        """How many values the median rests on."""
        return self._median.count

    def add(self, value):
        """Return the value, or None where it is missing or a spike. Cost: no allocation."""
        median = self._median.add(value)
        if value is None:
            return None
        if -self._limit <= value - median <= self._limit:
            return value
        self.spikes += 1
        return None
