"""Peak ground acceleration and velocity of three axes, from acceleration alone."""

from array import array

from gilmok_wire.compat import const

from gilmok_rules.biquad import Section
from gilmok_rules.scaling import multiply_divide

STEPS_PER_G = const(1 << 20)  # of every acceleration here: the clip of a Section is 2 g
_G_UM_S2 = 9806650  # standard gravity, ISO 80000-3
_SCALE_BITS = const(16)
# Below it, an accelerometer's noise and tilt would integrate to more than the motion; at 0.1 Hz a distant M7's velocity is still whole.
CORNER_HZ = 0.1


def velocity_scale(rate_hz, corner_hz=CORNER_HZ):
    """Return what a band step is worth: µm/s times 2^16."""
    from gilmok_rules.butterworth import HIGH, design, velocity_per_band  # 2 KB: the host computes this, a node is told

    [coefficients] = design(HIGH, corner_hz, rate_hz)
    return int(velocity_per_band(coefficients, rate_hz) * _G_UM_S2 / STEPS_PER_G * (1 << _SCALE_BITS) + 0.5)


class GroundMotion:
    """The largest acceleration and velocity of each axis since the last take().

    One second-order high-pass gives both: its high-pass output is the acceleration without gravity and drift, its band output the
    trapezoidal integral of that, times 2π·corner. For PPV of buildings take a corner of 1 Hz (DIN 4150-3 measures from there on).
    `coefficients` are the high-pass's, `scale` is its velocity_scale(); `chunk` is how many samples come at a time.
    Units: samples in 2^-20 g; acceleration in 10^-5 g (0.001 %g), velocity in µm/s.
    Error: Section's: 8 steps of acceleration are 0.8 · 10^-5 g; of velocity 2 steps, 0.03 mm/s at 0.1 Hz. Compared with floating
    point on real earthquakes in tests/rules/test_ground_motion.py.
    """

    def __init__(self, coefficients, scale, chunk=8):
        self._sections = (Section(coefficients), Section(coefficients), Section(coefficients))
        self._scale = scale
        self._bands = array("i", bytearray(4 * chunk))
        self._peaks = array("i", bytearray(4 * 6))

    def run(self, x, y, z):
        """Take a chunk of each axis, which become accelerations without gravity. Cost: no allocation."""
        self._run(0, x)
        self._run(1, y)
        self._run(2, z)

    def _run(self, axis, samples):
        bands, peaks = self._bands, self._peaks
        self._sections[axis].run(samples, bands)
        peaks[axis] = max(peaks[axis], max(samples), -min(samples))
        peaks[3 + axis] = max(peaks[3 + axis], max(bands), -min(bands))

    def lose(self):
        """Go on behind a hole: what was before it is no step; the peaks stay."""
        for section in self._sections:
            section.restart()

    def take(self):
        """Return (x, y, z) of the acceleration and of the velocity, and begin anew."""
        peaks = self._peaks
        found = tuple([self._acceleration(peak) for peak in peaks[:3]]), tuple([self._velocity(peak) for peak in peaks[3:]])
        self.begin()
        return found

    def begin(self):
        """Forget the peaks."""
        for i in range(6):
            self._peaks[i] = 0

    def pga(self):
        """Return the largest acceleration of the three."""
        return self._acceleration(max(self._peaks[0], self._peaks[1], self._peaks[2]))

    def pgv(self):
        """Return the largest velocity of the three."""
        return self._velocity(max(self._peaks[3], self._peaks[4], self._peaks[5]))

    def largest(self):
        """Return which axis has the largest acceleration."""
        x, y, z = self._peaks[0], self._peaks[1], self._peaks[2]
        if x >= y and x >= z:
            return 0
        return 1 if y >= z else 2

    def grown(self):
        """Return a number that grows with every peak."""
        return sum(self._peaks)  # of six below 2^25

    def _acceleration(self, peak):
        return multiply_divide(peak, 100000, STEPS_PER_G)

    def _velocity(self, peak):
        return multiply_divide(peak, self._scale, 1 << _SCALE_BITS)
