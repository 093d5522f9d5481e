"""A virtual ADXL355 that stands inclined, for MicroPython and CPython: gravity as its axes see it, and its temperature.

Source: Analog Devices ADXL354/ADXL355 data sheet rev. C: table 1, registers TEMP2 and TEMP1.
"""

import math

from gilmok_sim.chips.adxl355 import VirtualAdxl355


class Gravity:
    """The world as x, y and z in g: `tilt_x` and `tilt_y` are what is between these axes and the horizontal."""

    def __init__(self, world):
        self._world = world
        self.gravity_g = 1.0
        self.shake_g = 0.0  # half of its way from end to end, along x
        self.shake_hz = 3.0
        self.drift_x = self.drift_y = 0.0  # the sensor's own, °/°C from 25 °C
        self._seen = (None, ())

    def value(self, channel, now_ms):
        if self._seen[0] != now_ms:
            self._seen = (now_ms, self._axes(now_ms))
        return self._seen[1]["xyz".index(channel)]

    def _axes(self, now_ms):
        warm = self._world.value("temperature", now_ms) - 25
        x = math.sin(math.radians(self._world.value("tilt_x", now_ms) + warm * self.drift_x))
        y = math.sin(math.radians(self._world.value("tilt_y", now_ms) + warm * self.drift_y))
        z = math.sqrt(max(0.0, 1 - x * x - y * y))
        shake = self.shake_g * math.sin(2 * math.pi * self.shake_hz * now_ms / 1000)
        return self.gravity_g * x + shake, self.gravity_g * y, self.gravity_g * z


class VirtualTilt(VirtualAdxl355):
    """Measures `tilt_x` and `tilt_y` in degrees and `temperature` in °C; `gravity` shakes it and lets it drift."""

    def __init__(self, world, clock, seed=1, noise=1):
        self.gravity = Gravity(world)
        self._outside = world
        super().__init__(self.gravity, clock, seed, noise)

    def _get(self, register):
        if register in (0x06, 0x07):
            raw = round(1885 - 9.05 * (self._outside.value("temperature", self.clock()) - 25))
            return raw >> (8 if register == 0x06 else 0) & 255
        return super()._get(register)
