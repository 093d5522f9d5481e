"""INA219: voltage and current of a battery or a solar panel over I²C.

Source: Texas Instruments INA219 data sheet SBOS448G: §7.5 (conversion times), §8.5.1 (calibration), §8.6 (registers).
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import Absent, Garbled, NotReady, Silent, bus_error, option

# Table 2: registers.
_CONFIG = const(0)
_SHUNT = const(1)
_BUS = const(2)
_CALIBRATION = const(5)

# §8.6.2.1: configuration.
_RESET = const(0x8000)
_AFTER_RESET = const(0x399F)
_RANGES = const(0x3803)  # bus range 32 V, shunt range ±320 mV, shunt and bus triggered; the two ADC fields are to be added
_ADC = {1: 8, 2: 9, 4: 10, 8: 11, 16: 12, 32: 13, 64: 14, 128: 15}  # table 5: mean of so many 12-bit conversions

# §8.5.1, equation 1: the current register, whose overflow OVF reports, then counts as the shunt register does, by 10 µV.
# It is 0 after a reset, which tells a brown-out.
_CALIBRATED = const(4096)

# §8.6.3.2: bus voltage register; the voltage is in bits 15–3, by 4 mV.
_CNVR = const(2)
_OVF = const(1)
_UNUSED = const(4)

_SHUNT_LIMIT = const(32000)  # ±320 mV: at the end of the range it is more than that
_BUS_LIMIT = const(6500)  # 26 V, whatever the range ("Recommended operating conditions")

_SHUNTS = (1, 2, 4, 5, 8, 10, 20, 25, 40, 50, 100, 200, 250, 500, 1000)  # mΩ, of which 10 µV make whole µA


class Ina219:
    """Bus voltage, and the current through `shunt_mohm`: above 0 from IN+ to IN−. One measurement when asked."""

    NAME = "ina219"
    BUS = "i2c"
    CHANNELS = (("voltage", "V", -3, 4), ("current", "A", -6, 100))
    OPTIONS = {
        "address": (0x40, tuple(range(0x40, 0x50))),
        "shunt_mohm": (100, _SHUNTS),
        "samples": (16, (1, 2, 4, 8, 16, 32, 64, 128)),
    }
    WARMUP_MS = 0
    SERVICE_MS = 0

    def __init__(self, bus, options):
        self._bus = bus
        self._address = option(self, options, "address")
        self.CHANNELS = (("voltage", "V", -3, 4), ("current", "A", -6, 10000 // option(self, options, "shunt_mohm")))
        samples = option(self, options, "samples")
        self._config = _RANGES | _ADC[samples] << 7 | _ADC[samples] << 3
        self._converting_ms = (2 * 586 * samples + 999) // 1000  # §7.5: 586 µs at most, once for the shunt, once for the bus
        self._started_ms = None
        self._two = bytearray(2)

    def begin(self, now_ms):
        """Reset it and know it by what its configuration is then."""
        self._started_ms = None
        self._set(_CONFIG, _RESET)
        found = self._get(_CONFIG)
        if found != _AFTER_RESET:
            raise Absent("not an INA219 at {:#x}".format(self._address), found)
        self._set(_CALIBRATION, _CALIBRATED)
        return 0

    def start(self, now_ms):
        """Begin one measurement; returns how long it takes at most."""
        self._set(_CONFIG, self._config)
        self._started_ms = now_ms
        return self._converting_ms

    def read(self, now_ms):
        """Return voltage and current.

        Raises: NotReady until they are converted; Silent where that has no end; Garbled where its settings are lost.
        """
        if self._started_ms is None:
            raise NotReady("no measurement was started")
        bus = self._get(_BUS)
        config = self._get(_CONFIG)
        if config != self._config or bus & _UNUSED or self._get(_CALIBRATION) != _CALIBRATED:
            raise Garbled("the INA219 lost its settings", config)
        if not bus & _CNVR:
            since_ms = now_ms - self._started_ms
            if since_ms > 2 * self._converting_ms:
                raise Silent("the INA219 does not finish", since_ms)
            raise NotReady("it is still converting", 1)
        shunt = self._get(_SHUNT)
        if shunt & 0x8000:
            shunt -= 65536
        self._started_ms = None
        volts = bus >> 3
        lost = bus & _OVF or not -_SHUNT_LIMIT < shunt < _SHUNT_LIMIT
        return (volts if volts <= _BUS_LIMIT else None, None if lost else shunt)

    def _get(self, register):
        try:
            self._bus.readfrom_mem_into(self._address, register, self._two)
            return self._two[0] << 8 | self._two[1]
        except OSError as caught:
            error = caught
        raise bus_error(error, "INA219 at {:#x}".format(self._address))

    def _set(self, register, value):
        self._two[0] = value >> 8
        self._two[1] = value & 255
        try:
            self._bus.writeto_mem(self._address, register, self._two)
            return
        except OSError as caught:
            error = caught
        raise bus_error(error, "INA219 at {:#x}".format(self._address))
