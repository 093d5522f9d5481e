"""SHT45 (also SHT40, SHT41): temperature and relative humidity over I²C, one measurement at a time.

Its heater stays off: it is for sensors that dew has wetted, and spoils the readings around it.

Source: Sensirion SHT4x data sheet, version 6 (2023): §2 (specifications), §3.2 (timing), §4.4–4.6 (data, commands, conversion).
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import NotReady, option
from gilmok_node.sensors.sensirion import WordSensor, hundredths_celsius

_READ_SERIAL = b"\x89"  # table 8
_SERIAL_MS = const(10)  # no time is stated; what Sensirion's own driver waits (secondary)

# Table 8: command of a repeatability; §3.2: its measuring time at most, 8.3, 4.5 and 1.7 ms (the last two secondary), and a tick.
_MEASURE = {2: (b"\xfd", 10), 1: (b"\xf6", 6), 0: (b"\xe0", 3)}

# Table 3: specified range of the temperature. What lies outside is missing, and the humidity compensated by it too.
_T_MIN = const(-4000)
_T_MAX = const(12500)


class Sht45(WordSensor):
    """Temperature and humidity; `precision` 2 is the quietest measurement, 0 the quickest."""

    NAME = "sht45"
    # Repeatability (3 σ) at the highest precision: 0.04 °C (table 3), 0.08 % (table 2).
    CHANNELS = (("temperature", "Cel", -2), ("humidity", "%", -1))
    OPTIONS = {"address": (0x44, (0x44, 0x45, 0x46)), "precision": (2, (0, 1, 2))}
    WARMUP_MS = 0

    def __init__(self, bus, options):
        super().__init__(bus, option(self, options, "address"), 2)
        self._command, self._measuring_ms = _MEASURE[option(self, options, "precision")]
        self._known = False
        self._ready_ms = None
        self.serial = None

    def begin(self, now_ms):
        """Ask for its serial number; returns the time until it is there."""
        self._known = False
        self._ready_ms = None
        self.send_bytes(_READ_SERIAL)
        return _SERIAL_MS

    def start(self, now_ms):
        """Begin one measurement; returns how long it takes at most."""
        if not self._known:
            self.receive(2)  # an answer whose CRCs hold: it is a Sensirion sensor
            self.serial = (self.words[0], self.words[1])
            self._known = True
        self.send_bytes(self._command)
        self._ready_ms = now_ms + self._measuring_ms
        return self._measuring_ms

    def read(self, now_ms):
        """Return what the last measurement found.

        Raises: NotReady while it is measuring; Garbled; BusStuck; Absent, also where it forgot to measure (a brown-out).
        """
        if self._ready_ms is None:
            raise NotReady("no measurement was started")
        if now_ms < self._ready_ms:
            raise NotReady("it is still measuring", self._ready_ms - now_ms)
        self._ready_ms = None  # an answer can be fetched once
        temperature = hundredths_celsius(self.receive(2))
        if not _T_MIN <= temperature <= _T_MAX:
            return (None, None)
        # §4.6: −6 % + 125 % × ticks / 65535, cropped to 0–100 %, because it is linear beyond either end.
        humidity = (1250 * self.words[1] + 32767) // 65535 - 60
        return (temperature, min(max(humidity, 0), 1000))
