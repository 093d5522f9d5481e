"""The earthquake trigger of a node: three axes through a band-pass, their energy into an STA/LTA."""

from array import array

from gilmok_wire.compat import const

from gilmok_rules.biquad import Filter, clip
from gilmok_rules.sta_lta import StaLta

# What local and regional shaking has in common and traffic's engines have not.
BAND_HZ = (1, 10)
# Half a second is a few periods of a P wave; ten seconds are 20 times that (obspy's tutorial: 5 to 20 times).
STA_S = 0.5
LTA_S = 10
ON = 64  # sixteenths: 4, where 33 min of OpenEEW's quiet, a running chainsaw and its ambience stay below 2.1
OFF = 24
FREEZE_S = 60  # a large earthquake is over by then; a machine that runs on is not
FLOOR = 50  # (27 µg)², less than any of our accelerometers' noise in this band
_DROP = const(2)  # filtered in 2^-20 g, squared in 2^-18 g: enough for the noise, and room up to _CLIP
_CLIP = const(3344)  # of an axis: 3 · 3344² < 2^25, 13 mg
_OLD = const(1 << 28)  # after 12 days at 250 Hz an age need not grow: it stays in 30 bits


def decimation(rate_hz):
    """Return how many samples, 1, 2, 4 or 8, are taken for one: at least 50 a second are left where there are as many."""
    every = 1
    while every < 8 and rate_hz >= 100 * every:
        every += every
    return every


class QuakeTrigger:
    """Says while it shakes. `sections` are a band-pass's at the rate that decimation(rate_hz) leaves; samples are in 2^-20 g.

    From 100 Hz on, 2, 4 or 8 samples are added up first, since ten hertz need no more than 50 samples a second: half the cost at
    250 Hz. That sum damps what folds into the band by 10 dB at least, at 250 Hz by 14, and the sensor's own filter did before.
    `chunk` is how many samples come at a time, a multiple of the decimation. Latency: a decimation, and the chunk that is waited for.
    Bounds: samples below 2^26, of which eight add up to 2^29; then those of Section and StaLta. The three squares are below 2^25,
    since axes are clipped at 13 mg, which wakes whoever sleeps.
    """

    def __init__(self, rate_hz, sections=None, on=ON, off=OFF, chunk=8):
        self._every = every = decimation(rate_hz)
        if chunk % every:
            raise ValueError("chunks of {} samples: a multiple of {} at {} Hz".format(chunk, every, rate_hz))
        rate_hz /= every
        if not sections:
            from gilmok_rules.butterworth import band_pass  # 2 KB: a node is told its sections

            sections = band_pass(BAND_HZ[0], BAND_HZ[1], rate_hz)
        self._filters = (Filter(sections), Filter(sections), Filter(sections))
        self._axes = tuple([array("i", bytearray(4 * (chunk // every))) for _ in range(3)])
        long, short = int(LTA_S * rate_hz + 0.5), int(STA_S * rate_hz + 0.5)
        self._trigger = StaLta(short, long, on, off, int(FREEZE_S * rate_hz), FLOOR)
        self.age = None  # how many samples ago the last trigger began; none before the first

    @property
    def triggered(self):
        """Whether it shakes."""
        return self._trigger.triggered

    @property
    def ready(self):
        """Whether it has heard a whole long window, before which nothing triggers."""
        return self._trigger.ready

    def run(self, x, y, z):
        """Take a chunk of each axis, which stays as it is; return whether it shakes. Cost: no allocation."""
        self._pass(0, x)
        self._pass(1, y)
        self._pass(2, z)
        trigger, every = self._trigger, self._every
        shaking = trigger.triggered
        x, y, z = self._axes
        self._grow(len(x) * every)
        for i in range(len(x)):
            a = x[i] >> _DROP
            b = y[i] >> _DROP
            c = z[i] >> _DROP
            if trigger.add(a * a + b * b + c * c) != shaking:
                shaking = not shaking
                if shaking:
                    self.age = (len(x) - 1 - i) * every + 1
        return shaking

    def lose(self, samples):
        """Go on behind a hole of so many samples: what was before it is no step, and the means stay."""
        for filter_ in self._filters:
            filter_.restart()
        self._grow(samples)

    def _grow(self, samples):
        if self.age is not None and self.age < _OLD:
            self.age += samples

    def _pass(self, axis, samples):
        """Bring a chunk's means into the axis' array, filtered and clipped."""
        kept, every = self._axes[axis], self._every
        at = 0
        if every == 4:  # the usual rates have it: written out, it takes half the time
            for i in range(0, len(samples), 4):
                kept[at] = (samples[i] + samples[i + 1] + samples[i + 2] + samples[i + 3]) >> 2
                at += 1
        else:
            for i in range(0, len(samples), every):
                total = samples[i]
                for k in range(i + 1, i + every):
                    total += samples[k]
                kept[at] = total // every
                at += 1
        self._filters[axis].run(kept)
        if max(kept) > _CLIP << _DROP or min(kept) < -_CLIP << _DROP:
            clip(kept, _CLIP << _DROP)
