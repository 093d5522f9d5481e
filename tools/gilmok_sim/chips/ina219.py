"""A virtual INA219 for MicroPython and CPython: registers, triggered and continuous modes, conversion times, overflow.

Source: Texas Instruments INA219 data sheet SBOS448G: §8.3.1 (ADC), §8.5.1 (calibration), §8.6 (registers).
"""

import struct

from gilmok_sim.bus import ENODEV
from gilmok_sim.chips import Noise

# Table 5: conversion time in µs of each ADC setting.
_TIMES_US = (84, 148, 276, 532, 84, 148, 276, 532, 532, 1060, 2130, 4260, 8510, 17020, 34050, 68100)


class VirtualIna219:
    """Measures `voltage` in V and `current` in A, the latter through a shunt of `shunt_ohm`."""

    def __init__(self, world, clock, seed=1, shunt_ohm=0.1):
        self.world = world
        self.clock = clock
        self.fault = None
        self.shunt_ohm = shunt_ohm
        self._noise = Noise(seed)
        self.reset()

    def configure(self, options):
        """Take the shunt of a site file."""
        self.shunt_ohm = options.get("shunt_mohm", 100) / 1000

    def reset(self):
        """Be as after power-up: in continuous mode, without a calibration."""
        self.registers = [0x399F, 0, 0, 0, 0, 0]
        self._start()

    def read(self, register, buffer):
        """Answer a read of one register, high byte first."""
        self._check()
        self._update()
        data = struct.pack(">H", self.registers[register] & 0xFFFF)
        if register == 3:
            self.registers[2] &= 0xFFFD  # reading the power clears CNVR
        for i in range(len(buffer)):
            buffer[i] = data[i & 1]
        if self.fault in ("noise", "bad_checksum"):
            self._noise.fill(buffer)

    def write(self, register, data):
        """Take a write of one register."""
        self._check()
        self._update()
        value = data[0] << 8 | data[1]
        if register == 0 and value & 0x8000:
            self.reset()
        elif register == 0:
            self.registers[0] = value
            self.registers[2] &= 0xFFFD
            self._start()
        elif register == 5:
            self.registers[5] = value & 0xFFFE

    def _check(self):
        if self.fault == "silence":
            raise OSError(ENODEV)

    def _start(self):
        config = self.registers[0]
        mode = config & 7
        shunt_us = _TIMES_US[config >> 3 & 15] if mode & 1 else 0
        bus_us = _TIMES_US[config >> 7 & 15] if mode & 2 else 0
        self._done_ms = self.clock() + (shunt_us + bus_us) / 1000 if mode not in (0, 4) else None

    def _update(self):
        now_ms = self.clock()
        if self._done_ms is None or now_ms < self._done_ms:
            return
        if self.fault != "stuck":
            self._convert(self._done_ms)
        self.registers[2] |= 2
        self._done_ms = None
        if self.registers[0] & 4:
            self._start()

    def _convert(self, now_ms):
        config = self.registers[0]
        full = 4000 << (config >> 11 & 3)  # ±40 mV … ±320 mV by 10 µV
        shunt = round(self.world.value("current", now_ms) * self.shunt_ohm * 1e5)
        shunt = min(full, max(-full, shunt))
        bus = min(8000 if config & 0x2000 else 4000, max(0, round(self.world.value("voltage", now_ms) * 250)))
        current = shunt * self.registers[5] // 4096
        power = abs(current) * bus // 5000
        overflow = not -32768 <= current <= 32767 or power > 0xFFFF
        self.registers[1:5] = [shunt, bus << 3 | (1 if overflow else 0), power & 0xFFFF, current]
