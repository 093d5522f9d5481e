"""A 4–20 mA transmitter (level probe, gas or tunnel transmitter, …) through a shunt at an input of an ADS1115.

Source: NAMUR NE 43 (2021): 3.8–20.5 mA carry the measured value, below 3.6 mA and above 21 mA the transmitter or its line
has failed (limits as in two secondary texts; the recommendation itself is not public).
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.ads1115 import ADDRESS, ANY_INPUT, GAIN, RATE, AnalogSensor
from gilmok_node.sensors.base import BadOption, Garbled, Silent, option
from gilmok_node.sensors.between import Between

# NE 43, in µA.
_BROKEN = const(3600)
_LOW = const(3800)
_HIGH = const(20500)
_OVER = const(21000)

_NAME_LENGTH = const(14)
_NAME_AND_UNIT = const(20)
_FAR = const(1 << 28)  # what a channel's integers must stay below, with the 3 % beyond 20 mA


class Described:
    """Allowed values of the option that says what is measured: [name, UCUM unit, exponent]."""

    def __contains__(self, value):
        if not isinstance(value, (list, tuple)) or len(value) != 3:
            return False
        name, unit, exponent = value
        if not isinstance(name, str) or not isinstance(unit, str) or not isinstance(exponent, int):
            return False
        return 0 < len(name) <= _NAME_LENGTH and len(name) + len(unit) <= _NAME_AND_UNIT and name != "current" and -9 <= exponent <= 9

    def __repr__(self):
        return "[name, unit, exponent]"


class CurrentLoop(AnalogSensor):
    """The measured quantity, linear from `at_4ma` to `at_20ma` in the channel's own step, beside the current itself.

    `shunt_mohm` is the shunt in mΩ: 100 Ω at a gain of 4096 mV gives 1.25 µA a count. `gain` must reach to 21 mA.
    """

    NAME = "current_loop"
    CHANNELS = (("level", "m", -3), ("current", "A", -6))
    OPTIONS = {
        "address": ADDRESS,
        "input": (0, ANY_INPUT),
        "gain": (4096, GAIN),
        "rate": RATE,
        "shunt_mohm": (100000, Between(1000, 300000)),
        "channel": (CHANNELS[0], Described()),
        "at_4ma": (0, Between(-_FAR, _FAR)),
        "at_20ma": (5000, Between(-_FAR, _FAR)),
    }

    def __init__(self, bus, options):
        super().__init__(bus, options, ("input",))
        self._shunt_mohm = option(self, options, "shunt_mohm")
        if self.gain_mv * 1000 < 21 * self._shunt_mohm:
            raise BadOption("gain", self.gain_mv, "those beyond 21 mA × {} mΩ".format(self._shunt_mohm))
        self._at_4ma = option(self, options, "at_4ma")
        self._span = option(self, options, "at_20ma") - self._at_4ma
        if not self._span:
            raise BadOption("at_20ma", self._at_4ma, "those other than at_4ma")
        self.CHANNELS = (tuple(option(self, options, "channel")), ("current", "A", -6))

    def _values(self, counts):
        micro_amps = (self.microvolts(counts[0]) * 2000 + self._shunt_mohm) // (2 * self._shunt_mohm)
        if micro_amps < _BROKEN:
            raise Silent("{} µA: the loop is broken or its transmitter failed".format(micro_amps), micro_amps)
        if micro_amps > _OVER:
            raise Garbled("{} µA: a short, or the transmitter failed".format(micro_amps), micro_amps)
        if not _LOW <= micro_amps <= _HIGH:
            return (None, micro_amps)
        return (self._at_4ma + ((micro_amps - 4000) * self._span + 8000) // 16000, micro_amps)
