"""MB7389 (MaxBotix HRXL-MaxSonar-WRM): weather-resistant ultrasonic distance sensor, 0.3–5 m, over a UART at 9600 baud, 8N1.

Its twin MB7369 sends the same at RS-232 polarity: `inverted` = 1.
Source: MaxBotix, HRXL-MaxSonar-WR/WRC Series, PD11500: "Pin 5 – Serial Output", "Sensor Timing Diagrams", "Sensor Minimum
Distance" (the last as in the sheet of the WRS series, secondary).
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import option
from gilmok_node.sensors.frames import FrameSensor

_BLIND_MM = const(300)  # what is nearer is reported as 300 ("Sensor Minimum Distance")
_NO_TARGET_MM = const(5000)


class Mb7389(FrameSensor):
    """Distance from the sensor's face to the largest target: the median of the last three readings.

    Its frames have no checksum, so that no single frame is believed; three take 0.45 s.
    """

    NAME = "mb7389"
    CHANNELS = (("distance", "m", -3),)  # resolution 1 mm; accuracy 1 % or better
    OPTIONS = {"inverted": (0, (0, 1))}
    SERVICE_MS = 1000  # 6 bytes each 148 ms fill the 256 bytes of a UART in 6.3 s, and what waits in there grows old
    FIRST_MS = 1500  # it starts within 0.3 s, introduces itself, and sends a frame each 148 ms
    SILENT_MS = 5000

    # Frame: "R", four digits of millimetres, carriage return ("Pin 5 – Serial Output").
    HEADER = b"R"
    LENGTH = 6

    def __init__(self, bus, options):
        super().__init__(bus, options)
        option(self, options, "inverted")  # for who opens the UART
        self._last = [-1, -1, -1]

    def begin(self, now_ms):
        """Forget what came before; returns the ms until the first readings are due."""
        self._last = [-1, -1, -1]
        return super().begin(now_ms)

    def _is_valid(self, frame):
        mm = 0
        for i in range(1, 5):
            if not 0x30 <= frame[i] <= 0x39:
                return False
            mm = mm * 10 + frame[i] - 0x30
        if frame[5] != 0x0D or mm > _NO_TARGET_MM:
            return False
        last = self._last
        last[0], last[1], last[2] = last[1], last[2], mm
        return True

    def _values(self, frame):
        if self._last[0] < 0:
            return (None,)
        mm = sorted(self._last)[1]
        return (mm if _BLIND_MM < mm < _NO_TARGET_MM else None,)
