"""How fast a value changes: the least-squares line through the samples of a time window."""

from array import array

from gilmok_wire.compat import const

from gilmok_rules.scaling import multiply_divide

_MOST_POINTS = const(64)
_RANGE = const(4095)


class Rate:
    """The slope over the last `window` units of time, of at most `points` samples that come when they come.

    `least` of them must be there, and span at least half the window, else there is no slope: two neighbours make no trend.
    Units: `elapsed` and `window` in any unit (seconds for a river), the slope in steps per `per` of these.
    Error: half a step for the rounding where the window spans at most 4095 units and its values 4095 steps. Beyond, either is cut
    to its upper 12 bits, which shifts a point by at most a 2048th of the span or range: tests/rules/test_rate.py.
    Bounds: |value| < 2^29 − 2^12, window < 2^28; 64 products of deviations from the mean are below 64 · 2048² = 2^28, since no 64
    points within 4095 vary more.
    """

    def __init__(self, window, points, least=3, per=3600):
        if not 3 <= least <= points <= _MOST_POINTS:
            raise ValueError("a slope through {} points, at least {}: at most 64, at least 3".format(points, least))
        self._window, self._least, self._per = window, least, per
        self._elapsed = array("i", [0] * points)  # since the point before
        self._values = array("i", [0] * points)
        self._ages = array("i", [0] * points)
        self._newest = -1
        self._kept = 0
        self._since = 0

    def add(self, elapsed, value):
        """Take a sample that came `elapsed` after the last call, None where it is missing; return the slope. Cost: no allocation."""
        self._since = min(self._since + min(elapsed, self._window + 1), self._window + 1)
        if value is not None:
            at = self._newest + 1
            self._newest = at = at if at < len(self._values) else 0
            self._elapsed[at] = self._since
            self._values[at] = value
            self._kept = min(self._kept + 1, len(self._values))
            self._since = 0
        return self.slope()

    def slope(self):
        """Return the slope now, or None."""
        count = self._count_within()
        if count < self._least:
            return None
        span = self._ages[count - 1] - self._since
        return self._fit(count, span) if 2 * span >= self._window else None

    def _count_within(self):
        """Return how many points lie in the window; their ages are noted."""
        age, at, count = self._since, self._newest, 0
        ages, window = self._ages, self._window
        while count < self._kept and age <= window:
            ages[count] = age
            count += 1
            age += self._elapsed[at]
            at -= 1
            if at < 0:
                at = len(self._values) - 1
        return count

    def _fit(self, count, span):
        values, ages, youngest = self._values, self._ages, self._since
        first = self._newest - count + 1
        least = most = values[self._newest]
        for i in range(first, self._newest):  # negative ones count from the end, as the ring does
            value = values[i]
            if value < least:
                least = value
            elif value > most:
                most = value
        value_shift = _shift(most - least)
        time_shift = _shift(span)
        newest = self._newest
        times = sums = 0
        for i in range(count):
            times += (ages[i] - youngest) >> time_shift
            sums += (values[newest - i] - least) >> value_shift
        mean_time, mean = times // count, sums // count
        both = squares = 0
        for i in range(count):
            time = mean_time - ((ages[i] - youngest) >> time_shift)  # age grows backwards
            both += time * (((values[newest - i] - least) >> value_shift) - mean)
            squares += time * time
        # The means were rounded down: what that left out.
        off = mean_time * count - times
        both -= off * (sums - mean * count) // count
        squares -= off * off // count
        if time_shift > value_shift:
            slope = multiply_divide(both, self._per, squares)
            return (slope + (1 << time_shift - value_shift - 1)) >> time_shift - value_shift
        return multiply_divide(both, self._per << value_shift - time_shift, squares) if squares else None


def _shift(span):
    shift = 0
    while span >> shift > _RANGE:
        shift += 1
    return shift
