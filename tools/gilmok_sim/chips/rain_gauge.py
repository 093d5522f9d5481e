"""A virtual tipping-bucket rain gauge for MicroPython and CPython: the bucket fills with the rain and closes a reed as it tips."""

from gilmok_sim.chips.anything import measured
from gilmok_sim.chips.switch import Switch

STEP_MS = 1000  # one tip a step at most: 720 mm/h of a 0.2 mm bucket
CLOSED_MS = 100  # the magnet passes the reed


class VirtualRainGauge(Switch):
    """Collects `rain_rate` in mm/h; `tip_mm` is what fills the bucket, `tips` how often it tipped."""

    def __init__(self, world, clock, seed=1):
        super().__init__(world, clock, seed)
        self.tip_mm = 0.2
        self.tips = 0
        self._collected_mm = 0.0
        self._at_ms = clock()

    def configure(self, options):
        """Take the size of the bucket from the options of the sensor."""
        self.tip_mm = options.get("tip_um", 200) / 1000

    def advance(self, now_ms):
        while self._at_ms + STEP_MS <= now_ms:
            self._at_ms += STEP_MS
            self._collected_mm += measured(self.world, "rain_rate", self._at_ms) * STEP_MS / 3600000
            if self._collected_mm >= self.tip_mm:
                self._collected_mm -= self.tip_mm
                self.tip(self._at_ms)

    def tip(self, at_ms, closed_ms=CLOSED_MS):
        """Tip once, all planned tips being over by then."""
        self.tips += 1
        self.plan(True, at_ms)
        self.plan(False, at_ms + closed_ms)
