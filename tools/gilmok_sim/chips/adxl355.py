"""A virtual ADXL355 on SPI for MicroPython and CPython: ids, settings, a FIFO that fills by the clock and overruns.

Samples are made when they are read: what overruns costs nothing, however fast the clock runs.

Source: Analog Devices ADXL354/ADXL355 data sheet rev. C: table 1, "FIFO", "Register map".
"""

from gilmok_sim.chips import Noise

_STATUS, _FIFO_ENTRIES, _FIFO_DATA, _FILTER, _RANGE, _POWER_CTL = 0x04, 0x05, 0x11, 0x28, 0x2C, 0x2D
_RESETS = {0x00: 0xAD, 0x01: 0x1D, 0x02: 0xED, 0x03: 0x01, 0x29: 0x60, _RANGE: 0x81, _POWER_CTL: 0x01}
_COUNTS_PER_G = 256000  # ±2 g
_FIFO = 96  # entries: 32 samples of three axes


class VirtualAdxl355:
    """Measures `x`, `y` and `z` in g, at ±2 g, and only through its FIFO.

    `noise` scales the sensor's own noise: 1 as in the data sheet, 0 none (a constant world then looks like a dead
    sensor). `odr_error` is how much faster its clock runs than it says. `extra_entries` (0–2) shows a sample half
    stored, as the real chip does for a moment. `drop(entries)` loses entries out of step, which shifts the axes.
    """

    def __init__(self, world, clock, seed=1, noise=1, odr_error=0.0):
        self.world = world
        self.clock = clock
        self.fault = None
        self.extra_entries = 0
        self._noise = Noise(seed)
        self._noise_scale = noise
        self._odr_error = odr_error
        self._registers = bytearray(0x30)
        self._reset()

    def transfer(self, out, into):
        """Answer one SPI transaction: address and read bit, then consecutive registers; FIFO_DATA stays in place."""
        register = out[0] >> 1
        into[0] = 0xFF
        if self.fault == "silence":
            into[:] = b"\xff" * len(into)
        elif out[0] & 1 and register == _FIFO_DATA:
            self._read_fifo(into)
        elif out[0] & 1:
            for i in range(1, len(into)):
                into[i] = self._get(register + i - 1)
        else:
            for i in range(1, len(out)):
                self._set(register + i - 1, out[i])
        if self.fault in ("noise", "bad_checksum"):
            self._noise.fill(into)

    def drop(self, entries):
        """Lose `entries` of the FIFO."""
        self._read += entries

    def _reset(self):
        for i in range(len(self._registers)):
            self._registers[i] = _RESETS.get(i, 0)
        self._start_ms = None
        self._overrun = False
        self._read = 0  # entries taken or lost since the start
        self._sample = None  # (number, bytes) of the sample being read
        self._frozen = None

    def _get(self, register):
        if register == _STATUS:
            entries = self._entries()
            status = (entries > 0) | (entries >= self._registers[0x29]) << 1 | self._overrun << 2
            self._overrun = False  # reading the status clears it
            return status
        if register == _FIFO_ENTRIES:
            entries = self._entries()
            return min(_FIFO, entries + self.extra_entries) if entries else 0
        return self._registers[register] if register < len(self._registers) else 0

    def _set(self, register, value):
        if register == 0x2F and value == 0x52:
            self._reset()
        elif 0x1E <= register <= 0x2E:
            self._registers[register] = value
            if register == _POWER_CTL:
                if value & 1:
                    self._start_ms = None  # standby
                elif self._start_ms is None:
                    self._start()

    def _start(self):
        rate_hz = 4000 / (1 << (self._registers[_FILTER] & 15)) * (1 + self._odr_error)
        self._period_ms = 1000 / rate_hz
        # Table 1: 22.5 µg/√Hz; the filter passes a quarter of the rate. Uniform noise of ±√3 σ has an RMS of σ.
        self._noise_counts = int(self._noise_scale * 22.5e-6 * _COUNTS_PER_G * (rate_hz / 4 * 3) ** 0.5)
        self._start_ms = self.clock()
        self._read = 0
        self._sample = None
        self._overrun = False

    def _entries(self):
        """Return how many entries the FIFO holds by now, after it has dropped what it could not."""
        if self._start_ms is None:
            return 0
        filled = 3 * int((self.clock() - self._start_ms) / self._period_ms)
        if filled - self._read > _FIFO:
            self._read = filled - _FIFO
            self._overrun = True
        return max(0, filled - self._read)

    def _read_fifo(self, into):
        entries = self._entries()
        for i in range(1, len(into), 3):
            if entries > 0:
                number = self._read // 3
                if self._sample is None or self._sample[0] != number:
                    self._sample = (number, self._pack(number))
                at = self._read % 3 * 3
                entry = self._sample[1][at : at + 3]
                self._read += 1
                entries -= 1
            else:
                entry = b"\x00\x00\x02"  # empty
            for k in range(min(3, len(into) - i)):
                into[i + k] = entry[k]

    def _pack(self, number):
        """Return the nine bytes of a sample: 20 bits each, left-justified; the lowest bit marks x."""
        data = bytearray()
        for value in self._measure(number):
            data += ((value & 0xFFFFF) << 4).to_bytes(3, "big")
        data[2] |= 1
        return data

    def _measure(self, number):
        if self.fault == "stuck" and self._frozen:
            return self._frozen
        now_ms = self._start_ms + (number + 1) * self._period_ms
        spread = 2 * self._noise_counts + 1
        bits = self._noise.bits()
        values = []
        for axis in ("x", "y", "z"):
            value = round(self.world.value(axis, now_ms) * _COUNTS_PER_G)
            value += (bits & 1023) * spread // 1024 - self._noise_counts
            values.append(min(0x7FFFF, max(-0x80000, value)))
            bits >>= 10
        self._frozen = values
        return values
