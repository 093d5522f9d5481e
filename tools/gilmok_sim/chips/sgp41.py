"""A virtual SGP41 for MicroPython and CPython: self-test, conditioning, and raw signals once asked.

Source: Sensirion SGP41 data sheet, version 1.0 (2021), §3.1 and §4.
"""

from gilmok_sim.bus import ENODEV
from gilmok_sim.chips.sensirion import SensirionChip


class VirtualSgp41(SensirionChip):
    """Measures `voc_raw` and `nox_raw` in ticks.

    `self_test` is what its self-test answers; `conditioned_ms` the longest it was conditioned without a break.
    """

    def __init__(self, world, clock, seed=1):
        super().__init__(world, clock, seed)
        self.self_test = 0xD400
        self.conditioned_ms = 0
        self._since_ms = None

    def obey(self, code, words):
        self._look()
        if code == 0x2612 and len(words) == 2:
            if self._since_ms is None:
                self._since_ms = self.clock()
            self.reply((self._ticks("voc_raw"),), 50)
            return
        self._since_ms = None
        if code == 0x2619 and len(words) == 2:
            self.reply((self._ticks("voc_raw"), self._ticks("nox_raw")), 50)
        elif code == 0x280E:
            self.reply((self.self_test,), 320)
        elif code == 0x3615:
            self.rest(1)
        elif code == 0x3682:
            self.reply((0x0000, 0x0123, 0x4567), 1)
        else:
            raise OSError(ENODEV)

    def brown_out(self):
        """Start anew, as after a dip of the supply: idle and cold."""
        self._look()
        self._since_ms = None
        self._reply = None
        self.rest(0.6)

    def _look(self):
        if self._since_ms is not None:
            self.conditioned_ms = max(self.conditioned_ms, self.clock() - self._since_ms)

    def _ticks(self, channel):
        return int(min(max(self.value(channel), 0), 65535))
