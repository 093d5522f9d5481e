"""What there is to measure, for MicroPython and CPython: a seeded night of rain over a street.

Everything is a function of place, seed and time, so that two runs, two interpreters and two nodes agree on the weather.
"""

from math import exp, pi, sin

MOUNTED_M = 3.2  # sensor face above the datum's zero
_HOUR_MS = 3_600_000
_MASK = 0xFFFFFFFF


def chance(seed, number):
    """Return a reproducible number in [0, 1) for `number`: an integer hash, alike on every interpreter."""
    x = (seed * 0x9E3779B1 + number * 0x85EBCA6B) & _MASK
    x ^= x >> 15
    x = x * 0x2C1B3C6D & _MASK
    x ^= x >> 12
    x = x * 0x297A2D39 & _MASK
    return (x ^ x >> 15) / 4294967296


class RainyNight:
    """A stream rises by a metre within three hours of rain and falls slowly; dust is washed out, traffic shakes the bridge.

    `place` shifts the flood wave downstream by some minutes and lends each node its own small differences.
    """

    def __init__(self, seed=7, place=0):
        self._seed = seed * 31 + place
        self._delay_ms = place * 4 * 60_000
        self._storm_ms = (1.0 + 0.5 * chance(seed, 1)) * _HOUR_MS
        self._crest_m = 0.9 + 0.4 * chance(seed, 2)

    def value(self, channel, now_ms):
        """Return the value of `channel` in its own unit at `now_ms` of this night."""
        return getattr(self, "_" + channel)(now_ms)

    def level(self, now_ms):
        """Return the water level above the datum in m."""
        hours = (now_ms - self._delay_ms - self._storm_ms) / _HOUR_MS
        wave = 1 / (1 + exp(-4 * hours)) * exp(-max(0, hours - 1.5) / 6)
        return 0.4 + self._crest_m * wave

    def _rain(self, now_ms):
        hours = (now_ms - self._storm_ms) / _HOUR_MS
        return exp(-hours * hours)

    def _distance(self, now_ms):
        ripple = chance(self._seed, int(now_ms) // 100) - 0.5
        return MOUNTED_M - self.level(now_ms) + 0.004 * ripple

    def _dust(self, now_ms):
        gust = chance(self._seed, int(now_ms) // 7000)
        return (38 + 6 * sin(now_ms / _HOUR_MS)) * (1 - 0.7 * self._rain(now_ms)) + 4 * gust

    def _pm1(self, now_ms):
        return 0.6 * self._dust(now_ms)

    def _pm2_5(self, now_ms):
        return self._dust(now_ms)

    def _pm10(self, now_ms):
        return 1.4 * self._dust(now_ms)

    def _temperature(self, now_ms):
        return 19 - 2.5 * now_ms / (8 * _HOUR_MS) - 1.5 * self._rain(now_ms) + 0.05 * chance(self._seed, int(now_ms) // 9000)

    def _humidity(self, now_ms):
        return min(99, 72 + 22 * self._rain(now_ms) + 0.3 * chance(self._seed, int(now_ms) // 11000))

    def _pressure(self, now_ms):
        return 100_900 - 350 * self._rain(now_ms) + 4 * sin(now_ms / 300_000)

    def _co2(self, now_ms):
        return 430 + 2 * self._dust(now_ms)

    def _voc_raw(self, now_ms):
        return 30_500 - 25 * self._dust(now_ms)

    def _nox_raw(self, now_ms):
        return 15_600 + 8 * self._dust(now_ms)

    def _shake(self, now_ms, axis):
        """A lorry crosses every half minute or so: five seconds of 8 Hz vibration, up to 15 mg."""
        slot = int(now_ms) // 30_000
        start_ms = slot * 30_000 + 20_000 * chance(self._seed, 3 * slot + axis)
        since_s = (now_ms - start_ms) / 1000
        if not 0 < since_s < 5:
            return 0.0
        return 0.015 * chance(self._seed, slot) * sin(pi * since_s / 5) * sin(2 * pi * (8 + axis) * since_s)

    def _x(self, now_ms):
        return self._shake(now_ms, 0)

    def _y(self, now_ms):
        return self._shake(now_ms, 1)

    def _z(self, now_ms):
        return 1 + self._shake(now_ms, 2)
