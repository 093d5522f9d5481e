"""A tipping-bucket rain gauge: a reed contact to ground that closes for a moment at every tip.

Source: WMO-No. 8, Guide to Instruments and Methods of Observation, volume I, 6.5 (tipping-bucket gauges; 0.1–0.5 mm a tip)
(secondary).
A cut cable looks like dry weather; one shorted is told.
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import Stuck, option
from gilmok_node.sensors.between import Between
from gilmok_node.sensors.switch import Switch

_STUCK_MS = const(10_000)  # the magnet passes the reed within 0.2 s (secondary): fifty times that is a short or a jammed bucket


class RainGauge:
    """Rain since the last reading, at the step of the bucket, and the tips since boot.

    Each tip is counted in the interrupt. None is lost or counted twice while the interpreter is held up for 400 ms, if the
    next tip is a second away: 0.2 mm in 1 s is 720 mm/h.
    """

    NAME = "rain_gauge"
    BUS = "pin"
    CHANNELS = (("rain", "mm", -3, 200), ("tips", "1", 0))
    OPTIONS = {
        "tip_um": (200, Between(10, 5000)),  # 0.2 mm
        "debounce_ms": (10, Between(1, 90)),  # a reed bounces for a few ms, and stays closed for some 100 ms (secondary)
    }
    WARMUP_MS = 0
    SERVICE_MS = 0

    def __init__(self, bus, options):
        self.CHANNELS = (("rain", "mm", -3, option(self, options, "tip_um")), ("tips", "1", 0))
        self._switch = Switch(bus, option(self, options, "debounce_ms"))
        self._told = 0
        self._closed = None  # (tips, since when) of a contact found closed

    def begin(self, now_ms):
        """Watch the reed; what was counted stays."""
        self._switch.begin()
        return 0

    def start(self, now_ms):
        """Nothing to start: the reed is watched all the time."""
        return 0

    def read(self, now_ms):
        """Return the tips since the reading before, and since boot.

        Raises: Stuck while the reed stays closed; the tips until then belong to the next reading.
        """
        switch = self._switch
        switch.poll()
        tips = switch.closings
        self._watch(now_ms, tips, switch.closed)
        since, self._told = tips - self._told, tips
        return (since, tips)

    def _watch(self, now_ms, tips, closed):
        if not closed:
            self._closed = None
        elif self._closed is None or self._closed[0] != tips:
            self._closed = (tips, now_ms)
        elif now_ms - self._closed[1] >= _STUCK_MS:
            held_ms = now_ms - self._closed[1]
            raise Stuck("the reed has been closed for {} ms".format(held_ms), held_ms)
