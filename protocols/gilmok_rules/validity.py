"""Whether a reading can be believed: within its range, no spike, and moving at all."""

from gilmok_rules.median import SpikeFilter

# Why the values of a sensor cannot be believed.
GOOD, FAULT, RANGE, SPIKE, STUCK, MISSING = range(6)

# Two in a row may be wrong; a true step passes with the third, and so does the first value behind a boot or a hole.
_SPIKE_READINGS = 5
_SPIKE_LEAST = 3


class Validity:
    """Judges the readings of one channel; bounds, spike height and time are None where they are not judged.

    `code` says what is wrong with the last reading.
    """

    def __init__(self, sensor, index, low, high, spike, stuck_ms):
        self.sensor = sensor
        self.index = index
        self.code = GOOD
        self._low = low
        self._high = high
        self._spikes = None if spike is None else SpikeFilter(_SPIKE_READINGS, spike)
        self._stuck_ms = stuck_ms
        self._value = None
        self._since_ms = 0

    def check(self, now_ms, value):
        """Return the value, or None where it cannot be believed."""
        code = self._judge(now_ms, value)
        self.code = code
        return None if code else value

    def begin_anew(self):
        """Behind a fault a value stands still from its first reading on: nobody knows what it did meanwhile."""
        self._value = None

    def _judge(self, now_ms, value):
        outside = value is not None and ((self._low is not None and value < self._low) or (self._high is not None and value > self._high))
        if value is None or outside:
            if self._spikes is not None:
                self._spikes.add(None)
            return RANGE if outside else MISSING
        if self._stuck_ms is not None:
            if value != self._value:
                self._value = value
                self._since_ms = now_ms
            elif now_ms - self._since_ms >= self._stuck_ms:
                return STUCK
        if self._spikes is not None and (self._spikes.add(value) is None or self._spikes.count < _SPIKE_LEAST):
            return SPIKE
        return GOOD
