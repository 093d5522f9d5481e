"""Second-order sections in integers: a high-pass, a low-pass, and beside either the integral of what a high-pass passes."""

from gilmok_wire.compat import const

LIMIT = const(1 << 21)  # samples are clipped to it: 20 bits of counts and two for fractions
_LIMB = const(11)
_MASK = const(2047)
_A_SHIFT = const(4)  # A_BITS − _LIMB
_M_SHIFT = const(1)  # M_BITS − _LIMB
_HIGH = const(0)


class Section:
    """One section in state-variable form: two trapezoidal integrators in a loop, so that low corners need no long coefficients.

    `coefficients` are one of `butterworth.design`. The first sample is taken for the level before it, so gravity is no step.
    Units: output in the steps of the input. Error against exact arithmetic: 8 steps and a 4096th of the largest sample;
    for corners above a fifth of the rate, where A is short, 32 steps and a 1024th.
    Bounds: |x| ≤ 2^21. For every corner and Q that design() gives, the sums of the impulse responses' magnitudes keep h, b, l and both
    integrators below 8 · 2^21 = 2^24; u = h / A stays below 2^26. Products: m < 2^15 and g < 2^15 times (v >> 11) < 2^13 are below
    2^28, a times (u >> 11) is h · 2^4 and so below 2^28, lower halves are below 2^26, a remainder is below 2^17: sums below 2^29.
    tests/rules/test_biquad.py drives each state to its worst and watches every operation.
    Source: V. Zavalishin, The Art of VA Filter Design, rev. 2.1.0 (2018), section 4.
    """

    def __init__(self, coefficients):
        self._coefficients = coefficients
        self.restart()

    def restart(self):
        """Forget what was; the next sample is the level from which it goes on."""
        self._fresh = True
        self._s1 = self._s2 = self._rest1 = self._rest2 = 0

    def run(self, samples, bands=None):  # hot loop
        """Filter an array of samples in place; where `bands` is given, the band output goes there. Cost: no allocation."""
        if max(samples) > LIMIT or min(samples) < -LIMIT:
            clip(samples, LIMIT)
        kind, a, m, g, shift = self._coefficients
        shift -= _LIMB
        mask = (1 << shift) - 1
        if self._fresh:
            self._fresh = False
            self._s2 = samples[0]
        s1, s2 = self._s1, self._s2  # four at once would make a tuple
        rest1, rest2 = self._rest1, self._rest2
        for i in range(len(samples)):
            # h = (x − s2 − (g + k)·s1) / (1 + g·(g + k))
            u = samples[i] - s2 - ((m * (s1 >> _LIMB) + (m * (s1 & _MASK) >> _LIMB)) >> _M_SHIFT)
            h = (a * (u >> _LIMB) + (a * (u & _MASK) >> _LIMB)) >> _A_SHIFT
            # Each integrator keeps the remainder of its step: lost, it would add up to an offset of 1/g steps.
            step = g * (h >> _LIMB) + (g * (h & _MASK) >> _LIMB) + rest1
            rest1 = step & mask
            step >>= shift
            b = s1 + step
            s1 = b + step
            step = g * (b >> _LIMB) + (g * (b & _MASK) >> _LIMB) + rest2
            rest2 = step & mask
            step >>= shift
            samples[i] = h if kind == _HIGH else s2 + step
            s2 += step + step
            if bands is not None:
                bands[i] = b
        self._s1 = s1
        self._s2 = s2
        self._rest1 = rest1
        self._rest2 = rest2


class Filter:
    """Sections one after the other."""

    def __init__(self, sections):
        self._sections = [Section(coefficients) for coefficients in sections]

    def restart(self):
        """Forget what was."""
        for section in self._sections:
            section.restart()

    def run(self, samples):
        """Filter an array of samples in place. Cost: no allocation."""
        for section in self._sections:
            section.run(samples)


def clip(samples, limit):
    """Bring every sample into ±limit, in place."""
    for i in range(len(samples)):
        value = samples[i]
        if value > limit:
            samples[i] = limit
        elif value < -limit:
            samples[i] = -limit
