"""Battery voltage through a divider at an input of the ESP32's own ADC.

Source: MicroPython documentation, machine.ADC.read_uv (calibrated); ESP-IDF programming guide v4.4, "ADC attenuation":
at 11 dB 150–2450 mV on the ESP32, 0–2500 mV on the ESP32-C3.
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import bus_error, option
from gilmok_node.sensors.between import Between

# What these chips have in common; below, an input that is not connected reads some ten millivolts.
_LOW_UV = const(150000)
_HIGH_UV = const(2450000)
_SAMPLES = const(16)  # 50 µs each (estimate); their mean takes the ADC's noise of some millivolts below a step


class Battery:
    """Voltage across both resistors of the divider, `divider_upper_kohm` from the battery, `divider_lower_kohm` to ground."""

    NAME = "battery"
    BUS = "adc"
    CHANNELS = (("voltage", "V", -2),)  # the calibration is good for about 1 %, so its step is 10 mV
    OPTIONS = {"divider_upper_kohm": (100, Between(0, 10000)), "divider_lower_kohm": (100, Between(1, 10000))}
    WARMUP_MS = 0
    SERVICE_MS = 0

    def __init__(self, bus, options):
        self._bus = bus
        self._lower = option(self, options, "divider_lower_kohm")
        self._both = option(self, options, "divider_upper_kohm") + self._lower

    def begin(self, now_ms):
        """See whether the ADC answers."""
        self._sample()
        return 0

    def start(self, now_ms):
        """Nothing to start: the ADC converts when it is read."""
        return 0

    def read(self, now_ms):
        """Return the voltage, missing where the ADC cannot tell it. Raises: BusStuck or Absent where the ADC fails."""
        total_uv = 0
        for _ in range(_SAMPLES):
            microvolts = self._sample()
            if not _LOW_UV <= microvolts <= _HIGH_UV:
                return (None,)
            total_uv += microvolts
        divisor = _SAMPLES * self._lower * 10000
        return ((total_uv * self._both + divisor // 2) // divisor,)

    def _sample(self):
        try:
            return self._bus.read_uv()
        except OSError as caught:
            error = caught
        raise bus_error(error, "the ADC")
