"""SGP41: raw signals of volatile organic compounds and of nitrogen oxides over I²C, measured once a second.

Source: Sensirion SGP41 data sheet, version 1.0 (2021): §1 (performance), §3.1 (conditioning), §4.2 to §4.5 (commands); the
compensation's defaults as in SGP40 data sheet 1.0, table 10.
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import SensorError, Stuck, option
from gilmok_node.sensors.sensirion import WordSensor

# §4: commands.
# The first two carry humidity and temperature as ticks, each with its CRC: 50 % and 25 °C, with which nothing is compensated.
_CONDITION = b"\x26\x12\x80\x00\xa2\x66\x66\x93"  # 50 ms, answers the VOC signal
_MEASURE = b"\x26\x19\x80\x00\xa2\x66\x66\x93"  # 50 ms, answers the VOC and the NOx signal
_SELF_TEST = const(0x280E)
_HEATER_OFF = const(0x3615)

_SELF_TEST_MS = const(321)  # 320 ms, and a tick that may just end
_FAILED = const(0x0F)  # self-test: bit 0 is the VOC pixel, bit 1 the NOx pixel; the high byte says nothing (secondary)

# §3.1: to be conditioned for 10 s, and for no longer, which would damage the NOx pixel. With a second to spare.
_CONDITIONING_MS = const(9000)

# §1, tables 1 and 2, switch-on behaviour: events are told reliably after 60 s and 300 s (secondary).
_VOC_MS = const(60_000)
_NOX_MS = const(300_000)

# What the gas index algorithm of Sensirion takes for a signal (secondary).
_RAW_MAX = const(64_999)


class Sgp41(WordSensor):
    """Raw signals, proportional to the logarithm of a resistance: only their changes mean something.

    It measures each second, whatever the period: pauses would cool its hotplates and shift the signals.
    """

    NAME = "sgp41"
    CHANNELS = (("voc_raw", "1", 0), ("nox_raw", "1", 0))
    OPTIONS = {"address": (0x59, (0x59,))}  # §4: its only one
    WARMUP_MS = _NOX_MS
    SERVICE_MS = 1000

    def __init__(self, bus, options):
        super().__init__(bus, option(self, options, "address"), 2)
        self._begun_ms = 0
        self._asked = None  # the command whose answer comes next, None for the self-test
        self._conditioned_ms = None  # since when it is being conditioned
        self._voc = self._nox = None
        self._error = None

    def begin(self, now_ms):
        """Have it test itself; returns the time that takes."""
        self.send(_SELF_TEST)
        self._asked = None
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
        if self._asked is None:
            if self.receive(1) & _FAILED:
                raise Stuck("the self-test of the SGP41 failed", self.words[0])
        elif self._asked is _CONDITION:
            self.receive(1)
        else:
            voc = self.receive(2)
            nox = self.words[1]
            self._voc = voc if 0 < voc <= _RAW_MAX else None
            self._nox = nox if 0 < nox <= _RAW_MAX else None

    def _ask(self, now_ms):
        command = _MEASURE
        if self._asked is None:
            self._conditioned_ms = now_ms
        if self._conditioned_ms is not None:
            if now_ms - self._conditioned_ms < _CONDITIONING_MS:
                command = _CONDITION
            else:
                self._conditioned_ms = None
        self.send_bytes(command)
        self._asked = command

    def _cool(self):
        """Leave no pixel heated for conditioning, should the chip still listen."""
        try:
            self.send(_HEATER_OFF)
        except SensorError:
            pass
