"""MS5837: water pressure and temperature over I²C, up to 30 bar (-30BA) or 1.2 bar absolute (-02BA).

Source: TE Connectivity MS5837-30BA data sheet rev. C2 (12/2019) and MS5837-02BA data sheet (09/2017): "Commands",
"Conversion sequence", "Pressure and temperature calculation", "Second-order temperature compensation", "CRC".
"""

import struct

from gilmok_wire.compat import const

from gilmok_node.sensors.base import Absent, Garbled, NotReady, bus_error, option

# "Commands".
_RESET = const(0x1E)
_CONVERT_D1 = const(0x40)  # and twice the place of the oversampling in the table below
_CONVERT_D2 = const(0x50)
_READ_ADC = const(0x00)
_READ_PROM = const(0xA0)  # … 0xAC: seven words

_RESET_MS = const(10)  # reloads its PROM in 2.8 ms (secondary); 10 ms is what the manufacturer's own library waits
# Oversampling: maximum conversion time in ms, rounded up: 9.04 at 4096, 18.08 at 8192 ("Performance specifications").
# 8192 is missing in the 30BA's sheet since rev. C2; the sheet of 2015 and the 02BA's have it.
_OVERSAMPLING = (256, 512, 1024, 2048, 4096, 8192)
_TIMES_MS = (1, 2, 3, 5, 10, 19)

# "Version PROM word 0": bits 11–5; early parts of both have other values.
_VERSIONS = {0x1A: 30, 0x15: 2}

# Operating range, in steps of the channels: 0 to 30 bar, 10 to 1200 mbar, −20 to 85 °C.
_PRESSURES = {30: (0, 300000), 2: (1000, 120000)}
_T_MIN = const(-2000)
_T_MAX = const(8500)


class Compensation:
    """The PROM of one chip, and the formulae of the data sheets in their own symbols.

    Nothing relies on wrapping. Cost: some ten operations beyond 30 bits, as much as a BME280's: about 1 ms on an ESP32 (estimate).
    """

    def __init__(self, words, model):
        self.c = words  # C1 … C6 are self.c[1] … self.c[6]
        self.model = model

    def values(self, d1, d2):
        """Return P, in 10 Pa for the 30BA and in Pa for the 02BA, and TEMP in 0.01 °C."""
        _, c1, c2, c3, c4, c5, c6 = self.c
        fine = 1 if self.model == 2 else 0  # the 02BA's coefficients carry one bit more
        dt = d2 - (c5 << 8)
        temp = 2000 + ((dt * c6) >> 23)
        off = (c2 << 16 + fine) + ((c4 * dt) >> 7 - fine)
        sens = (c1 << 15 + fine) + ((c3 * dt) >> 8 - fine)
        ti, offi, sensi = self.second_order(dt, temp)
        p = (((d1 * (sens - sensi)) >> 21) - (off - offi)) >> 13 + 2 * fine
        return p, temp - ti

    def second_order(self, dt, temp):
        """Return Ti, OFFi and SENSi."""
        cold = (temp - 2000) * (temp - 2000)
        if self.model == 2:
            return ((11 * dt * dt) >> 35, (31 * cold) >> 3, (63 * cold) >> 5) if temp < 2000 else (0, 0, 0)
        if temp >= 2000:
            return (dt * dt) >> 36, cold >> 4, 0
        offi, sensi = (3 * cold) >> 1, (5 * cold) >> 3
        if temp < -1500:
            very_cold = (temp + 1500) * (temp + 1500)
            offi += 7 * very_cold
            sensi += 4 * very_cold
        return (3 * dt * dt) >> 33, offi, sensi


def crc4(data):
    """Return the checksum of a PROM: of all its bytes, its own four bits being 0, and two more zeros."""
    rest = 0
    for byte in data:
        rest ^= byte
        for _ in range(8):
            rest = (rest << 1) ^ 0x3000 if rest & 0x8000 else rest << 1
            rest &= 0xFFFF
    return rest >> 12


class Ms5837:
    """Absolute pressure and temperature, measured when asked: with the air above, which another sensor's pressure takes away."""

    NAME = "ms5837"
    BUS = "i2c"
    # The formulae's own steps, 0.1 mbar (30BA; its noise is 0.2 mbar), 0.01 mbar (02BA) and 0.01 °C.
    CHANNELS = (("pressure", "Pa", 1), ("temperature", "Cel", -2))
    OPTIONS = {"address": (0x76, (0x76,)), "model": (30, (30, 2)), "osr": (4096, _OVERSAMPLING)}
    WARMUP_MS = 0
    SERVICE_MS = 0

    def __init__(self, bus, options):
        self._bus = bus
        self._address = option(self, options, "address")
        self._model = option(self, options, "model")
        if self._model == 2:
            self.CHANNELS = (("pressure", "Pa", 0), ("temperature", "Cel", -2))
        place = _OVERSAMPLING.index(option(self, options, "osr"))
        self._convert_d1 = _CONVERT_D1 + 2 * place
        self._convert_d2 = _CONVERT_D2 + 2 * place
        self._converting_ms = _TIMES_MS[place]
        self._compensation = None
        self._due_ms = None  # when the conversion under way has ended
        self._d1 = None
        self._one = bytearray(1)
        self._two = bytearray(2)
        self._three = bytearray(3)

    def begin(self, now_ms):
        """Reset it, also out of a conversion; returns the time it takes to load its PROM."""
        self._compensation = None
        self._due_ms = None
        self._command(_RESET)
        return _RESET_MS

    def start(self, now_ms):
        """Begin with the pressure; returns how long it takes."""
        if self._compensation is None:
            self._compensation = self._calibration()
        self._d1 = None
        return self._convert(self._convert_d1, now_ms)

    def read(self, now_ms):
        """Return both values once pressure and then temperature are converted.

        Raises: NotReady until then; Garbled where a conversion or the calibration is gone; Absent; BusStuck.
        """
        if self._due_ms is None:
            raise NotReady("no measurement was started")
        if now_ms < self._due_ms:  # asking the chip now would spoil the result ("Conversion sequence")
            raise NotReady("it is still converting", self._due_ms - now_ms)
        self._due_ms = None
        self._fetch(_READ_ADC, self._three)
        value = self._three[0] << 16 | self._three[1] << 8 | self._three[2]
        if not value or value == 0xFFFFFF:  # 0: nothing was converted, so it was reset since
            raise Garbled("the MS5837 lost its conversion", value)
        if self._d1 is None:
            self._d1 = value
            raise NotReady("the temperature is to be converted", self._convert(self._convert_d2, now_ms))
        self._fetch(_READ_PROM, self._two)  # a conversion has no checksum: at least the line is sound and the chip the same
        if self._two[0] << 8 | self._two[1] != self._compensation.c[0]:
            raise Garbled("the MS5837 answers otherwise than before", self._two[0])
        return self._values(self._d1, value)

    def _values(self, d1, d2):
        pressure, temperature = self._compensation.values(d1, d2)
        if not _T_MIN <= temperature <= _T_MAX:
            return (None, None)  # the pressure is compensated by it
        low, high = _PRESSURES[self._model]
        return (pressure if low <= pressure <= high else None, temperature)

    def _calibration(self):
        data = bytearray(16)
        for i in range(7):
            self._fetch(_READ_PROM + 2 * i, self._two)
            data[2 * i : 2 * i + 2] = self._two
        words = struct.unpack_from(">7H", data)
        data[0] &= 0x0F
        if crc4(data) != words[0] >> 12:
            raise Garbled("the checksum of its calibration fails", words[0])
        if 0 in words[1:]:
            raise Garbled("the calibration is blank", words[0])
        version = words[0] >> 5 & 0x7F
        if _VERSIONS.get(version, self._model) != self._model:
            raise Absent("this MS5837 is a {:02d}BA".format(_VERSIONS[version]), version)
        return Compensation(words, self._model)

    def _convert(self, command, now_ms):
        self._command(command)
        self._due_ms = now_ms + self._converting_ms
        return self._converting_ms

    def _command(self, command):
        try:
            self._one[0] = command
            self._bus.writeto(self._address, self._one)
            return
        except OSError as caught:
            error = caught
        raise bus_error(error, "MS5837 at {:#x}".format(self._address))

    def _fetch(self, command, buffer):
        self._command(command)
        try:
            self._bus.readfrom_into(self._address, buffer)
            return
        except OSError as caught:
            error = caught
        raise bus_error(error, "MS5837 at {:#x}".format(self._address))
