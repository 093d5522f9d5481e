"""LIS3DH: three axes of acceleration, ±2 g in 12 bits, from the FIFO over I²C.

Source: STMicroelectronics LIS3DH data sheet DocID17530 rev. 2: table 4 (characteristics), 5.1 (FIFO), 6.1.1 (I²C), 8
(registers); AN3308 (self-test, fill level of the FIFO).
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import Garbled, Stuck
from gilmok_node.sensors.motion_i2c import I2cMotion
from gilmok_node.sensors.vibration import CHUNK

# Section 8. The top bit of an address makes it count up over several bytes (6.1.1).
_CTRL_REG1 = const(0x20)  # … 0x25: CTRL_REG2 to CTRL_REG6
_OUT_X_L = const(0x28)  # … 0x2D: six bytes a sample, again and again while the FIFO is on
_FIFO_CTRL_REG = const(0x2E)
_SEVERAL = const(0x80)

_ODR_XYZ = const(0x07)  # CTRL_REG1: all axes; the rate in the upper half
_BDU_HR = const(0x88)  # CTRL_REG4: both bytes of one sample, high resolution, ±2 g
_ST_0 = const(0x02)  # CTRL_REG4
_FIFO_EN = const(0x40)  # CTRL_REG5
_STREAM = const(0x80)  # FIFO_CTRL_REG
_OVRN_FIFO = const(0x40)  # FIFO_SRC_REG, the register after it
_EMPTY = const(0x20)

_LEVELS = const(32)
_CHUNK_BYTES = const(48)  # eight samples of six bytes
# Table 4: 17 to 360 LSB of 4 mg; correct after eight samples.
_MOVES_MIN = const(68)
_MOVES_MAX = const(1440)


class Lis3dh(I2cMotion):
    """Vibration and waveform of three axes.

    400 Hz, 2.5 ms a sample, is left out: times are whole milliseconds. The FIFO may hold ten of the twelve bits (3.6),
    in steps of 4 mg; a slow rate then stands still on a quiet pole, so only 200 Hz, with 1 mg of noise, tells a dead
    element by its stillness; `selftest` = 1 tells it at any rate, each time it begins.
    Cost: 0.22 ms a sample on an ESP32 (estimate: 15 500 instructions of the interpreter on a desk, at 70 MIPS), and 0.18
    ms of waiting for a bus at 400 kHz: together 8 % of a core at 200 Hz.
    """

    NAME = "lis3dh"
    BUS = "i2c"
    # Noise 220 µg/√Hz (table 4) is 1 mg at 200 Hz: one second tells an RMS to 0.1 mg and a peak to the 1 mg of a count.
    CHANNELS = (
        ("rms_x", "[g]", -4),
        ("rms_y", "[g]", -4),
        ("rms_z", "[g]", -4),
        ("peak_x", "[g]", -3),
        ("peak_y", "[g]", -3),
        ("peak_z", "[g]", -3),
    )
    WAVEFORM = (("x", "[g]", -3), ("y", "[g]", -3), ("z", "[g]", -3))  # table 4: 1 mg/digit
    OPTIONS = {"address": (0x18, (0x18, 0x19)), "sample_ms": (5, (5, 10, 20, 40)), "selftest": (0, (0, 1))}
    WARMUP_MS = 3000
    WHO_AM_I = (0x0F, 0x33)
    SCALE = (1000, 10000, 1000)
    STEPS = (1049, 0)  # 0.04 % too much
    SAMPLE_BYTES = 6

    def __init__(self, bus, options):
        I2cMotion.__init__(self, bus, options)
        odr = {5: 6, 10: 5, 20: 4, 40: 3}[self._period_ms]  # CTRL_REG1: 200, 100, 50, 25 Hz
        self._settings = bytearray((odr << 4 | _ODR_XYZ, 0, 0, _BDU_HR, _FIFO_EN, 0))
        self._found = bytearray(6)
        self._level = bytearray(2)
        self._raw = bytearray(_CHUNK_BYTES)

    def begin(self, now_ms):
        """Check its id and begin its self-test, where it does one; returns the ms until start() may go on."""
        self._probe()
        return self._test() if self._selftest else 1

    def _configure(self, test):
        """Set all it has to keep; through power-down and bypass, which empties the FIFO (5.1.1)."""
        self._settings[3] = _BDU_HR | _ST_0 if test == 2 else _BDU_HR
        self._set(_CTRL_REG1, 0)
        self._set(_FIFO_CTRL_REG, 0)
        for i in range(1, 6):
            self._set(_CTRL_REG1 + i, self._settings[i])
        self._set(_FIFO_CTRL_REG, _STREAM)
        self._set(_CTRL_REG1, self._settings[0])
        if not self._read(_CTRL_REG1 | _SEVERAL, self._found):
            raise self._fault()
        if self._found != self._settings:
            raise Garbled("the LIS3DH does not keep its settings", self._found[0])

    def _judge(self, rest, pushed):
        for before, after in zip(rest, pushed):
            if not _MOVES_MIN <= abs(after - before) <= _MOVES_MAX:
                raise Stuck("an axis moves by {} mg in the self-test".format(after - before), after - before)

    def _count(self):
        if not (self._read(_CTRL_REG1 | _SEVERAL, self._found) and self._read(_FIFO_CTRL_REG | _SEVERAL, self._level)):
            return -1
        if self._found != self._settings or self._level[0] != _STREAM:
            self._wrong = self._found[0]
            return -1
        self._wrong = None
        if self._level[1] & _OVRN_FIFO:
            self._overrun = True  # full: from now on it loses samples (8.20), and time tells how many it lost already
        level = self._level[1]
        if level & _EMPTY:
            return 0
        return _LEVELS if level & _OVRN_FIFO else level & 31  # five bits: 32 is 31 and the overrun flag (AN3308)

    def _fetch(self):
        return self._raw if self._read(_OUT_X_L | _SEVERAL, self._raw) else None

    def _is_dead(self, x, y, z):
        if not I2cMotion._is_dead(self, x, y, z):
            return False
        square = x.low * x.low + y.low * y.low + z.low * z.low
        return self._period_ms == 5 or not 490000 < square < 1690000  # 0.7 to 1.3 g: offset 40 mg, and its drift

    def _unpack(self, raw, i, xs, ys, zs, k):
        """Unpack eight samples, twelve bits left-justified, low byte first: the lowest four are zero."""
        spare = 0
        end = k + CHUNK
        while k < end:
            spare |= raw[i] | raw[i + 2] | raw[i + 4]
            xs[k] = ((raw[i + 1] ^ 0x80) << 4 | raw[i] >> 4) - 0x800
            ys[k] = ((raw[i + 3] ^ 0x80) << 4 | raw[i + 2] >> 4) - 0x800
            zs[k] = ((raw[i + 5] ^ 0x80) << 4 | raw[i + 4] >> 4) - 0x800
            i += 6
            k += 1
        return not spare & 15
