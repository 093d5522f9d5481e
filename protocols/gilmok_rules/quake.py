"""The earthquake trigger of a node: three axes through a band-pass, their energy into an STA/LTA."""

from gilmok_wire.compat import const

from gilmok_rules.biquad import Filter, clip
from gilmok_rules.butterworth import band_pass
from gilmok_rules.sta_lta import StaLta

# What local and regional shaking has in common and traffic's engines have not.
BAND_HZ = (1, 10)
# Half a second is a few periods of a P wave; ten seconds are 20 times that (obspy's tutorial: 5 to 20 times).
STA_S = 0.5
LTA_S = 10
ON = 64  # sixteenths: 4, where 35 min of OpenEEW's quiet, a chainsaw and a handled box stay below 2.1
OFF = 24
FREEZE_S = 60  # a large earthquake is over by then; a machine that runs on is not
FLOOR = 50  # (27 µg)², less than any of our accelerometers' noise in this band
_DROP = const(2)  # filtered in 2^-20 g, squared in 2^-18 g: enough for the noise, and room up to _CLIP
_CLIP = const(3344)  # of an axis: 3 · 3344² < 2^25, 13 mg


class QuakeTrigger:
    """Says while it shakes. `sections` are a band-pass's; `rate_hz` is the rate of samples, in 2^-20 g.

    Bounds: those of Section and StaLta; the three squares are below 2^25, since axes are clipped at 13 mg, which shakes whoever feels it.
    """

    def __init__(self, rate_hz, sections=None, on=ON, off=OFF):
        sections = sections or band_pass(BAND_HZ[0], BAND_HZ[1], rate_hz)
        self._filters = (Filter(sections), Filter(sections), Filter(sections))
        long, short = int(LTA_S * rate_hz + 0.5), int(STA_S * rate_hz + 0.5)
        self._trigger = StaLta(short, long, on, off, int(FREEZE_S * rate_hz), FLOOR)
        self.samples = 0
        self.on_at = None  # the sample with which the last trigger began

    @property
    def triggered(self):
        """Whether it shakes."""
        return self._trigger.triggered

    def run(self, x, y, z):
        """Take a chunk of each axis, in place; return whether it shakes. Cost: no allocation."""
        for i in range(3):
            samples = x if i == 0 else y if i == 1 else z
            self._filters[i].run(samples)
            if max(samples) > _CLIP << _DROP or min(samples) < -_CLIP << _DROP:
                clip(samples, _CLIP << _DROP)
        trigger = self._trigger
        shaking = trigger.triggered
        for i in range(len(x)):
            a = x[i] >> _DROP
            b = y[i] >> _DROP
            c = z[i] >> _DROP
            if trigger.add(a * a + b * b + c * c) != shaking:
                shaking = not shaking
                if shaking:
                    self.on_at = self.samples + i
        self.samples += len(x)
        return shaking
