"""SGP41: raw signals of volatile organic compounds and of nitrogen oxides over I²C, measured once a second.

Source: Sensirion SGP41 data sheet, version 1.0 (2021): §1 (performance), §3.1 (conditioning), §4.2 to §4.5 (commands); the
compensation's defaults as in SGP40 data sheet 1.0, table 10.
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import SensorError, Stuck
from gilmok_node.sensors.sensirion import WordSensor

# §4: commands.
_CONDITION = const(0x2612)  # 50 ms, answers the VOC signal
_MEASURE = const(0x2619)  # 50 ms, answers the VOC and the NOx signal
_SELF_TEST = const(0x280E)
_HEATER_OFF = const(0x3615)

_SELF_TEST_MS = const(321)  # 320 ms, and a tick that may just end
_FAILED = const(0x0F)  # self-test: bit 0 is the VOC pixel, bit 1 the NOx pixel; the high byte says nothing

# Humidity and temperature as ticks: 50 % and 25 °C, with which the chip compensates nothing.
_HUMIDITY = const(0x8000)
_TEMPERATURE = const(0x6666)

# §3.1: to be conditioned for 10 s, and for no longer, which would damage the NOx pixel. With a second to spare.
_CONDITIONING_MS = const(9000)

# §1, tables 1 and 2, switch-on behaviour: events are told reliably after 60 s and 300 s (secondary).
_VOC_MS = const(60_000)
_NOX_MS = const(300_000)

# What the gas index algorithm of Sensirion takes for a signal (secondary).
_RAW_MAX = const(64_999)


class Sgp41(WordSensor):
    """Raw signals, proportional to the logarithm of a resistance: they fall as gases rise, and mean nothing by themselves.

    It measures each second, whatever the period: pauses would cool its hotplates and shift the signals.
    """

    NAME = "sgp41"
    CHANNELS = (("voc_raw", "1", 0), ("nox_raw", "1", 0))
    OPTIONS = {}
    WARMUP_MS = _NOX_MS
    SERVICE_MS = 1000

    def __init__(self, bus, options):
        super().__init__(bus, 0x59, 2)  # §4: its only address
        self._begun_ms = 0
        self._asked = 0  # the command whose answer comes next
        self._conditioned_ms = None  # since when it is being conditioned
        self._voc = self._nox = None
        self._error = None

    def begin(self, now_ms):
        """Have it test itself; returns the time that takes."""
        self.send(_SELF_TEST)
        self._asked = _SELF_TEST
        self._begun_ms = now_ms
        self._conditioned_ms = None
        self._voc = self._nox = None
        self._error = None
        return _SELF_TEST_MS

    def service(self, now_ms):
        """Fetch the last second's signals and begin the next."""
        if self._error is not None:
            return
        try:
            self._take()
            self._ask(now_ms)
        except SensorError as error:
            self._error = error
            self._cool()

    def start(self, now_ms):
        """Nothing to start: it is measured once a second."""
        return 0

    def read(self, now_ms):
        """Return the newest signals, missing while the chip is being conditioned and warms up.

        Raises: Stuck where the self-test fails; Garbled where a CRC does; Absent, also after a brown-out; BusStuck.
        """
        if self._error is not None:
            raise self._error
        since_ms = now_ms - self._begun_ms
        return (self._voc if since_ms >= _VOC_MS else None, self._nox if since_ms >= _NOX_MS else None)

    def _take(self):
        if self._asked == _SELF_TEST:
            if self.receive(1) & _FAILED:
                raise Stuck("the self-test of the SGP41 failed", self.words[0])
        elif self._asked == _MEASURE:
            self.receive(2)
            self._voc, self._nox = [raw if 0 < raw <= _RAW_MAX else None for raw in self.words]
        else:
            self.receive(1)

    def _ask(self, now_ms):
        command = _MEASURE
        if self._asked == _SELF_TEST:
            self._conditioned_ms = now_ms
        if self._conditioned_ms is not None:
            if now_ms - self._conditioned_ms < _CONDITIONING_MS:
                command = _CONDITION
            else:
                self._conditioned_ms = None
        self.send(command, _HUMIDITY, _TEMPERATURE)
        self._asked = command

    def _cool(self):
        """Leave no pixel heated for conditioning, should the chip still listen."""
        try:
            self.send(_HEATER_OFF)
        except SensorError:
            pass
