"""Dust sensors on a UART whose fan may rest between two readings.

Source: Plantower PMS5003 series data manual V2.3, "Circuit Attentions" 4; Nova Fitness Laser Dust Sensor Control Protocol
V1.3, "Set working period": both need 30 s from sleep to stable data.
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import NotReady, option
from gilmok_node.sensors.frames import FrameSensor

FAN_MS = const(30_000)
_POLL_MS = const(250)


class FanSensor(FrameSensor):
    """Base of the dust sensors; a subclass gives WAKE and SLEEP, what to send.

    Its option `sleep` 1 stops fan and laser between readings: the laser lasts longer, and less dust settles on it.
    """

    WARMUP_MS = FAN_MS
    SERVICE_MS = 1000
    WAKE = b""
    SLEEP = b""

    def __init__(self, bus, options):
        super().__init__(bus, options)
        self._sleep = option(self, options, "sleep")
        self._stable_ms = 0

    def begin(self, now_ms):
        """Wake it, for someone may have left it asleep; returns the ms until a first frame is due."""
        self._bus.write(self.WAKE)
        return super().begin(now_ms)

    def start(self, now_ms):
        """Wake it where it sleeps; returns the time until its fan has changed the air."""
        if not self._sleep:
            return 0
        self._bus.write(self.WAKE)
        self._stable_ms = now_ms + FAN_MS
        return FAN_MS

    def read(self, now_ms):
        """Return the values of the newest frame, and put the sensor to sleep where told.

        Raises: as FrameSensor.read; NotReady also until a frame comes that was measured in changed air.
        """
        values = super().read(now_ms)
        if self._sleep:
            if self._frame_ms < self._stable_ms + self.SERVICE_MS:  # for so long it may have waited in the UART
                raise NotReady("the air in it is not changed yet", _POLL_MS)
            self._bus.write(self.SLEEP)
        return values
