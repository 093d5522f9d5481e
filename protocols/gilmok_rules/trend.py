"""Means and slopes of readings that come at a period, over spans of time however long, in the memory of a few dozen slots."""

from array import array

from gilmok_wire.compat import const

_MEAN_SLOTS = const(60)  # an hour in minutes
_SLOPE_SLOTS = const(32)
_LEAST_POINTS = const(3)  # two neighbours make no trend
_MISSING = const(-(1 << 30))  # in the ring: no value is as small
_MOST = const((1 << 29) - 1)  # a result beyond it says no more
_HOUR_MS = const(3_600_000)


class Trend:
    """The mean of the last `span_ms`, None while fewer than `percent` of its slots have readings; without `percent` the slope.

    A slope is that of the least-squares line, in steps an hour; None while there are fewer than three slots with readings, or they span
    less than half of `span_ms`. A slot holds the mean of its readings. All three are exact but for the last digit, rounded to nearest.
    Cost: a sum a reading; what is behind it only when a slot ends, some thirty times a span: there integers beyond 30 bits do no harm.
    """

    def __init__(self, period_ms, span_ms, percent=None):
        self.window = span_ms, percent
        self._slot_ms = max(period_ms, -(-span_ms // (_SLOPE_SLOTS if percent is None else _MEAN_SLOTS)))
        length = max(1, span_ms // self._slot_ms)
        if percent is None:
            length += 1  # a line through points that are so many slots apart
        self._ring = array("i", [_MISSING] * length)  # the oldest first, in it after _at
        self._at = 0
        self._now_ms = self._end = None  # of the open slot, in slots
        self._sum = self._count = 0
        self.result = None

    def add(self, now_ms, value):
        """Take the reading scheduled at `now_ms`, None where it is missing; return the result so far.

        A slot ends with the reading at its end, or else with the first one behind it. Asked twice of one reading it answers twice: steps
        of a rule share a window.
        """
        if now_ms == self._now_ms:
            return self.result
        self._now_ms = now_ms
        end = -(-now_ms // self._slot_ms)
        if self._end is None:
            self._end = end
        ended = min(end - self._end, len(self._ring) + 1)
        self._end = end
        for _ in range(ended):  # did not see their last reading
            self._finish()
        if value is not None:
            self._sum += value
            self._count += 1
        if now_ms == end * self._slot_ms:
            self._finish()
            self._end += 1
            ended = 1
        if ended > 0:
            self.result = self._slope() if self.window[1] is None else self._mean()
        return self.result

    def _finish(self):
        self._ring[self._at] = _divide(self._sum, self._count) if self._count else _MISSING
        self._at = (self._at + 1) % len(self._ring)
        self._sum = self._count = 0

    def _mean(self):
        count = total = 0
        for value in self._ring:
            if value != _MISSING:
                count += 1
                total += value
        return _divide(total, count) if count and count >= len(self._ring) * self.window[1] // 100 else None

    def _slope(self):
        count = places = squares = total = both = 0
        first = last = 0
        for place in range(len(self._ring)):
            value = self._ring[self._at - len(self._ring) + place]  # negative ones count from the end, as the ring does
            if value != _MISSING:
                last = place
                first = last if not count else first
                count += 1
                places += place
                squares += place * place
                total += value
                both += place * value
        if count < _LEAST_POINTS or 2 * (last - first) * self._slot_ms < self.window[0]:
            return None
        slope = _divide((count * both - places * total) * _HOUR_MS, (count * squares - places * places) * self._slot_ms)
        return max(-_MOST, min(_MOST, slope))


def _divide(dividend, divisor):
    """Return the quotient rounded to nearest, halves up."""
    return (2 * dividend + divisor) // (2 * divisor)
