"""SDS011 (also SDS018, SDS021): particle concentration by laser scattering, over a UART at 9600 baud, 8N1.

Source: Nova Fitness SDS011 data sheet V1.3, "UART communication protocol"; Laser Dust Sensor Control Protocol V1.3 (2015).
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import BadOption, option
from gilmok_node.sensors.between import Between
from gilmok_node.sensors.frames import FrameSensor

# Control protocol, "Command": data byte 1.
_MODE = const(2)  # 0 reports by itself, 1 when asked
_WORK = const(6)  # 0 asleep, 1 at work
_PERIOD = const(8)  # 0 continuously, else the minutes of a cycle of which it works 30 s
_REPORT = const(0xC0)
_ANSWER = const(0xC5)
_TAIL = const(0xAB)

_FAN_MS = const(30_000)  # control protocol, "Set working period": from sleep to stable data
_MAX = const(9999)  # data sheet: 0.0–999.9 µg/m³


def command(code, write, value):
    """Return a command of 19 bytes: AA B4, its code, 1 to write or 0 to ask, the value, for any device, sum, AB."""
    data = bytearray(19)
    data[0:5] = bytes((0xAA, 0xB4, code, write, value))
    data[15] = data[16] = 0xFF
    data[17] = sum(data[2:17]) & 0xFF
    data[18] = _TAIL
    return data


class Sds011(FrameSensor):
    """Mass concentrations of PM2.5 and PM10.

    `working_min` has the sensor sleep by itself, for a reading each so many minutes. Mode and period live in its flash, so
    they are asked for and written only where they differ.
    """

    NAME = "sds011"
    CHANNELS = (("pm2_5", "ug/m3", -1), ("pm10", "ug/m3", -1))
    WAKE = command(_WORK, 1, 1)
    SLEEP = command(_WORK, 1, 0)
    OPTIONS = {"sleep": (0, (0, 1)), "working_min": (0, Between(0, 30))}
    WARMUP_MS = _FAN_MS
    SERVICE_MS = 1000  # 10 bytes a second fill the 256 bytes of a UART in 25 s
    FIRST_MS = 3000  # a frame each 1 ± 0.5 s
    SILENT_MS = 5000

    # AA, C0, PM2.5 (low, high), PM10 (low, high), device id, sum of these six, AB.
    HEADER = b"\xaa"
    LENGTH = 10

    def __init__(self, bus, options):
        super().__init__(bus, options)
        self._minutes = option(self, options, "working_min")
        if self._fan and self._minutes:
            raise BadOption("sleep", 1, (0,))  # the sensor puts itself to sleep
        if self._minutes:
            self.WARMUP_MS = self.SILENT_MS = self._minutes * 60_000 + _FAN_MS + self.SILENT_MS
        self._wanted = {_MODE: 0, _PERIOD: self._minutes}
        self._agreed = set()

    def begin(self, now_ms):
        """Wake it and ask for its settings: someone may have left it silent or with a period."""
        self._agreed.clear()
        wait_ms = super().begin(now_ms)
        self._ask()
        return wait_ms

    def service(self, now_ms):
        """Move what the UART received into frames, and ask once more for what was not answered."""
        super().service(now_ms)
        if len(self._agreed) < len(self._wanted) and now_ms - self._begun_ms < _FAN_MS:
            self._ask()

    def read(self, now_ms):
        """Return the values of the newest frame, all missing while its fan changes the air.

        Raises: as FrameSensor.read.
        """
        if self._minutes and self._frame_ms is None and now_ms - self._begun_ms < self.SILENT_MS:
            super().service(now_ms)
            if self._frame_ms is None and self._agreed:  # it lives, and its minutes are not over
                return (None, None)
        return super().read(now_ms)

    def _ask(self):
        for code in self._wanted:
            if code not in self._agreed:
                self._bus.write(command(code, 0, 0))

    def _finish(self, n, now_ms):
        answer = self._part
        if answer[1] != _ANSWER or not self._is_valid(answer):
            return super()._finish(n, now_ms)
        code = answer[2]
        if code in self._wanted:
            if answer[4] == self._wanted[code]:
                self._agreed.add(code)
            elif not answer[3]:
                self._bus.write(command(code, 1, self._wanted[code]))
        return 0

    def _is_valid(self, frame):
        total = frame[2] + frame[3] + frame[4] + frame[5] + frame[6] + frame[7]
        return frame[1] in (_REPORT, _ANSWER) and frame[9] == _TAIL and total & 0xFF == frame[8]

    def _values(self, frame):
        pm2_5 = frame[3] << 8 | frame[2]
        pm10 = frame[5] << 8 | frame[4]
        return (pm2_5 if pm2_5 <= _MAX else None, pm10 if pm10 <= _MAX else None)
