"""A virtual MB7389 at its pulse-width output for MicroPython and CPython: free-running until it is triggered.

Source: MaxBotix, HRXL-MaxSonar-WR/WRC Series, PD11500, "Sensor Timing Diagrams": pulse after about 135 ms, cycle of about 148 ms.
"""

from gilmok_sim.chips import Noise
from gilmok_sim.chips.mb7389 import reported_mm

PULSE_MS = 135
CYCLE_MS = 148


class VirtualMb7389Pulse:
    """Measures `distance` in m; None is no target."""

    def __init__(self, world, clock, seed=1):
        self.world = world
        self.clock = clock
        self.fault = None
        self.free_running = True
        self._noise = Noise(seed)
        self._cycle_ms = clock()  # when the present or last cycle began
        self._us = None

    def trigger(self, now_ms):
        if not self.free_running and now_ms < self._cycle_ms + CYCLE_MS:
            return  # heard only between two cycles
        self.free_running = False
        self._begin(now_ms)

    def pulse(self, now_ms):
        if self.free_running:
            while now_ms >= self._cycle_ms + CYCLE_MS:
                self._begin(self._cycle_ms + CYCLE_MS)
        if self.fault == "silence":
            return None
        us = self._width(self._cycle_ms + PULSE_MS)
        begin_ms = self._cycle_ms + PULSE_MS
        if now_ms >= begin_ms + us / 1000:  # over
            if not self.free_running:
                return None
            self._begin(self._cycle_ms + CYCLE_MS)
            return (self._cycle_ms + PULSE_MS, self._width(self._cycle_ms + PULSE_MS))
        return (begin_ms, us)

    def _begin(self, at_ms):
        self._cycle_ms = at_ms
        if self.fault != "stuck":
            self._us = None

    def _width(self, at_ms):
        if self._us is None:
            self._us = reported_mm(self.world.value("distance", at_ms))
            if self.fault == "noise" or self.fault == "bad_checksum":
                self._us = self._noise.bits() % 12000
        return self._us
