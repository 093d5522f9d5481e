"""MB7389 (MaxBotix HRXL-MaxSonar-WRM): its pulse-width output, 1 µs a millimetre, triggered at pin 4 or running freely.

Source: MaxBotix, HRXL-MaxSonar-WR/WRC Series, PD11500: "Pin 2 – Pulse Width Output", "Pin 4 – Ranging Start/Stop", "Sensor
Timing Diagrams".
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import BusStuck, NotReady, Silent

# What is nearer than 300 mm is reported as 300, no target as 5000 ("Sensor Minimum Distance", "Pin 2"). Both are kept clear
# of by what an ESP32 misses of a pulse or adds to it: 15 µs (micropython/micropython#16160).
_NEAR_MM = const(320)
_FAR_MM = const(4980)

# A cycle of MB7369 and MB7389 takes about 148 ms, and its pulse begins after about 135 ms ("Sensor Timing Diagrams").
_EARLY_MS = const(125)  # so that "about" may be 7 % less
_WINDOW_US = const(30_000)  # … or 15 % more; a call blocks for that long, and 5 ms of pulse
_REST_MS = const(25)  # what may be left of a cycle when its pulse has begun
_GIVE_UP_MS = const(1000)  # six cycles


class Mb7389Pulse:
    """Distance from the sensor's face to the largest target."""

    NAME = "mb7389_pulse"
    BUS = "pulse"
    CHANNELS = (("distance", "m", -3),)  # resolution 1 mm; accuracy 1 % or better, ±5 mm more without its filter
    OPTIONS = {}
    WARMUP_MS = 0
    SERVICE_MS = 0

    def __init__(self, bus, options):
        self._bus = bus
        self._asked_ms = 0
        self._heard = False

    def begin(self, now_ms):
        """Nothing to configure."""
        return 0

    def start(self, now_ms):
        """Trigger a cycle; returns when its pulse is near. A free-running sensor is listened to at once."""
        self._asked_ms = now_ms
        self._heard = False
        if not self._bus.has_trigger:
            return 0
        self._bus.trigger()
        return _EARLY_MS

    def read(self, now_ms):
        """Return the distance, missing where there is no target.

        Raises: NotReady where no pulse came while it waited; Silent; BusStuck where the line stays high.
        """
        us = self._bus.measure_us(_WINDOW_US)
        if us >= 0:
            return (us if _NEAR_MM <= us <= _FAR_MM else None,)
        self._heard = self._heard or us == -2  # the line was low
        if now_ms - self._asked_ms >= _GIVE_UP_MS:
            if self._heard:
                raise Silent("no pulse for {} ms".format(now_ms - self._asked_ms), now_ms - self._asked_ms)
            raise BusStuck("the pulse line stays high")
        if not self._bus.has_trigger:
            raise NotReady("no pulse yet", _EARLY_MS if us == -3 else 1)  # amid a pulse: the next one is a cycle later
        if us == -3:
            raise NotReady("it came amid a pulse", _REST_MS)  # a trigger within a cycle goes unheard
        self._bus.trigger()
        raise NotReady("no pulse came in time", _EARLY_MS)
