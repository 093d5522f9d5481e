"""A virtual MB7389 for MicroPython and CPython: "Rdddd" and a carriage return 6.67 times a second, after a word about itself.

Source: MaxBotix, HRXL-MaxSonar-WR/WRC Series, PD11500.
"""

from gilmok_sim.chips.talker import Talker

HELLO = b"HRXL-MaxSonar-WRM\rPN:MB7389\rCopyright 2011-2012\rMaxBotix Inc.\rRoHS 1.8b094  0712\rTempI\r"


def reported_mm(distance):
    """Return what the sensor reports of `distance` in m; None is no target."""
    return 5000 if distance is None else min(max(int(distance * 1000 + 0.5), 300), 5000)


class VirtualMb7389(Talker):
    """Measures `distance` in m; None is no target."""

    START_MS = 160
    PERIOD_MS = 148

    def __init__(self, world, clock, seed=1):
        super().__init__(world, clock, self.START_MS, seed)
        self._introduced = False

    def period(self, now_ms):
        return self.PERIOD_MS

    def frame(self, now_ms):
        if not self._introduced:
            self._introduced = True
            return HELLO
        mm = reported_mm(self.world.value("distance", now_ms))
        return b"R%04d\r" % mm
