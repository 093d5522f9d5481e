"""A virtual A02YYUW ultrasonic sensor for MicroPython and CPython: frames FF H L SUM ten times a second.

Source: DFRobot SEN0311 wiki. That a lost echo reads as 0 was observed on a DYP-A02YYUM (GitHub
riteshRcH/waterproof_small_blind_ultrasonic_sensor_DYP-A02YYxx_v1.0, issue 2).
"""

from gilmok_sim.chips.talker import Talker


class VirtualA02yyuw(Talker):
    """Measures `distance` in m; None is a surface without an echo."""

    START_MS = 500
    PERIOD_MS = 100  # of 100–300 ms

    def __init__(self, world, clock, seed=1):
        super().__init__(world, clock, self.START_MS, seed)

    def period(self, now_ms):
        return self.PERIOD_MS

    def frame(self, now_ms):
        distance = self.world.value("distance", now_ms)
        mm = 0 if distance is None else int(distance * 1000 + 0.5)
        if mm > 4500:
            mm = 0  # beyond its range the echo is lost
        elif mm < 30:
            mm = 30  # in the blind zone it repeats the shortest distance
        data = bytearray((0xFF, mm >> 8, mm & 255, 0))
        data[3] = sum(data) & 255
        return bytes(data)
