"""A virtual BME280 for MicroPython and CPython: registers, forced mode, measuring time, and air turned into ADC values.

Source: Bosch BME280 data sheet BST-BME280-DS002 rev. 1.6: §5 (registers), §8.1 (compensation in floating point), §9.1.
"""

import struct

from gilmok_sim.bus import ENODEV
from gilmok_sim.chips import Noise

# Trimming values of a plausible chip: T and P of the BMP280 data sheet's worked example (§3.12), H of a common part.
DIG_T = (27504, 26435, -1000)
DIG_P = (36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000)
DIG_H = (75, 370, 0, 313, 50, 30)

_TIMES = (0, 1, 2, 4, 8, 16, 16, 16)  # tables 20, 23, 24: oversampling of a code


class VirtualBme280:
    """Measures `temperature` in °C, `pressure` in Pa and `humidity` in %, when told to."""

    NVM_COPY_MS = 1  # within the 2 ms of start-up (table 1)

    def __init__(self, world, clock, seed=1):
        self.world = world
        self.clock = clock
        self.fault = None
        self._noise = Noise(seed)
        self._registers = bytearray(256)
        self._reset()

    def read(self, register, buffer):
        """Answer an I²C read of consecutive registers."""
        self._check()
        self._update()
        for i in range(len(buffer)):
            buffer[i] = self._registers[(register + i) & 255]
        if self.fault in ("noise", "bad_checksum"):
            self._noise.fill(buffer)

    def write(self, register, data):
        """Take an I²C write; further bytes come in pairs of register and value (§6.2.1)."""
        self._check()
        self._update()
        self._set(register, data[0])
        for i in range(1, len(data) - 1, 2):
            self._set(data[i], data[i + 1])

    def _check(self):
        if self.fault == "silence":
            raise OSError(ENODEV)

    def _reset(self):
        registers = self._registers
        for i in range(256):
            registers[i] = 0
        registers[0xD0] = 0x60
        registers[0xF3] = 0x01  # im_update
        registers[0xF7:0xFF] = b"\x80\x00\x00\x80\x00\x00\x80\x00"  # table 18: reset state
        self._copied_ms = self.clock() + self.NVM_COPY_MS
        self._done_ms = None
        self._osrs_h = 0

    def _set(self, register, value):
        if register == 0xE0 and value == 0xB6:
            self._reset()
        elif 0xF2 <= register <= 0xF5 and register != 0xF3:
            self._registers[register] = value
            if register == 0xF4:
                self._osrs_h = self._registers[0xF2] & 7  # ctrl_hum counts from here on (§5.4.3)
                if value & 3 in (1, 2):
                    self._start()

    def _start(self):
        osrs_t, osrs_p, osrs_h = self._oversampling()
        # §9.1, typical: 1 ms, 2 ms a measurement, 0.5 ms more for pressure and for humidity.
        duration_ms = 1 + 2 * (osrs_t + osrs_p + osrs_h) + (0.5 if osrs_p else 0) + (0.5 if osrs_h else 0)
        self._done_ms = self.clock() + duration_ms
        self._registers[0xF3] |= 0x08

    def _oversampling(self):
        ctrl_meas = self._registers[0xF4]
        return _TIMES[ctrl_meas >> 5], _TIMES[ctrl_meas >> 2 & 7], _TIMES[self._osrs_h]

    def _update(self):
        """Let happen what has happened by now."""
        registers = self._registers
        if self._copied_ms is not None and self.clock() >= self._copied_ms:
            self._copied_ms = None
            registers[0xF3] &= 0xFE
            low, high = calibration()
            registers[0x88:0xA2] = low
            registers[0xE1:0xE8] = high
        if self._done_ms is not None and self.clock() >= self._done_ms:
            if self.fault != "stuck":
                self._measure(self._done_ms)
            self._done_ms = None
            registers[0xF3] &= 0xF7
            registers[0xF4] &= 0xFC  # back to sleep (§3.3.3)

    def _measure(self, now_ms):
        osrs_t, osrs_p, osrs_h = self._oversampling()
        value = self.world.value
        adc_t = _search(lambda adc: temperature(_fine(adc)), value("temperature", now_ms), 20)
        adc_t = _resolved(adc_t, osrs_t)
        fine = _fine(adc_t)
        adc_p = _search(lambda adc: pressure(adc, fine), value("pressure", now_ms), 20)
        adc_h = _search(lambda adc: humidity(adc, fine), value("humidity", now_ms), 16) if osrs_h else 0x8000
        adc_p = _resolved(adc_p, osrs_p)
        self._registers[0xF7:0xFA] = (adc_p << 4).to_bytes(3, "big")
        self._registers[0xFA:0xFD] = (adc_t << 4).to_bytes(3, "big")
        self._registers[0xFD:0xFF] = adc_h.to_bytes(2, "big")


def calibration():
    """Return the trimming values as the registers 0x88… and 0xE1… hold them (table 16)."""
    h1, h2, h3, h4, h5, h6 = DIG_H
    low = struct.pack("<HhhHhhhhhhhhBB", *DIG_T, *DIG_P, 0, h1)
    return low, struct.pack("<hBbBbb", h2, h3, h4 >> 4, (h5 & 15) << 4 | h4 & 15, h5 >> 4, h6)


def _resolved(adc, oversampling):
    """Return an ADC value at the 16 to 20 bits that the oversampling gives (§3.4.2), 0x80000 where it is skipped."""
    if not oversampling:
        return 0x80000
    zeros = {1: 4, 2: 3, 4: 2, 8: 1, 16: 0}[oversampling]
    return adc >> zeros << zeros


def _search(function, wanted, bits):
    """Return the ADC value whose compensated value comes nearest to the one wanted; the function is monotonic."""
    low, high = 0, (1 << bits) - 1
    rising = function(high) > function(low)
    while high - low > 1:
        middle = (low + high) >> 1
        if (function(middle) < wanted) == rising:
            low = middle
        else:
            high = middle
    return low if abs(function(low) - wanted) <= abs(function(high) - wanted) else high


def _fine(adc):
    """§8.1: the fine temperature, in 1/5120 °C."""
    t1, t2, t3 = DIG_T
    return (adc / 16384 - t1 / 1024) * t2 + (adc / 131072 - t1 / 8192) ** 2 * t3


def temperature(fine):
    """§8.1: °C."""
    return fine / 5120


def pressure(adc, fine):
    """§8.1: Pa."""
    p1, p2, p3, p4, p5, p6, p7, p8, p9 = DIG_P
    x = fine / 2 - 64000
    offset = (x * x * p6 / 32768 + x * p5 * 2) / 4 + p4 * 65536
    gain = (1 + (p3 * x * x / 524288 + p2 * x) / 524288 / 32768) * p1
    p = (1048576 - adc - offset / 4096) * 6250 / gain
    return p + (p9 * p * p / 2147483648 + p * p8 / 32768 + p7) / 16


def humidity(adc, fine):
    """§8.1: %RH, before it is limited to 0–100."""
    h1, h2, h3, h4, h5, h6 = DIG_H
    x = fine - 76800
    raw = adc - (h4 * 64 + h5 / 16384 * x)
    h = raw * (h2 / 65536 * (1 + h6 / 67108864 * x * (1 + h3 / 67108864 * x)))
    return h * (1 - h1 * h / 524288)
