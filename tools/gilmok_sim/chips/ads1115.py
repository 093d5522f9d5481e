"""A virtual ADS1115 for MicroPython and CPython, and what its virtual instruments share: four inputs, each for one of them.

Source: Texas Instruments ADS1113/4/5 data sheet SBAS444D: §9.3 (multiplexer, full scale), §9.4.2 (modes), §9.6 (registers).
"""

import struct

from gilmok_sim.bus import ENODEV
from gilmok_sim.chips import Noise

_FULL_SCALE_V = (6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256)
_SPS = (8, 16, 32, 64, 128, 250, 475, 860)
_PAIRS = ((0, 1), (0, 3), (1, 3), (2, 3), (0, None), (1, None), (2, None), (3, None))


class VirtualAds1115:
    """Converts the voltage between two inputs when told; `inputs` holds a function of the time in ms for each, or None."""

    def __init__(self, clock, rate_error=0.0):
        self.clock = clock
        self.fault = None
        self.inputs = [None] * 4
        self.conversions = 0
        self._rate_error = rate_error  # ±10 % (§7.5)
        self._noise = Noise(5)
        self.reset()

    def reset(self):
        """Be as after power-up."""
        self._registers = [0, 0x8583, 0x8000, 0x7FFF]
        self._done_ms = None
        self._running = 0  # the settings of the conversion under way

    def read(self, register, buffer):
        """Answer a read of one register, high byte first."""
        self._check()
        self._update()
        data = struct.pack(">H", self._registers[register & 3])
        for i in range(len(buffer)):
            buffer[i] = data[i] if i < 2 else 0xFF
        if self.fault in ("noise", "bad_checksum"):
            self._noise.fill(buffer)

    def write(self, register, data):
        """Take a write of one register."""
        self._check()
        self._update()
        value = data[0] << 8 | data[1]
        if register & 3 != 1:
            self._registers[register & 3] = value
            return
        busy = self._done_ms is not None
        self._registers[1] = value & 0x7FFF | (0 if busy else 0x8000)
        if not busy and (value & 0x8000 or not value & 0x0100):
            self._start(self.clock())

    def _check(self):
        if self.fault == "silence":
            raise OSError(ENODEV)

    def _start(self, now_ms):
        self._running = self._registers[1]
        self._registers[1] &= 0x7FFF
        self._done_ms = now_ms + 1000 / (_SPS[self._running >> 5 & 7] * (1 + self._rate_error)) + 0.025

    def _update(self):
        """Finish what has ended by now; in continuous mode another conversion has begun since."""
        now_ms = self.clock()
        while self._done_ms is not None and now_ms >= self._done_ms:
            done_ms, self._done_ms = self._done_ms, None
            if self.fault != "stuck":
                self._registers[0] = self._code(self._running, done_ms) & 0xFFFF
            self.conversions += 1
            self._registers[1] |= 0x8000
            if not self._registers[1] & 0x0100:
                self._start(now_ms)

    def _code(self, config, now_ms):
        positive, negative = _PAIRS[config >> 12 & 7]
        volts = self._volts(positive, now_ms) - (0 if negative is None else self._volts(negative, now_ms))
        return min(32767, max(-32768, round(volts * 32768 / _FULL_SCALE_V[config >> 9 & 7])))

    def _volts(self, number, now_ms):
        source = self.inputs[number]
        return 0.0 if source is None else source(now_ms)


class AnalogInstrument:
    """Base of what sits on inputs of an ADS1115: a subclass says by wires() which voltage is where.

    Its own faults are those of its cable: silence 0 V, noise any voltage, stuck the last one. The chip's are in `adc.fault`.
    """

    def __init__(self, world, clock, seed=1):
        self.world = world
        self.clock = clock
        self.fault = None
        self.adc = None
        self._noise = Noise(seed)
        self._last = {}
        self._options = {}

    def configure(self, options):
        """Take the options of a site file."""
        self._options = options

    def join(self, chip):
        """Put this instrument on `chip`, the one at its address so far, or None; returns the chip that is to be there."""
        self.adc = chip or VirtualAds1115(self.clock)
        for number, volts in self.wires(self._options):
            self.adc.inputs[number] = self._cable(number, volts)
        return self.adc

    def wires(self, options):
        """Return pairs of an input and a function of the time in ms that gives its voltage."""
        raise NotImplementedError

    def _cable(self, number, volts):
        def voltage(now_ms):
            if self.fault == "silence":
                return 0.0
            if self.fault in ("noise", "bad_checksum"):
                return self._noise.bits() % 5000 / 1000
            if self.fault != "stuck" or number not in self._last:
                self._last[number] = volts(now_ms)
            return self._last[number]

        return voltage
