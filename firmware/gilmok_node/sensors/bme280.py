"""BME280: temperature, air pressure and relative humidity over I²C, one forced measurement at a time.

Source: Bosch BME280 data sheet BST-BME280-DS002 rev. 1.6: §4.2 (compensation), §5 (registers), §9.1 (measurement time).
"""

import struct

from gilmok_wire.compat import const

from gilmok_node.sensors.base import Absent, Garbled, NotReady, bus_error, option

# Table 18: memory map.
_CALIB_LOW = const(0x88)  # … 0xA1: dig_T1 to dig_P9, a reserved byte, dig_H1
_ID = const(0xD0)
_RESET = const(0xE0)
_CALIB_HIGH = const(0xE1)  # … 0xE7: dig_H2 to dig_H6
_CTRL_HUM = const(0xF2)
_STATUS = const(0xF3)
_CTRL_MEAS = const(0xF4)
_CONFIG = const(0xF5)

_CHIP_ID = const(0x60)  # §5.4.1
_RESET_WORD = const(0xB6)  # §5.4.2
_MEASURING = const(0x08)  # §5.4.4
_IM_UPDATE = const(0x01)  # §5.4.4: the calibration is being copied from its non-volatile memory
_FORCED = const(1)  # table 25
_STARTUP_MS = const(3)  # table 1: 2 ms at most, and a tick that may just end
_NEVER_MEASURED = const(0x80000)  # table 18: reset value of the pressure and the temperature registers

# Table 20, 23, 24: times of oversampling and their code.
_CODES = {1: 1, 2: 2, 4: 3, 8: 4, 16: 5}

# Table 1: operating range; what lies outside is a missing value.
_T_MIN = const(-4000)
_T_MAX = const(8500)
_P_MIN = const(30000)
_P_MAX = const(110000)


class Compensation:
    """The trimming values of one chip, and the integer formulae of §4.2.3 in the data sheet's own symbols.

    Pressure is the 64-bit formula, exact to a fraction of a pascal. Nothing relies on wrapping: inside the operating
    range no C type would have overflowed.
    Cost: some thirty operations beyond 30 bits, for which a 32-bit chip takes heap: about 1 ms a reading on an ESP32
    (estimate: 28 000 instructions on a 64-bit desk).
    """

    def __init__(self, low, high):
        t1, t2, t3, p1, p2, p3, p4, p5, p6, p7, p8, p9, h1 = struct.unpack("<HhhHhhhhhhhhxB", low)
        h2, h3, e4, e5, e6, h6 = struct.unpack("<hBbBbb", high)
        self.dig_t = (t1, t2, t3)
        self.dig_p = (p1, p2, p3, p4, p5, p6, p7, p8, p9)
        # Table 16: H4 and H5 share the nibbles of 0xE5.
        self.dig_h = (h1, h2, h3, e4 * 16 + (e5 & 15), e6 * 16 + (e5 >> 4), h6)

    def t_fine(self, adc_t):
        """Return the fine temperature that the other two formulae need; (5 × it + 128) >> 8 is in 0.01 °C."""
        t1, t2, t3 = self.dig_t
        var1 = (((adc_t >> 3) - (t1 << 1)) * t2) >> 11
        fine = (adc_t >> 4) - t1
        return var1 + ((((fine * fine) >> 12) * t3) >> 14)

    def pressure(self, adc_p, t_fine):
        """Return the pressure in 1/256 Pa, or None where the formula divides by zero."""
        p1, p2, p3, p4, p5, p6, p7, p8, p9 = self.dig_p
        var1 = t_fine - 128000
        var2 = var1 * var1 * p6 + ((var1 * p5) << 17) + (p4 << 35)
        var1 = ((var1 * var1 * p3) >> 8) + ((var1 * p2) << 12)
        var1 = (((1 << 47) + var1) * p1) >> 33
        if not var1:
            return None
        p = (((1048576 - adc_p) << 31) - var2) * 3125 // var1
        var1 = (p9 * (p >> 13) * (p >> 13)) >> 25
        return ((p + var1 + ((p8 * p) >> 19)) >> 8) + (p7 << 4)

    def humidity(self, adc_h, t_fine):
        """Return the relative humidity in 1/1024 %."""
        h1, h2, h3, h4, h5, h6 = self.dig_h
        x = t_fine - 76800
        gain = (((x * h6) >> 10) * (((x * h3) >> 11) + 32768)) >> 10
        x = (((adc_h << 14) - (h4 << 20) - h5 * x + 16384) >> 15) * (((gain + 2097152) * h2 + 8192) >> 14)
        x -= ((((x >> 15) * (x >> 15)) >> 7) * h1) >> 4
        return min(max(x, 0), 419430400) >> 12


class Bme280:
    """Temperature, pressure and humidity, each measured when asked.

    The default oversampling is that of §3.5.3 (indoor navigation) without its filter: 1.3 Pa of noise for 47 ms.
    """

    NAME = "bme280"
    BUS = "i2c"
    # Output resolution 0.01 °C (table 4); pressure noise 1.3 Pa, humidity noise 0.07 %RH at these settings (§3.6).
    CHANNELS = (("temperature", "Cel", -2), ("pressure", "Pa", 0), ("humidity", "%", -1))
    OPTIONS = {
        "address": (0x76, (0x76, 0x77)),
        "osrs_t": (2, (1, 2, 4, 8, 16)),
        "osrs_p": (16, (1, 2, 4, 8, 16)),
        "osrs_h": (1, (1, 2, 4, 8, 16)),
    }
    WARMUP_MS = 0
    SERVICE_MS = 0

    def __init__(self, bus, options):
        self._bus = bus
        self._address = option(self, options, "address")
        times = [option(self, options, name) for name in ("osrs_t", "osrs_p", "osrs_h")]
        self._ctrl_meas = _CODES[times[0]] << 5 | _CODES[times[1]] << 2
        self._ctrl_hum = _CODES[times[2]]
        # §9.1, maximum: 1.25 ms, 2.3 ms a measurement, 0.575 ms more for pressure and for humidity; rounded up.
        self._measuring_ms = (1250 + 2300 * sum(times) + 2 * 575 + 999) // 1000
        self._compensation = None
        self._one = bytearray(1)
        self._data = bytearray(13)

    def begin(self, now_ms):
        """Check that it is a BME280 and reset it; returns its start-up time."""
        self._compensation = None
        chip_id = self._get(_ID)
        if chip_id != _CHIP_ID:
            raise Absent("not a BME280 at {:#x}: its id is {:#x}".format(self._address, chip_id), chip_id)
        self._set(_RESET, _RESET_WORD)
        return _STARTUP_MS

    def start(self, now_ms):
        """Begin one measurement; returns how long it takes at most."""
        if self._compensation is None:
            self._configure()
        self._set(_CTRL_MEAS, self._ctrl_meas | _FORCED)
        return self._measuring_ms

    def read(self, now_ms):
        """Return what the last measurement found.

        Raises: NotReady while it is measuring; Garbled where its settings are not what they were (a brown-out, a bad
        line); Absent; BusStuck.
        """
        if self._compensation is None:
            raise NotReady("no measurement was started")
        data = self._data
        self._fetch(_CTRL_HUM, data)  # one burst, so that all values are of one measurement (§4.1)
        if data[1] & _MEASURING:
            raise NotReady("it is still measuring", 1)
        if data[0] & 7 != self._ctrl_hum or data[2] != self._ctrl_meas or data[3]:
            raise Garbled("the BME280 lost its settings", data[2])
        return self._values(data)

    def _values(self, data):
        adc_p = data[5] << 12 | data[6] << 4 | data[7] >> 4
        adc_t = data[8] << 12 | data[9] << 4 | data[10] >> 4
        # Either may pass through its reset value, which at 20-odd °C is an ordinary reading; both at once do not.
        if adc_t == _NEVER_MEASURED and adc_p == _NEVER_MEASURED:
            return (None, None, None)
        t_fine = self._compensation.t_fine(adc_t)
        temperature = (t_fine * 5 + 128) >> 8
        if not _T_MIN <= temperature <= _T_MAX:
            return (None, None, None)  # the others are compensated by it
        pressure = self._compensation.pressure(adc_p, t_fine)
        if pressure is not None:
            pressure = (pressure + 128) >> 8
            if not _P_MIN <= pressure <= _P_MAX:
                pressure = None
        humidity = self._compensation.humidity(data[11] << 8 | data[12], t_fine)
        return (temperature, pressure, (humidity * 10 + 512) >> 10)

    def _configure(self):
        if self._get(_STATUS) & _IM_UPDATE:
            raise NotReady("it is still starting up", 1)
        low, high = bytearray(26), bytearray(7)
        self._fetch(_CALIB_LOW, low)
        self._fetch(_CALIB_HIGH, high)
        compensation = Compensation(low, high)
        if compensation.dig_t[0] in (0, 0xFFFF) or compensation.dig_p[0] in (0, 0xFFFF):
            raise Garbled("the calibration is blank", compensation.dig_t[0])
        self._set(_CONFIG, 0)  # no filter: readings are too far apart for it to mean anything
        self._set(_CTRL_HUM, self._ctrl_hum)  # comes into effect with the next write of ctrl_meas (§5.4.3)
        self._compensation = compensation

    def _fetch(self, register, buffer):
        try:
            self._bus.readfrom_mem_into(self._address, register, buffer)
            return
        except OSError as caught:
            error = caught
        raise bus_error(error, "BME280 at {:#x}".format(self._address))

    def _get(self, register):
        self._fetch(register, self._one)
        return self._one[0]

    def _set(self, register, value):
        self._one[0] = value
        try:
            self._bus.writeto_mem(self._address, register, self._one)
            return
        except OSError as caught:
            error = caught
        raise bus_error(error, "BME280 at {:#x}".format(self._address))
