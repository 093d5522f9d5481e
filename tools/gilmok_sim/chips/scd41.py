"""A virtual SCD41 for MicroPython and CPython: idle or measuring every 5 s, with settings that a brown-out takes away.

Source: Sensirion SCD4x data sheet, version 1.3 (2022), §3.4 to §3.9.
"""

from gilmok_sim.bus import ENODEV
from gilmok_sim.chips.sensirion import SensirionChip

_ALLOWED_WHILE_MEASURING = (0xEC05, 0x3F86, 0xE4B8, 0xE000)  # table 9, last column


class VirtualScd41(SensirionChip):
    """Measures `co2` in ppm, `temperature` in °C and `humidity` in %.

    `self_test` is what its self-test finds, 0 where all is well; `interval_ms` is its own idea of 5 s.
    """

    SERIAL = (0xF896, 0x9F07, 0x3BBE)  # the data sheet's example

    def __init__(self, world, clock, seed=1):
        super().__init__(world, clock, seed)
        self.interval_ms = 5000
        self.self_test = 0
        self.altitude_m = 0
        self.asc = 1
        self._started_ms = None
        self._read = 0  # the number of the measurement last read

    def obey(self, code, words):
        if self._started_ms is not None and code not in _ALLOWED_WHILE_MEASURING:
            raise OSError(ENODEV)
        if code == 0x21B1:
            self._started_ms = self.clock()
            self._read = 0
        elif code == 0x3F86:
            self._started_ms = None
            self.rest(500)
        elif code == 0xE4B8:
            self.reply((0x8006 if self._newest() > self._read else 0x8000,), 1)
        elif code == 0xEC05:
            self._read_measurement()
        elif code == 0x2427:
            self.altitude_m = words[0]
            self.rest(1)
        elif code == 0x2416:
            self.asc = words[0]
            self.rest(1)
        elif code == 0x3682:
            self.reply(self.SERIAL, 1)
        elif code == 0x3639:
            self.reply((self.self_test,), 10000)
        else:
            raise OSError(ENODEV)

    def brown_out(self):
        """Start anew, as after a dip of the supply: idle, with the settings of its EEPROM."""
        self._started_ms = None
        self._reply = None
        self.altitude_m = 0
        self.asc = 1
        self.rest(30)

    def _newest(self):
        """Return the number of the newest measurement, from 1."""
        return 0 if self._started_ms is None else int((self.clock() - self._started_ms) / self.interval_ms)

    def _read_measurement(self):
        newest = self._newest()
        if newest <= self._read:
            return  # its buffer is empty: a read will not be acknowledged
        self._read = newest
        at_ms = self._started_ms + newest * self.interval_ms
        co2 = int(min(max(self.value("co2", at_ms), 0), 65535) + 0.5)
        ticks = self.measured("temperature", -45, 130, 65535, at_ms), self.measured("humidity", 0, 100, 65535, at_ms)
        self.reply((co2,) + ticks, 1)
