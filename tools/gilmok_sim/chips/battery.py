"""A virtual battery with a divider for MicroPython and CPython, as an ADC of an ESP32 sees it.

Source: ESP-IDF programming guide, "ADC attenuation": at 11 dB the ADC reads no more than about 3.1 V; 12 bits.
"""

from gilmok_sim.chips import Noise


class VirtualBattery:
    """Has `voltage` in V; silence is a wire that is off, noise one that picks up anything."""

    def __init__(self, world, clock, seed=1):
        self.world = world
        self.clock = clock
        self.fault = None
        self._share = 0.5
        self._noise = Noise(seed)
        self._last_uv = None

    def configure(self, options):
        """Take the divider of a site file."""
        upper, lower = [options.get("divider_{}_kohm".format(end), 100) for end in ("upper", "lower")]
        self._share = lower / (upper + lower)

    def microvolts(self):
        """Return one conversion, with an RMS noise of 2 mV in steps of 12 bits."""
        if self.fault == "silence":
            return 12000
        if self.fault in ("noise", "bad_checksum"):
            return self._noise.bits() % 3100000
        if self.fault != "stuck" or self._last_uv is None:
            volts = self.world.value("voltage", self.clock()) * self._share
            noise_uv = self._noise.bits() % 6929 - 3464  # uniform within ±√3 σ
            code = min(4095, max(0, round((volts * 1e6 + noise_uv) / 757)))
            self._last_uv = code * 757
        return self._last_uv
