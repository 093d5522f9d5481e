"""A virtual MPU-6050 on I²C for MicroPython and CPython: sleep, reset, rates, temperature, and a FIFO of 1024 bytes.

Source: InvenSense register map RM-MPU-6000A-00 rev. 4.2: 13–16, 25, 26, 28, 35, 56, 58, 65, 106–108, 114–117.
"""

from gilmok_sim.bus import ENODEV
from gilmok_sim.chips import Noise

_TRIM = (16, 17, 12)  # XA_TEST, YA_TEST, ZA_TEST of a plausible chip, in 13 to 16
_RESETS = {0x0D: 0x87, 0x0E: 0x8B, 0x0F: 0x6A, 0x10: 0x04, 0x6B: 0x40, 0x75: 0x68}
_BANDWIDTH_HZ = (260, 184, 94, 44, 21, 10, 5, 0)  # DLPF_CFG


class VirtualMpu6050:
    """Measures `x`, `y` and `z` in g at ±2 g, through its FIFO, and `temperature` in °C (that of the die).

    Its FIFO overflows byte by byte, so that what is left begins within a sample. `noise` scales its own noise,
    `odr_error` is how much faster its clock runs than it says.
    """

    FIFO = 1024
    RESET_MS = 50

    def __init__(self, world, clock, seed=1, noise=1, odr_error=0.0):
        self.world = world
        self.clock = clock
        self.fault = None
        self._noise = Noise(seed)
        self._noise_scale = noise
        self._odr_error = odr_error
        self.pushed = 1.0  # of its move in the self-test at the factory
        self.reset()
        self._reset_ms = None

    def reset(self):
        """Lose all settings; asleep from now on."""
        self._registers = bytearray(0x76)
        for register, value in _RESETS.items():
            self._registers[register] = value
        self._reset_ms = self.clock() + self.RESET_MS
        self._start_ms = None
        self._taken = 0  # bytes read or lost since the FIFO began
        self._overflow = False
        self._last = 0
        self._sample = (-1, b"")
        self._frozen = None

    def read(self, register, buffer):
        """Answer an I²C read of consecutive registers; FIFO_R_W stays in place."""
        self._check()
        for i in range(len(buffer)):
            buffer[i] = self._get(register)
            if register != 0x74:
                register += 1
        if self.fault in ("noise", "bad_checksum"):
            self._noise.fill(buffer)

    def write(self, register, data):
        """Take an I²C write of consecutive registers; during a reset it is lost."""
        self._check()
        for i in range(len(data)):
            if self._reset_ms is None or self.clock() >= self._reset_ms:
                self._set(register + i, data[i])

    def _check(self):
        if self.fault == "silence":
            raise OSError(ENODEV)

    def _set(self, register, value):
        if register == 0x6B and value & 0x80:
            self.reset()
            return
        if register >= len(self._registers) or 0x3A <= register <= 0x60 or register >= 0x72:
            return
        self._registers[register] = value
        if register == 0x6A and value & 0x04 and not value & 0x40:
            self._registers[register] &= 0xFB
            self._start_ms = None
        if register in (0x6A, 0x6B, 0x23, 0x19, 0x1A):
            running = self._registers[0x6A] & 0x40 and self._registers[0x23] & 0x08 and not self._registers[0x6B] & 0x40
            if not running:
                self._start_ms = None
            elif self._start_ms is None:
                self._start()

    def _start(self):
        filtered = 1 <= self._registers[0x1A] & 7 <= 6
        rate_hz = (1000 if filtered else 8000) / (1 + self._registers[0x19]) * (1 + self._odr_error)
        self._period_ms = 1000 / rate_hz
        self._start_ms = self.clock()
        self._taken = 0

    def _get(self, register):
        if register == 0x3A:
            self._level()
            status = self._overflow << 4
            self._overflow = False  # reading clears it
            return status
        if register in (0x41, 0x42):
            raw = round((self.world.value("temperature", self.clock()) - 36.53) * 340)
            return raw >> (8 if register == 0x41 else 0) & 255
        if register in (0x72, 0x73):
            return self._level() >> (8 if register == 0x72 else 0) & 255
        if register == 0x74:
            return self._next_byte()
        return self._registers[register] if register < len(self._registers) else 0

    def _level(self):
        """Return how many bytes the FIFO holds by now, after it has dropped what it could not."""
        if self._start_ms is None:
            return 0
        made = 6 * int((self.clock() - self._start_ms) / self._period_ms)
        if made - self._taken > self.FIFO:
            self._taken = made - self.FIFO
            if self._registers[0x38] & 0x10:
                self._overflow = True
        return made - self._taken

    def _next_byte(self):
        if self._level():
            number, place = self._taken // 6, self._taken % 6
            if self._sample[0] != number:
                self._sample = (number, self._pack(number))
            self._last = self._sample[1][place]
            self._taken += 1
        return self._last  # an empty FIFO repeats itself

    def _pack(self, number):
        if self.fault != "stuck" or self._frozen is None:
            self._frozen = self._measure(number)
        data = b""
        for value in self._frozen:
            data += (value & 0xFFFF).to_bytes(2, "big")
        return data

    def _measure(self, number):
        now_ms = self._start_ms + (number + 1) * self._period_ms
        # Product specification 6.2: 400 µg/√Hz. Uniform noise of ±√3 σ has an RMS of σ.
        spread = self._noise_scale * 400e-6 * 16384 * (3 * _BANDWIDTH_HZ[self._registers[0x1A] & 7]) ** 0.5
        counts = 16384 >> (self._registers[0x1C] >> 3 & 3)
        values = []
        for axis, code, bit in zip(("x", "y", "z"), _TRIM, (0x80, 0x40, 0x20)):
            push_g = 0.34 * (0.92 / 0.34) ** ((code - 1) / 30) if self._registers[0x1C] & bit else 0  # 13–16
            value = (self.world.value(axis, now_ms) + push_g * self.pushed) * counts + ((self._noise.bits() & 1023) / 511.5 - 1) * spread
            values.append(min(32767, max(-32768, round(value))))
        return values
