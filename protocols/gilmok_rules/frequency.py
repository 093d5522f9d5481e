"""The dominant frequency of a band-passed signal, from its zero crossings."""

from gilmok_wire.compat import const

from gilmok_rules.scaling import multiply_divide

_FRACTION = const(16)  # parts of a sample by which a crossing is placed


class Frequency:
    """Counts upward crossings of zero since the last take(), and places the first and the last between their samples.

    A crossing counts only where the signal was below −`quiet` before, so noise about zero counts once or never.
    Error: 1/16 of a sample at either end for rounding and, from four samples a period on, as much for the straight line between
    samples: of a pure tone at most 1 in 4·(samples between first and last crossing).
    Bounds: |x| < 2^24, so 16 times a difference is below 2^29; 2^24 samples a window.
    """

    def __init__(self, quiet):
        self._quiet = quiet
        self._last_sample = 0
        self._armed = False
        self._begin()

    def _begin(self):
        self._at = self._first = self._last = self.crossings = 0

    def run(self, samples):
        """Take an array of samples. Cost: no allocation."""
        before, armed = self._last_sample, self._armed
        below, at = -self._quiet, self._at
        for value in samples:
            if armed and value >= 0:
                armed = False
                self._last = at * _FRACTION - _FRACTION * value // (value - before)
                if not self.crossings:
                    self._first = self._last
                self.crossings += 1
            elif value < below:
                armed = True
            before = value
            at += 1
        self._last_sample, self._armed, self._at = before, armed, at

    def take(self, rate_mhz):
        """Return the frequency in mHz, None where it did not cross three times, and begin anew; the rate is in mHz too."""
        found = None
        if self.crossings > 2:
            found = multiply_divide(rate_mhz, _FRACTION * (self.crossings - 1), self._last - self._first)
        self._begin()
        return found
