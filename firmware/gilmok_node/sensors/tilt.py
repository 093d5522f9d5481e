"""Static inclination from an ADXL355 on SPI: the direction of gravity, averaged as a vector over whole seconds.

Source: Analog Devices ADXL354/ADXL355 data sheet rev. C: table 1 (temperature sensor, sensitivity), registers TEMP2 and
TEMP1; application note AN-1057, "Triple-axis tilt calculation".
"""

import math

from gilmok_wire.compat import const

from gilmok_node.sensors.adxl355 import Chip
from gilmok_node.sensors.base import option
from gilmok_node.sensors.between import Between

_TEMP2 = const(0x06)  # its low half and 0x07 are twelve bits, not taken at the same moment
_PERIOD_MS = const(32)  # 31.25 Hz, which the chip filters down to 7.8 Hz of bandwidth
# Table 1: operating range, in 0.1 °C; what lies outside is a missing value.
_T_MIN = const(-400)
_T_MAX = const(1250)
_MILLIDEGREES = 180000 / math.pi


class Tilt(Chip):
    """Inclination of the axes x and y against the horizontal, positive where the axis points up.

    A mean is refused, its angles missing and its count 0, where an axis moved by more than `shake_mg` from end to end
    (the sensor's own noise is 0.5 mg), or where gravity is off by more than `g_percent` (table 1 allows a chip 8 %; a
    usual one has 1 %): what accelerates is not inclined.
    tilt_*_comp is tilt_* less drift_* (10^-6 °/°C, measured for this one sensor) times the temperature's distance from
    `reference` (0.1 °C).
    Rounded to 0.001°; single floats add 0.0001° at most. Noise of a second's mean: 0.001°.
    """

    NAME = "tilt"
    BUS = "spi"
    CHANNELS = (
        ("tilt_x", "deg", -3),
        ("tilt_y", "deg", -3),
        ("temperature", "Cel", -1),  # 9.05 LSB/°C
        ("tilt_x_comp", "deg", -3),
        ("tilt_y_comp", "deg", -3),
        ("samples", "1", 0),
    )
    OPTIONS = {
        "mean_s": (1, Between(1, 10)),
        "shake_mg": (10, Between(2, 500)),
        "g_percent": (5, Between(1, 20)),
        "drift_x": (0, Between(-100000, 100000)),
        "drift_y": (0, Between(-100000, 100000)),
        "reference": (250, Between(_T_MIN, _T_MAX)),
    }
    WARMUP_MS = 12000  # until the longest mean is there

    def __init__(self, bus, options):
        Chip.__init__(self, bus, _PERIOD_MS)
        self.SPAN_MS = 1000 * option(self, options, "mean_s")
        self.WARMUP_MS = self.SPAN_MS + 2000
        self._shake = option(self, options, "shake_mg") * 256
        self._g_percent = option(self, options, "g_percent")
        self._drifts = (option(self, options, "drift_x"), option(self, options, "drift_y"))
        self._reference = option(self, options, "reference")
        self._out_temperature = bytes((_TEMP2 << 1 | 1, 0, 0))
        self._temperature = bytearray(3)

    def _sum_up(self, x, y, z):
        temperature = self._measure_temperature()
        angles = self._measure_angles(x, y, z)
        self._worst = (
            angles[0],
            angles[1],
            temperature,
            self._compensate(angles[0], temperature, self._drifts[0]),
            self._compensate(angles[1], temperature, self._drifts[1]),
            0 if angles[0] is None else x.count,
        )

    def _measure_angles(self, *axes):
        """Return (x, y) in 0.001°, None where it is no inclination."""
        if max([axis.high - axis.low for axis in axes]) > self._shake:
            return None, None
        x, y, z = [axis.offset + axis.total / axis.count for axis in axes]
        g = math.sqrt(x * x + y * y + z * z) / self.SCALE[0]
        if abs(g - 1) * 100 > self._g_percent:
            return None, None
        return _angle(x, y, z), _angle(y, x, z)

    def _measure_temperature(self):
        """Return 0.1 °C, or None. The bytes are read twice: only where the high one stood still does the low one fit."""
        raw = self._temperature
        for _ in range(2):  # it changes every few ms at most
            self._device.transfer(self._out_temperature, raw)
            high, low = raw[1], raw[2]
            self._device.transfer(self._out_temperature, raw)
            if high == raw[1]:
                return _celsius((high & 15) << 8 | low)
        return None

    def _compensate(self, angle, temperature, drift):
        if angle is None or temperature is None:
            return None
        return angle - (drift * (temperature - self._reference) + 5000) // 10000


def _angle(axis, b, c):
    """Return the inclination of an axis in 0.001°, from the three components of gravity."""
    return math.floor(math.atan2(axis, math.sqrt(b * b + c * c)) * _MILLIDEGREES + 0.5)


def _celsius(raw):
    """Return 0.1 °C of the twelve bits (table 1: 1885 LSB at 25 °C, −9.05 LSB/°C), None outside the range."""
    temperature = 250 + ((1885 - raw) * 2000 + 905) // 1810
    return temperature if _T_MIN <= temperature <= _T_MAX else None
