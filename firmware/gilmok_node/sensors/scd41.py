"""SCD41 (also SCD40): carbon dioxide, temperature and relative humidity over I²C, measured every 5 s by itself.

Source: Sensirion SCD4x data sheet, version 1.3 (2022): §1 (performance), §3.4 (table 9, commands and times), §3.5–3.9.
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import Garbled, NotReady, option
from gilmok_node.sensors.between import Between
from gilmok_node.sensors.sensirion import hundredths_celsius
from gilmok_node.sensors.stepped import SteppedSensor

# Table 9: commands.
_START = const(0x21B1)
_READ = const(0xEC05)
_STOP = const(0x3F86)
_ALTITUDE = const(0x2427)
_SELF_CALIBRATION = const(0x2416)
_DATA_READY = const(0xE4B8)
_SERIAL = const(0x3682)
_SELF_TEST = const(0x3639)

# Table 9: execution times at most; those of 1 ms with a tick that may just end.
_STOP_MS = const(500)
_SHORT_MS = const(2)
_SELF_TEST_MS = const(10_000)

_INTERVAL_MS = const(5000)  # §3.5.1: signal update interval
_LATE_MS = const(6000)  # its clock may be some per cent off; beyond this it has stopped measuring
_POLL_MS = const(250)  # while a value is awaited

# Table 1, 2, 3: output range of CO2 and specified range of the others; what lies outside is missing. 0 ppm is what stands
# in the register when only T and RH were measured.
_CO2_MAX = const(40_000)
_T_MIN = const(-1000)
_T_MAX = const(6000)


class Scd41(SteppedSensor):
    """Carbon dioxide by photoacoustic absorption.

    `asc` is the automatic self-calibration, which takes the lowest value of each week for fresh air: 0 wherever the air is
    never fresh. Both settings live in RAM, so they are sent at every begin(), and a reset shows in that it stops measuring.
    """

    NAME = "scd41"
    # Resolution of the word; repeatability ±10 ppm, ±0.1 °C, ±0.4 % (tables 1–3).
    CHANNELS = (("co2", "[ppm]", 0), ("temperature", "Cel", -1), ("humidity", "%", -1))
    OPTIONS = {"address": (0x62, (0x62,)), "altitude_m": (0, Between(0, 3000)), "asc": (1, (0, 1))}  # §3: its only address
    WARMUP_MS = 20_000  # stopped, tested and started after some 12 s, and 5 s to the first value

    def __init__(self, bus, options):
        steps = (
            (_SERIAL, None, _SHORT_MS, 3),
            (_SELF_TEST, None, _SELF_TEST_MS, 1),
            (_ALTITUDE, option(self, options, "altitude_m"), _SHORT_MS, 0),
            (_SELF_CALIBRATION, option(self, options, "asc"), _SHORT_MS, 0),
            (_START, None, 0, 0),
        )
        super().__init__(bus, option(self, options, "address"), 3, steps)
        self._begun_ms = 0
        self._asked = 0  # the command whose answer is to be fetched
        self._fresh_ms = None  # when it last had a value
        self.serial = None

    def begin(self, now_ms):
        """Stop it, whatever it did; returns the time until it listens again. Its self-test then takes 10 s of service."""
        self._begun_ms = now_ms
        self._asked = 0
        self._fresh_ms = None
        return self._restart(_STOP, now_ms, _STOP_MS)

    def start(self, now_ms):
        """Ask whether it has a value; returns the time until it says so."""
        if not self._is_set_up():
            return 0
        self._ask(_DATA_READY)
        return _SHORT_MS

    def read(self, now_ms):
        """Return the newest value, all missing while it warms up.

        Raises: NotReady until there is a new one; Garbled where a CRC or the self-test fails, or where it stopped measuring
        (a brown-out); Absent; BusStuck.
        """
        if not self._is_set_up():
            return (None, None, None)
        since_ms = now_ms - (self.set_up_ms if self._fresh_ms is None else self._fresh_ms)
        if since_ms < _INTERVAL_MS and now_ms - self._begun_ms < self.WARMUP_MS:
            return (None, None, None)
        if self._asked == _DATA_READY:
            if self.receive(1) & 0x7FF == 0:  # §3.8.2: the lower 11 bits
                self._wait(since_ms)
            self._ask(_READ)
            raise NotReady("its value takes a moment", _SHORT_MS)
        if self._asked != _READ:
            self._ask(_DATA_READY)
            raise NotReady("its value takes a moment", _SHORT_MS)
        self._asked = 0
        self.receive(3)
        self._fresh_ms = now_ms
        return self._values()

    def _wait(self, since_ms):
        if since_ms > _LATE_MS:
            raise Garbled("the SCD41 stopped measuring", since_ms)
        self._asked = 0
        raise NotReady("no new value yet", _POLL_MS)

    def _values(self):
        co2, ticks_t, ticks_rh = self.words
        temperature = hundredths_celsius(ticks_t)
        return (
            co2 if 0 < co2 <= _CO2_MAX else None,
            (temperature + 5) // 10 if _T_MIN <= temperature <= _T_MAX else None,
            (200 * ticks_rh + 6553) // 13107,  # §3.5.2: 100 % × ticks / 65535
        )

    def _ask(self, command):
        self._asked = 0
        self.send(command)
        self._asked = command

    def _took(self, command):
        if command == _SELF_TEST and self.words[0]:
            raise Garbled("the self-test of the SCD41 failed", self.words[0])
        if command == _SERIAL:
            self.serial = tuple(self.words)
