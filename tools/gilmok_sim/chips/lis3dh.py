"""A virtual LIS3DH on I²C for MicroPython and CPython: registers, rates, self-test, and a FIFO that fills by the clock.

Source: STMicroelectronics LIS3DH data sheet DocID17530 rev. 2: tables 4, 21, 31; 5.1.3 (stream mode), 6.1.1, 8.19, 8.20.
"""

from gilmok_sim.bus import ENODEV
from gilmok_sim.chips import Noise

_RATES_HZ = (0, 1, 10, 25, 50, 100, 200, 400)  # ODR[3:0], without the low-power rates
_SELF_TEST_MG = (240, -310, 520)  # within 68 to 1440 mg (table 4)


class VirtualLis3dh:
    """Measures `x`, `y` and `z` in g, at ±2 g and high resolution, through its FIFO in stream mode.

    `noise` scales its own noise, `odr_error` is how much faster its clock runs than it says; `bits` 10 leaves only that
    many in the FIFO.
    """

    LEVELS = 32

    def __init__(self, world, clock, seed=1, noise=1, odr_error=0.0, bits=12):
        self.world = world
        self.clock = clock
        self.fault = None
        self._noise = Noise(seed)
        self._noise_scale = noise
        self._odr_error = odr_error
        self._mask = -1 << (16 - bits)
        self.reset()

    def reset(self):
        """Lose the supply for a moment: power-down mode, all settings gone."""
        self._registers = bytearray(0x40)
        self._registers[0x0F] = 0x33
        self._registers[0x1E] = 0x10
        self._registers[0x20] = 0x07
        self._start_ms = None
        self._read = 0
        self._byte = 0
        self._sample = b""
        self._frozen = None

    def read(self, register, buffer):
        """Answer an I²C read; the top bit of `register` makes it count up."""
        self._check()
        address, step = register & 0x7F, register >> 7
        for i in range(len(buffer)):
            buffer[i] = self._get(address)
            address += step
            if address == 0x2E and 0x28 <= register & 0x7F <= 0x2D and self._fifo_on():
                address = 0x28  # the FIFO's output rolls over
        if self.fault in ("noise", "bad_checksum"):
            self._noise.fill(buffer)

    def write(self, register, data):
        """Take an I²C write."""
        self._check()
        for i in range(len(data)):
            self._set((register & 0x7F) + i * (register >> 7), data[i])

    def _check(self):
        if self.fault == "silence":
            raise OSError(ENODEV)

    def _fifo_on(self):
        return self._registers[0x24] & 0x40 and self._registers[0x2E] >> 6 == 2

    def _set(self, address, value):
        if not 0x1E <= address <= 0x3F or address in (0x27, 0x2F):
            return
        self._registers[address] = value
        if address in (0x20, 0x24, 0x2E):
            rate_hz = _RATES_HZ[self._registers[0x20] >> 4 & 7] * (1 + self._odr_error)
            if not rate_hz or not self._fifo_on():
                self._start_ms = None
            elif self._start_ms is None:
                self._period_ms = 1000 / rate_hz
                self._start_ms = self.clock()
                self._read = 0
                self._byte = 0

    def _get(self, address):
        if address == 0x2F:
            level, overrun = self._level()
            return overrun << 6 | (not level) << 5 | min(31, level) | (level > self._registers[0x2E] & 31) << 7
        if 0x28 <= address <= 0x2D and self._start_ms is not None:
            return self._next_byte(address - 0x28)
        return self._registers[address] if address < 0x40 else 0

    def _level(self):
        """Return how many samples the FIFO holds by now, and whether it is full."""
        if self._start_ms is None:
            return 0, 0
        made = int((self.clock() - self._start_ms) / self._period_ms)
        if made - self._read >= self.LEVELS:
            self._read = made - self.LEVELS
            return self.LEVELS, 1
        return made - self._read, 0

    def _next_byte(self, place):
        if place == 0 and self._level()[0]:
            self._sample = self._pack(self._read)
        byte = self._sample[place] if self._sample else 0
        if place == 5 and self._level()[0]:
            self._read += 1
        return byte

    def _pack(self, number):
        if self.fault != "stuck" or self._frozen is None:
            self._frozen = self._measure(number)
        data = bytearray()
        for value in self._frozen:
            data += (value & self._mask & 0xFFFF).to_bytes(2, "little")
        return data

    def _measure(self, number):
        """Return the left-justified values of a sample."""
        now_ms = self._start_ms + (number + 1) * self._period_ms
        # Table 4: 220 µg/√Hz, over a ninth of the rate in high resolution (table 10). Uniform noise of ±√3 σ.
        spread_mg = self._noise_scale * 0.22 * (1000 / self._period_ms / 9 * 3) ** 0.5
        values = []
        for axis, push_mg in zip(("x", "y", "z"), _SELF_TEST_MG):
            mg = self.world.value(axis, now_ms) * 1000
            mg += ((self._noise.bits() & 1023) / 511.5 - 1) * spread_mg
            if self._registers[0x23] & 6 == 2:
                mg += push_mg
            values.append(min(2047, max(-2048, round(mg))) << 4)
        return values
