"""JSN-SR04T: waterproof ultrasonic distance sensor, 20–600 cm, as a trigger and an echo pulse (its mode 1).

Source: JSN-SR04T-3.0 product description, "Mode 1: R27 = open" (secondary; vendors' pages: there is no other data sheet).
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import BusStuck, NotReady, Silent

# The pulse lasts as long as the sound travels there and back: 343.2 m/s in dry air of 20 °C (secondary; CRC Handbook). At
# other temperatures the distance is too long by 0.18 % a kelvin below, too short above: 5 cm in 3 m at -10 °C.
# There and back, that is 0.1716 mm a microsecond.
_MM_10000US = const(1716)

_NEAR_MM = const(200)
_FAR_MM = const(6000)
_LONGEST_US = const(36_000)  # there and back over 6 m: 35.0 ms; a lost echo holds the line for 38 to 60 ms
_PAUSE_MS = const(20)
_HELD_MS = const(200)  # no echo lasts that long


class JsnSr04t:
    """Distance from the sensor's face to the nearest surface."""

    NAME = "jsn_sr04t"
    BUS = "pulse"
    CHANNELS = (("distance", "m", -3),)  # resolution 1 mm; accuracy ±1 cm, and what the temperature adds
    OPTIONS = {}
    WARMUP_MS = 0
    SERVICE_MS = 0

    def __init__(self, bus, options):
        self._bus = bus
        self._asked_ms = 0

    def begin(self, now_ms):
        """Nothing to configure."""
        return 0

    def start(self, now_ms):
        """Measure in read(), which blocks for an echo's time."""
        self._asked_ms = now_ms
        return 0

    def read(self, now_ms):
        """Return the distance, missing without an echo from within its range; blocks for up to 36 ms (PulsePins says why).

        Raises: NotReady while the echo of before lasts; Silent; BusStuck where the line stays high.
        """
        bus = self._bus
        bus.trigger()
        us = bus.measure_us(_LONGEST_US)
        if us == -3:
            if now_ms - self._asked_ms >= _HELD_MS:
                raise BusStuck("the echo line stays high")
            raise NotReady("the echo before still lasts", _PAUSE_MS)
        if us == -2:
            raise Silent("no pulse after the trigger")
        mm = (us * _MM_10000US + 5000) // 10000
        return (mm if _NEAR_MM <= mm <= _FAR_MM else None,)
