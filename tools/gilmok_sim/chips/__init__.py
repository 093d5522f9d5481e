"""Virtual chips for MicroPython and CPython: each answers at its bus, with registers, timing, checksums and faults.

A chip is made with `world`, what there is to measure, and `clock`, the present time in ms (a callable; int or float).
`world.value(channel, now_ms)` returns a channel in its own unit (m, °C, Pa, %, µg/m³, g).

`chip.fault` is None or one of FAULTS; it acts on the next byte and ends without a trace when set back:
silence        the chip is not there (I²C: ENODEV; SPI: MISO idles high; UART: nothing)
noise          random bytes instead of its own
bad_checksum   frames whose checksum fails; on a bus without checksums the same as noise
stuck          it answers as ever, but what it measures no longer changes
"""

FAULTS = ("silence", "noise", "bad_checksum", "stuck")


class Still:
    """The simplest world: each channel is the number given, or a function of the time in ms, until set() changes it."""

    def __init__(self, **values):
        self._values = values

    def set(self, **values):
        self._values.update(values)

    def value(self, channel, now_ms):
        value = self._values[channel]
        return value(now_ms) if callable(value) else value


class Noise:
    """A small reproducible generator of random numbers, alike on every interpreter."""

    def __init__(self, seed=1):
        self._state = seed & 0xFFFFFFFF or 1

    def bits(self):
        """Return 32 random bits."""
        x = self._state  # xorshift32 (Marsaglia 2003)
        x ^= x << 13 & 0xFFFFFFFF
        x ^= x >> 17
        x ^= x << 5 & 0xFFFFFFFF
        self._state = x
        return x

    def fill(self, buffer):
        """Overwrite a buffer with random bytes."""
        for i in range(len(buffer)):
            buffer[i] = self.bits() & 255
