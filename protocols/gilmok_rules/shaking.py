"""The detector "quake": whether the ground shakes, how strongly, and whether it is the ground at all."""

from gilmok_wire.compat import const

from gilmok_rules.detector import Detector
from gilmok_rules.frequency import Frequency
from gilmok_rules.ground_motion import GroundMotion
from gilmok_rules.intensity import local_instrumental_level
from gilmok_rules.quake import QuakeTrigger

_WINDOW_MS = const(500)  # of a frequency: 15 periods of the slowest machine
_PATIENCE = const(16)  # windows after which three crossings have not come: slower than 0.4 Hz
_QUIET_MS = const(1000)
_CROSSINGS = const(2)
_FINE = const(524)  # 0.5 mg: what crosses zero within it is noise, 0.2 mg RMS at 250 Hz
_QUIET = (0, 0, 0, 0, None)


class Quake(Detector):
    """An earthquake's trigger, and its peaks and its local instrumental level since the trigger went on.

    `level` is 0 while nothing shakes, and until the first frequency is known, half a second at least: three crossings of zero, so that
    a step or a single knock has none. What shakes faster than `fastest` (0.1 Hz) is a machine beside the node and not the ground: its
    windows count for nothing, and the peaks begin anew behind them. Otherwise the level only rises.
    `frequency` is that of the axis that moves most.
    Parameters, as gilmok_site.detector_parameters makes them: the trigger's band-pass, the high-pass of PGA and PGV, its
    velocity_scale, both thresholds, `fastest`, and how many samples are judged at a time.
    """

    KIND = "quake"
    CHANNELS = (("shaking", "1", 0), ("pga", "[g]", -5), ("pgv", "mm/s", -3), ("level", "1", 0), ("frequency", "Hz", -1))

    def __init__(self, name, steps, period_ms, parameters):
        band, ground, scale, on, off, fastest, chunk = parameters
        Detector.__init__(self, name, steps, chunk)
        self._trigger = QuakeTrigger(1000 / period_ms, band, on, off, chunk)
        self._motion = GroundMotion(ground, scale, chunk)
        self._frequencies = (Frequency(_FINE), Frequency(_FINE), Frequency(_FINE))
        self._rate_mhz = 1000000 // period_ms
        self._fastest = fastest
        self._window = _WINDOW_MS // period_ms
        self._second = _QUIET_MS // period_ms
        self._taken = self._windows = self._grown = self._level = 0
        self._frequency = None
        self._is_ground = self._changed = False

    def _run(self, tick_ms):
        x, y, z = self._axes
        shaking = self._trigger.run(x, y, z)
        began = shaking and not self.busy
        if began:
            self._begin()
        self._motion.run(x, y, z)
        self._taken += self._chunk
        if self.busy:
            self._follow(tick_ms, began, shaking)
        elif self._taken >= self._second and self._trigger.ready:
            self._taken = 0
            self._tell(tick_ms, _QUIET, self.values is None)

    def _lose(self, samples):
        self._trigger.lose(samples)
        self._motion.lose()

    def _begin(self):
        self.busy = True
        self._is_ground = False
        self._frequency = None
        self._level = 0
        for frequency in self._frequencies:
            frequency.take(1)
        self._begin_window(True)

    def _begin_window(self, anew):
        self._taken = self._windows = 0
        if anew:
            self._motion.begin()
            self._grown = 0

    def _follow(self, tick_ms, began, shaking):
        """Look at a chunk of what shakes."""
        x, y, z = self._frequencies
        x.run(self._axes[0])
        y.run(self._axes[1])
        z.run(self._axes[2])
        looked = self._taken >= self._window
        was = self._level
        machine = looked and self._look()
        if self._is_ground and not machine:
            self._rise()
        if began or looked or self._level > was or not shaking:
            self._tell(tick_ms, self._shaking(), began or self._level > was or self._changed or not shaking)
            self._changed = False
        if machine:
            self._begin_window(True)
        if not shaking:
            self.busy = False
            self._taken = 0
            self._tell(tick_ms, _QUIET, True)

    def _look(self):
        """At the end of a window, take the frequency; return whether that was a machine."""
        self._windows += 1
        self._taken = 0
        moved = self._frequencies[self._motion.largest()]
        if moved.crossings <= _CROSSINGS and self._windows < _PATIENCE:
            return False
        frequency = moved.take(self._rate_mhz)
        for other in self._frequencies:
            other.take(1)
        self._windows = 0
        if frequency is None:
            return False
        self._frequency = (frequency + 50) // 100
        ground = self._frequency <= self._fastest
        self._changed = ground != self._is_ground
        self._is_ground = ground
        return not ground

    def _rise(self):
        """Raise the level to that of the peaks, where these have grown."""
        grown = self._motion.grown()
        if grown != self._grown:
            self._grown = grown
            self._level = max(self._level, local_instrumental_level(self._motion.pga(), self._motion.pgv()))

    def _shaking(self):
        return 1, self._motion.pga(), self._motion.pgv(), self._level, self._frequency
