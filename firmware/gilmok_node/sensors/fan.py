"""The fan of a dust sensor on a UART that rests between two readings.

Source: Plantower PMS5003 series data manual V2.3, "Circuit Attentions" 4; Nova Fitness Laser Dust Sensor Control Protocol
V1.3, "Set working period": both need 30 s from sleep to stable data.
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import NotReady

_POLL_MS = const(250)


class Fan:
    """Wakes and rests the fan of `sensor`, a FrameSensor on `bus`; from sleep to stable data it takes as long as to warm up."""

    def __init__(self, bus, sensor):
        self._bus = bus
        self._sensor = sensor
        self._stable_ms = 0

    def start(self, now_ms):
        """Wake it; returns the time until its fan has changed the air."""
        self._bus.write(self._sensor.WAKE)
        self._stable_ms = now_ms + self._sensor.WARMUP_MS
        return self._sensor.WARMUP_MS

    def rest(self, frame_ms):
        """Put it to sleep once the frame of `frame_ms` was measured in changed air.

        Raises: NotReady before.
        """
        if frame_ms < self._stable_ms + self._sensor.SERVICE_MS:  # for so long it may have waited in the UART
            raise NotReady("the air in it is not changed yet", _POLL_MS)
        self._bus.write(self._sensor.SLEEP)
