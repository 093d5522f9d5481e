"""The short mean of a signal's energy over the long one, recursive and classic, and the trigger that it raises."""

from array import array

from gilmok_wire.compat import const

MOST = const((1 << 25) - 1)  # of a sample's energy; more is clipped, and triggers all the same
_PRODUCT = const(1 << 21)  # of both windows' lengths
_NEAR = const(10)  # the remainders are worth less than this many units


class StaLta:
    """A trigger: on where STA ≥ on · LTA, off again where STA < off · LTA.

    `short` and `long` are in samples, `on` and `off` in sixteenths; `floor` is the least LTA that counts, for places quieter than
    the sensor. For `freeze` samples of a trigger, at most, the LTA stands still: a long event cannot hide itself, and a machine that
    was switched on for good ends its trigger some time. A classic trigger keeps all samples of both windows, a recursive one none.

    Exactness: a window's sum S over n samples is kept as q and r, S = n·q + r with |r| ≤ n/2, so q is the mean and nothing grows.
    Classic sums are exact, and so is the comparison. The recursive mean loses q instead of S/n, so it is off by at most half a unit,
    for which feed it enough steps: a noise of 32 steps has an energy of 1024, and ratios are within 0.05 % · (1 + ratio).
    Bounds: energy, q ≤ 2^25; r and what is divided < 2^26 + 2^21; on · (q >> 4) < 2^8 · 2^21 = 2^29; in the exact comparison
    (176 + 8 + 128) · 2^21 < 2^30.
    Source: obspy 1.5.1, obspy/signal/trigger.py: recursive_sta_lta (Evans and Allen, Withers et al. 1998), classic_sta_lta,
    trigger_onset; also from which sample on a ratio counts.
    """

    def __init__(self, short, long, on, off, freeze=0, floor=1, classic=False):
        if not (0 < short < long and short * long <= _PRODUCT):
            raise ValueError("windows of {} and {} samples: the short one first, their product at most {}".format(short, long, _PRODUCT))
        if not 0 < off <= on < 256:
            raise ValueError("thresholds {} and {} sixteenths: off must not be above on, on below 256".format(on, off))
        self._short, self._long, self._on, self._off = short, long, on, off
        self._freeze, self._floor = freeze, floor
        self._short_ring = array("i", bytearray(4 * short)) if classic else None
        self._long_ring = array("i", bytearray(4 * long)) if classic else None
        self.restart()

    def restart(self):
        """Forget what was: for a whole long window nothing triggers."""
        self.triggered = False
        self.sta = self.lta = 0
        self._short_rest = self._long_rest = self._short_at = self._long_at = self._held = 0
        classic = self._long_ring is not None
        self._warmup = self._long - 1 if classic else self._long
        self._first = not classic  # the recursive means begin with the second sample
        for ring in (self._short_ring, self._long_ring) if classic else ():
            for i in range(len(ring)):
                ring[i] = 0

    @property
    def ready(self):
        """Whether its windows are full."""
        return not self._warmup

    def add(self, energy):
        """Take a sample's energy, its square or the sum of three axes' squares; return whether it triggers. Cost: no allocation."""
        if energy > MOST:
            energy = MOST
        if self._first:
            self._first = False
            energy = 0
        self._add_short(energy)
        if not self.triggered or self._held >= self._freeze:
            self._add_long(energy)
        else:
            self._held += 1
        if self._warmup:
            self._warmup -= 1
        elif self.triggered:
            self.triggered = self._reaches(self._off)
        elif self._reaches(self._on):
            self.triggered = True
            self._held = 0
        return self.triggered

    def _add_short(self, energy):
        length, ring, leaving = self._short, self._short_ring, self.sta
        if ring is not None:
            at = self._short_at
            leaving = ring[at]
            ring[at] = energy
            at += 1
            self._short_at = at if at < length else 0
        rest = self._short_rest + energy - leaving
        step = (rest + (length >> 1)) // length
        self.sta += step
        self._short_rest = rest - step * length

    def _add_long(self, energy):
        length, ring, leaving = self._long, self._long_ring, self.lta
        if ring is not None:
            at = self._long_at
            leaving = ring[at]
            ring[at] = energy
            at += 1
            self._long_at = at if at < length else 0
        rest = self._long_rest + energy - leaving
        step = (rest + (length >> 1)) // length
        self.lta += step
        self._long_rest = rest - step * length

    def _reaches(self, sixteenths):
        """Return whether STA ≥ sixteenths/16 · LTA, exactly."""
        sta, lta, rest = self.sta, self.lta, self._long_rest
        if lta < self._floor:
            lta, rest = self._floor, 0
        low = sixteenths * (lta & 15)
        over = sta - sixteenths * (lta >> 4) - (low >> 4)
        if over >= _NEAR:
            return True
        if over <= -_NEAR or not (sta or self._short_rest):
            return False
        short, long = self._short, self._long
        return (16 * over - (low & 15)) * short * long + 16 * self._short_rest * long - sixteenths * rest * short >= 0
