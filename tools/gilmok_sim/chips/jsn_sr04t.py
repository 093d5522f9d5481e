"""A virtual JSN-SR04T for MicroPython and CPython: a burst of eight periods at 40 kHz after each trigger, then the echo pulse.

Source: JSN-SR04T-3.0 product description, mode 1; the speed of sound in dry air, 331.3 m/s × sqrt(1 + t / 273.15 K).
"""

from math import sqrt

from gilmok_sim.chips import Noise

BURST_MS = 0.2
LOST_US = 60000  # without an echo


class VirtualJsnSr04t:
    """Measures `distance` in m, None without an echo, by the sound's way through air of `air_cel`."""

    def __init__(self, world, clock, seed=1):
        self.world = world
        self.clock = clock
        self.fault = None
        self.air_cel = 20.0
        self._noise = Noise(seed)
        self._pulse = None
        self._us = LOST_US

    def trigger(self, now_ms):
        if self._pulse is not None and now_ms < self._pulse[0] + self._pulse[1] / 1000:
            return  # still listening
        if self.fault == "silence":
            self._pulse = None
            return
        if self.fault != "stuck":
            self._us = self._echo_us(now_ms)
        us = self._us
        if self.fault == "noise" or self.fault == "bad_checksum":
            us = self._noise.bits() % LOST_US
        self._pulse = (now_ms + BURST_MS, us)

    def pulse(self, now_ms):
        if self._pulse is not None and now_ms >= self._pulse[0] + self._pulse[1] / 1000:
            self._pulse = None
        return self._pulse

    def _echo_us(self, now_ms):
        distance = self.world.value("distance", now_ms)
        if distance is None or distance > 6.0:
            return LOST_US
        speed = 331.3 * sqrt(1 + self.air_cel / 273.15)
        return int(2 * max(distance, 0.17) / speed * 1000000 + 0.5)
