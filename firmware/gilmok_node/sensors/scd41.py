"""SCD41 (also SCD40): carbon dioxide, temperature and relative humidity over I²C, measured every 5 s by itself.

Source: Sensirion SCD4x data sheet, version 1.3 (2022): §1 (performance), §3.4 (table 9, commands and times), §3.5–3.9.
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import Between, Garbled, NotReady, SensorError, option
from gilmok_node.sensors.sensirion import WordSensor, hundredths_celsius

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


class Scd41(WordSensor):
    """Carbon dioxide by photoacoustic absorption.

    `asc` is the automatic self-calibration, which takes the lowest value of each week for fresh air: 0 wherever the air is
    never fresh. Both settings live in RAM, so they are sent at every begin(), and a reset shows in that it stops measuring.
    """

    NAME = "scd41"
    # Resolution of the word; repeatability ±10 ppm, ±0.1 °C, ±0.4 % (tables 1–3).
    CHANNELS = (("co2", "[ppm]", 0), ("temperature", "Cel", -1), ("humidity", "%", -1))
    OPTIONS = {"altitude_m": (0, Between(0, 3000)), "asc": (1, (0, 1))}
    WARMUP_MS = 20_000  # stopped, tested and started after some 12 s, and 5 s to the first value
    SERVICE_MS = 500

    def __init__(self, bus, options):
        super().__init__(bus, 0x62, 3)  # §3: its only address
        # What follows the stop, one step a service: (command, argument or None, ms, words of the answer).
        self._steps = (
            (_SERIAL, None, _SHORT_MS, 3),
            (_SELF_TEST, None, _SELF_TEST_MS, 1),
            (_ALTITUDE, option(self, options, "altitude_m"), _SHORT_MS, 0),
            (_SELF_CALIBRATION, option(self, options, "asc"), _SHORT_MS, 0),
            (_START, None, 0, 0),
        )
        self._step = 0
        self._sent = False
        self._at = 0
        self._begun_ms = 0
        self._fresh_ms = 0  # when it last had a value, or began to measure
        self._asked = 0  # the command whose answer read() fetches
        self._error = None
        self.serial = None

    def begin(self, now_ms):
        """Stop it, whatever it did; returns the time until it listens again. Its self-test then takes 10 s of service."""
        self._step = 0
        self._sent = False
        self._error = None
        self._begun_ms = now_ms
        self._at = now_ms + _STOP_MS
        self.send(_STOP)
        return _STOP_MS

    def service(self, now_ms):
        """Take the next step on its way to measuring; later there is nothing to do."""
        if self._step == len(self._steps) or now_ms < self._at or self._error is not None:
            return
        try:
            self._advance(now_ms)
        except SensorError as error:
            self._error = error

    def start(self, now_ms):
        """Ask whether it has a value; returns the time until it says so."""
        self._fail()
        if self._step < len(self._steps):
            return 0
        self._ask(_DATA_READY)
        return _SHORT_MS

    def read(self, now_ms):
        """Return the newest value, all missing while it warms up.

        Raises: NotReady until there is a new one; Garbled where a CRC or the self-test fails, or where it stopped measuring
        (a brown-out); Absent; BusStuck.
        """
        self._fail()
        warming = now_ms - self._begun_ms < self.WARMUP_MS
        if self._step < len(self._steps) or (warming and now_ms - self._fresh_ms < _INTERVAL_MS):
            return (None, None, None)
        if self._asked == _DATA_READY:
            if self.receive(1) & 0x7FF == 0:  # §3.8.2: the lower 11 bits
                self._wait(now_ms)
            self._ask(_READ)
            raise NotReady("its value takes a moment", _SHORT_MS)
        if self._asked != _READ:
            self._ask(_DATA_READY)
            raise NotReady("its value takes a moment", _SHORT_MS)
        self._asked = 0
        self.receive(3)
        self._fresh_ms = now_ms
        return self._values()

    def _wait(self, now_ms):
        since_ms = now_ms - self._fresh_ms
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

    def _advance(self, now_ms):
        if self._sent:
            self._sent = False
            self._finish(self._steps[self._step])
            self._step += 1
            if self._step == len(self._steps):
                self._fresh_ms = now_ms
                self._asked = 0
                return
        command, argument, wait_ms, _ = self._steps[self._step]
        if argument is None:
            self.send(command)
        else:
            self.send(command, argument)
        self._sent = True
        self._at = now_ms + wait_ms

    def _finish(self, step):
        command, _, _, count = step
        if count and self.receive(count) and command == _SELF_TEST:
            raise Garbled("the self-test of the SCD41 failed", self.words[0])
        if command == _SERIAL:
            self.serial = tuple(self.words)

    def _ask(self, command):
        self._asked = 0
        self.send(command)
        self._asked = command

    def _fail(self):
        if self._error is not None:
            raise self._error
