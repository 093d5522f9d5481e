"""A crack meter or other displacement sensor with a potentiometer, at two inputs of an ADS1115: wiper and excitation.

Both are measured against ground one right after the other, so that a drifting excitation cancels out. The wiper must be pulled
to ground (1 MΩ), else a broken wire floats to any value.

Source: ADS1113/4/5 data sheet SBAS444D §9.3.3 (resolution); the ends are this driver's own choice.
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.ads1115 import ADDRESS, GAIN, RATE, AnalogSensor, clipped
from gilmok_node.sensors.base import BadOption, Garbled, Silent, option
from gilmok_node.sensors.between import Between

# Within 1/200 of its ends a wiper is at its stop or off the track, or its wire is broken: the crack may be anywhere beyond.
_END = const(200)
_EXCITATION_UV = const(500000)  # below it a count of the reference is 2 ‰ and more: no excitation to speak of
_COUNTS = const(16384)  # of an excitation at half of full scale: what the stroke is resolved into
_STEPS = (1, 2, 5, 10, 20, 50, 100)  # µm


class CrackMeter(AnalogSensor):
    """Displacement from one end of the stroke, and the excitation it was compared with.

    `gain` in mV must exceed the excitation; `stroke_um` is the electrical stroke, from one end of the resistance to the other.
    """

    NAME = "crack_meter"
    CHANNELS = (("displacement", "mm", -3, 2), ("excitation", "V", -3))
    OPTIONS = {
        "address": ADDRESS,
        "input": (0, (0, 1, 2, 3)),
        "ref_input": (3, (0, 1, 2, 3)),
        "gain": (4096, GAIN),
        "rate": RATE,
        "stroke_um": (25000, Between(1000, 1000000)),
    }

    def __init__(self, bus, options):
        super().__init__(bus, options, ("input", "ref_input"))
        if self._configs[0] == self._configs[1]:
            raise BadOption("ref_input", option(self, options, "ref_input"), "those other than input")
        self._stroke_um = option(self, options, "stroke_um")
        self._step_um = [step for step in _STEPS if step * _COUNTS >= self._stroke_um][0]
        self.CHANNELS = (("displacement", "mm", -3, self._step_um), ("excitation", "V", -3))

    def _values(self, counts):
        wiper, reference = counts
        excitation_uv = self.microvolts(reference)
        if excitation_uv < _EXCITATION_UV:
            raise Silent("{} µV of excitation".format(excitation_uv), excitation_uv)
        if clipped(reference):
            raise Garbled("the excitation is beyond the gain of {} mV".format(self.gain_mv), excitation_uv)
        millivolts = (excitation_uv + 500) // 1000
        if wiper * _END < reference or (reference - wiper) * _END < reference:
            return (None, millivolts)
        divisor = reference * self._step_um
        return ((2 * wiper * self._stroke_um + divisor) // (2 * divisor), millivolts)
