"""LIS3DH: three axes of acceleration, ±2 g in 12 bits, from the FIFO over I²C.

Source: STMicroelectronics LIS3DH data sheet DocID17530 rev. 2: table 4 (characteristics), 5.1 (FIFO), 6.1.1 (I²C), 8
(registers); AN3308 (self-test, fill level of the FIFO).
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import Garbled, NotReady, Stuck, option
from gilmok_node.sensors.motion_i2c import I2cMotion
from gilmok_node.sensors.vibration import CHUNK

# Section 8. The top bit of an address makes it count up over several bytes (6.1.1).
_CTRL_REG1 = const(0x20)  # … 0x25: CTRL_REG6
_CTRL_REG4 = const(0x23)
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
    SAMPLE_BYTES = 6

    def __init__(self, bus, options):
        I2cMotion.__init__(self, bus, option(self, options, "address"), option(self, options, "sample_ms"))
        odr = {5: 6, 10: 5, 20: 4, 40: 3}[self._period_ms]  # CTRL_REG1: 200, 100, 50, 25 Hz
        self._settings = bytes((odr << 4 | _ODR_XYZ, 0, 0, _BDU_HR, _FIFO_EN, 0))
        self._found = bytearray(6)
        self._level = bytearray(2)
        self._raw = bytearray(_CHUNK_BYTES)
        self._selftest = option(self, options, "selftest")
        self._test = 0  # steps of the self-test still to do
        self._rest = None

    def begin(self, now_ms):
        """Check its id, set it up and start measuring with an empty FIFO; returns when the self-test may go on."""
        self._probe()
        self._configure(self._settings[3])
        self._restart(now_ms)
        self._test = 2 * self._selftest
        # The FIFO holds 32: the newest eight of some 24 are good.
        return 24 * self._period_ms if self._test else 1

    def start(self, now_ms):
        """Do a step of the self-test where there is one left; otherwise it measures since begin().

        Raises: NotReady while it lasts; Stuck where an axis does not move as it must; Garbled; Absent; BusStuck.
        """
        if not self._test:
            return 0
        means = self._newest()
        self._test -= 1
        if self._test:
            self._rest = means
            self._configure(self._settings[3] | _ST_0)
            raise NotReady("it tests itself", 24 * self._period_ms)
        self._configure(self._settings[3])
        self._restart(now_ms)
        for before, after in zip(self._rest, means):
            if not _MOVES_MIN <= abs(after - before) <= _MOVES_MAX:
                raise Stuck("an axis moves by {} mg in the self-test".format(after - before), after - before)
        return 0

    def service(self, now_ms):
        """Take what is in the FIFO, in chunks of eight samples; the rest waits, and all while it tests itself."""
        if not self._test:
            I2cMotion.service(self, now_ms)

    def read(self, now_ms):
        """Return the worst second since the last reading, as Motion does."""
        if self._test:
            raise NotReady("it tests itself")
        return I2cMotion.read(self, now_ms)

    def _configure(self, ctrl_reg4):
        """Set all it has to keep; through power-down and bypass, which empties the FIFO (5.1.1)."""
        self._set(_CTRL_REG1, 0)
        self._set(_FIFO_CTRL_REG, 0)
        for i in range(1, 6):
            self._set(_CTRL_REG1 + i, self._settings[i])
        self._set(_CTRL_REG4, ctrl_reg4)
        self._set(_FIFO_CTRL_REG, _STREAM)
        self._set(_CTRL_REG1, self._settings[0])
        if self._get(_CTRL_REG4) != ctrl_reg4 or self._get(_CTRL_REG1) != self._settings[0]:
            raise Garbled("the LIS3DH does not keep its settings", self._one[0])

    def _newest(self):
        """Return the means of the newest eight samples."""
        if not self._read(_FIFO_CTRL_REG | _SEVERAL, self._level):
            raise self._fault()
        ready = self._ready()
        if ready < 2 * CHUNK:
            raise Garbled("the FIFO holds {} samples in the self-test".format(ready), ready)
        columns = [[0] * CHUNK, [0] * CHUNK, [0] * CHUNK]
        while ready >= CHUNK:
            if self._fetch() is None:
                raise self._fault()
            if not self._unpack(self._raw, 0, columns[0], columns[1], columns[2], 0):
                raise Garbled("not samples of twelve bits", self._raw[0])
            ready -= CHUNK
        return [sum(column) // CHUNK for column in columns]

    def _count(self):
        if not (self._read(_CTRL_REG1 | _SEVERAL, self._found) and self._read(_FIFO_CTRL_REG | _SEVERAL, self._level)):
            return -1
        if self._found != self._settings or self._level[0] != _STREAM:
            self._wrong = self._found[0]
            return -1
        self._wrong = None
        if self._level[1] & _OVRN_FIFO:
            self._overrun = True  # full: from now on it loses samples (8.20), and time tells how many it lost already
        return self._ready()

    def _ready(self):
        """Return how many samples wait: the level has five bits, so 32 is 31 and the overrun flag (AN3308)."""
        level = self._level[1]
        if level & _EMPTY:
            return 0
        return _LEVELS if level & _OVRN_FIFO else level & 31

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
