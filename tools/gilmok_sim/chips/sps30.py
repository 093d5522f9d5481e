"""A virtual SPS30 on I²C for MicroPython and CPython, and what is the same for one on a UART.

Source: Sensirion SPS30 data sheet, version 1.0 (2020), §4 and §6.
"""

import struct

from gilmok_sim.bus import ENODEV
from gilmok_sim.chips.sensirion import SensirionChip

FAN, LASER, SPEED = 1 << 4, 1 << 5, 1 << 21  # bits of the status register

# Particles a cm³ up to 0.5, 1, 2.5, 4 and 10 µm for each µg/m³ of PM1, and for each of PM10 beyond PM1: plausible, no more.
_FINE = (6.2, 7.4, 7.5, 7.5, 7.5)
_COARSE = (0.0, 0.0, 0.5, 0.6, 0.61)


class Optics:
    """Fan, laser and their values: `pm1`, `pm2_5` and `pm10` of the world in µg/m³, PM4 between the latter two."""

    FULL_SPEED_MS = 8000  # until then too little air comes through

    def __init__(self, world, clock):
        self.world = world
        self.clock = clock
        self.interval_ms = 1000
        self.status = 0
        self.stuck = False
        self._started_ms = None
        self._read = 0
        self._cleaned_ms = 0  # no new values until then
        self._frozen = None

    @property
    def measuring(self):
        return self._started_ms is not None

    def start(self):
        self._started_ms = self.clock()
        self._read = 0

    def stop(self):
        self._started_ms = None

    def clean(self):
        """Blow for 10 s, as once a week by itself."""
        self._cleaned_ms = self.clock() + 10000

    def is_ready(self):
        return self._newest() > self._read

    def take(self):
        """Return the newest ten values."""
        self._read = self._newest()
        if not self.stuck or self._frozen is None:
            self._frozen = self._measure(self._started_ms + self._read * self.interval_ms)
        return self._frozen

    def _newest(self):
        if self._started_ms is None or self.clock() < self._cleaned_ms:
            return self._read
        return int((self.clock() - self._started_ms) / self.interval_ms)

    def _measure(self, now_ms):
        spin = min(1, (now_ms - self._started_ms) / self.FULL_SPEED_MS)
        pm1, pm2_5, pm10 = [self.world.value(name, now_ms) * spin for name in ("pm1", "pm2_5", "pm10")]
        counts = [fine * pm1 + coarse * (pm10 - pm1) for fine, coarse in zip(_FINE, _COARSE)]
        return [pm1, pm2_5, (pm2_5 + pm10) / 2, pm10] + counts + [0.4 + 0.6 * (pm10 - pm1) / (pm10 + 1)]


class VirtualSps30(SensirionChip):
    """Commands and words on I²C; `optics` is what it measures with."""

    def __init__(self, world, clock, seed=1):
        super().__init__(world, clock, seed)
        self.optics = Optics(world, clock)
        self.product = b"00080000"
        self.version = 0x0202

    def obey(self, code, words):
        optics = self.optics
        optics.stuck = self.fault == "stuck"
        if code == 0x0010 and words == [0x0300] and not optics.measuring:
            optics.start()
            self.rest(20)
        elif code == 0x0104:
            optics.stop()
            self.rest(20)
        elif code == 0x0202:
            self.reply((int(optics.is_ready()),), 0)
        elif code == 0x0300 and optics.measuring:
            self.reply(struct.unpack(">20H", struct.pack(">10f", *optics.take())), 0)
        elif code == 0xD002:
            self.reply(struct.unpack(">4H", self.product), 0)
        elif code == 0xD100 and self.version >= 0x0200:
            self.reply((self.version,), 0)
        elif code == 0xD206 and self.version >= 0x0202:
            self.reply((optics.status >> 16, optics.status & 0xFFFF), 0)
        elif code == 0xD304:
            self.brown_out()
        else:
            raise OSError(ENODEV)

    def brown_out(self):
        """Start anew, as after a dip of the supply: idle."""
        self.optics.stop()
        self._reply = None
        self.rest(100)
