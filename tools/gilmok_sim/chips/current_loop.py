"""A virtual 4–20 mA transmitter for MicroPython and CPython, with a shunt at an input of an ADS1115.

Source: NAMUR NE 43: what a transmitter sends beyond its range and when it has failed.
"""

from gilmok_sim.chips.ads1115 import AnalogInstrument


class VirtualCurrentLoop(AnalogInstrument):
    """Measures the channel its site file names, in that channel's unit; `failure_ma` is sent instead while it is set."""

    failure_ma = None

    def wires(self, options):
        self._channel, _, exponent = options.get("channel", ("level", "m", -3))
        step = 10.0**exponent
        self._low, self._high = [options.get(*end) * step for end in (("at_4ma", 0), ("at_20ma", 5000))]
        self._ohm = options.get("shunt_mohm", 100000) / 1000
        return (((options.get("input", 0) % 10), lambda now_ms: self.milliamps(now_ms) / 1000 * self._ohm),)

    def milliamps(self, now_ms):
        """Return the current: it saturates at 3.8 and 20.5 mA."""
        if self.failure_ma is not None:
            return self.failure_ma
        value = self.world.value(self._channel, now_ms)
        return min(20.5, max(3.8, 4 + 16 * (value - self._low) / (self._high - self._low)))
