"""MPU-6050: its accelerometer at ±2 g from the FIFO over I²C, and the temperature of its die; the gyroscopes stay off.

Source: InvenSense MPU-6000/MPU-6050 register map RM-MPU-6000A-00 rev. 4.2 (registers by number); product specification
PS-MPU-6000A-00 rev. 3.4: 6.2 (accelerometer), 6.4 (temperature), 6.6 (clocks).
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import Garbled, Stuck
from gilmok_node.sensors.motion_i2c import I2cMotion
from gilmok_node.sensors.vibration import CHUNK

_SELF_TEST_X = const(0x0D)  # 13 … 16: SELF_TEST_Y, SELF_TEST_Z, SELF_TEST_A
_SMPLRT_DIV = const(0x19)  # 25 … 28: CONFIG, GYRO_CONFIG, ACCEL_CONFIG
_FIFO_EN = const(0x23)  # 35
_INT_ENABLE = const(0x38)  # 56
_INT_STATUS = const(0x3A)  # 58; 59 … 64 are the acceleration, 65 and 66 the temperature
_USER_CTRL = const(0x6A)  # 106 … 108: PWR_MGMT_1, PWR_MGMT_2
_PWR_MGMT_1 = const(0x6B)
_FIFO_COUNTH = const(0x72)  # 114, 115
_FIFO_R_W = const(0x74)  # 116

_AFS_8G = const(0x10)  # ACCEL_CONFIG: the range of the self-test, 4096 LSB/g
_XYZ_ST = const(0xE0)  # ACCEL_CONFIG: push all axes
_ACCEL_FIFO_EN = const(0x08)  # FIFO_EN
_FIFO_OFLOW = const(0x10)  # INT_ENABLE, INT_STATUS
_FIFO_ON = const(0x40)  # USER_CTRL
_FIFO_RESET = const(0x04)  # USER_CTRL: while FIFO_ON is 0
_DEVICE_RESET = const(0x80)  # PWR_MGMT_1
# USER_CTRL, PWR_MGMT_1 (awake, internal oscillator: the others need a gyroscope) and PWR_MGMT_2 (gyroscopes asleep).
_RUNNING = b"\x40\x00\x07"

_RESET_MS = const(100)  # register map, PWR_MGMT_1 (secondary: what InvenSense's own driver waits)
_FIFO_BYTES = const(1024)
_CHUNK_BYTES = const(48)  # eight samples of six bytes
# 6.4: the die's range; what lies outside is a missing value.
_T_MIN = const(-400)
_T_MAX = const(850)

# CONFIG, DLPF_CFG: 184, 94, 44 or 21 Hz of bandwidth, below half the rate.
_FILTERS = {2: 1, 4: 2, 8: 3, 16: 4}


class Mpu6050(I2cMotion):
    """Vibration and waveform of three axes, and the temperature inside the chip.

    Samples in its FIFO have no mark: after an overflow, which leaves a part of one, and after a broken transfer the
    FIFO is emptied, and time tells what that cost. Its clock is off by up to 5 % (6.6): times within a block of 64
    samples are by count, and blocks follow the node's clock.
    Cost: 0.21 ms a sample on an ESP32 (estimate: 14 600 instructions of the interpreter on a desk, at 70 MIPS), and 0.21
    ms of waiting for a bus at 400 kHz: together 11 % of a core at 250 Hz.
    """

    NAME = "mpu6050"
    BUS = "i2c"
    # Noise 400 µg/√Hz (6.2) is 4 mg at 94 Hz: one second tells an RMS to 0.2 mg; the temperature is good to a degree.
    CHANNELS = (
        ("rms_x", "[g]", -4),
        ("rms_y", "[g]", -4),
        ("rms_z", "[g]", -4),
        ("peak_x", "[g]", -3),
        ("peak_y", "[g]", -3),
        ("peak_z", "[g]", -3),
        ("temperature", "Cel", -1),
    )
    # 6.2: 16384 LSB/g, here 3 ppm more; its tolerance is 3 %.
    WAVEFORM = (("x", "[g]", -9, 61035), ("y", "[g]", -9, 61035), ("z", "[g]", -9, 61035))
    OPTIONS = {"address": (0x68, (0x68, 0x69)), "sample_ms": (4, (2, 4, 8, 16)), "selftest": (0, (0, 1))}
    WARMUP_MS = 2500
    WHO_AM_I = (0x75, 0x68)  # 117: the same at both addresses
    SCALE = (16384, 10000, 1000)
    STEPS = (64, 0)
    SAMPLE_BYTES = 6

    def __init__(self, bus, options):
        I2cMotion.__init__(self, bus, options)
        # 1 kHz / (1 + SMPLRT_DIV); ±2 g is 0.
        self._settings = bytearray((self._period_ms - 1, _FILTERS[self._period_ms], 0, 0))
        self._running = bytearray(3)
        self._status = bytearray(9)
        self._level = bytearray(2)
        self._raw = bytearray(_CHUNK_BYTES)
        self._misaligned = False
        self._odd = 0

    def begin(self, now_ms):
        """Check its id and reset it; returns how long that takes."""
        self._probe()
        self._set(_PWR_MGMT_1, _DEVICE_RESET)
        return _RESET_MS

    def _configure(self, test):
        self._settings[3] = (0, _AFS_8G, _AFS_8G | _XYZ_ST)[test]
        self._set(_PWR_MGMT_1, _RUNNING[1])
        self._set(_PWR_MGMT_1 + 1, _RUNNING[2])
        for i in range(4):
            self._set(_SMPLRT_DIV + i, self._settings[i])
        self._set(_INT_ENABLE, _FIFO_OFLOW)
        self._set(_FIFO_EN, _ACCEL_FIFO_EN)
        for i in range(4):
            if self._get(_SMPLRT_DIV + i) != self._settings[i]:
                raise Garbled("the MPU-6050 does not keep its settings", self._one[0])
        if not self._flush():
            raise self._fault()

    def _judge(self, rest, pushed):
        """Compare how far each axis moves with what it did in the factory (13 to 16): within 14 % (6.2)."""
        upper = [self._get(_SELF_TEST_X + i) >> 3 & 0x1C for i in range(3)]
        lower = self._get(_SELF_TEST_X + 3)
        for i in range(3):
            code = upper[i] | lower >> (4 - 2 * i) & 3
            if not code:
                raise Garbled("an axis has no factory trim to compare with", code)
            trim = 4096 * 0.34 * (0.92 / 0.34) ** ((code - 1) / 30)
            moved = pushed[i] - rest[i]
            if abs(moved - trim) > 0.14 * trim:
                raise Stuck("an axis moves by {} counts in the self-test, not {:.0f}".format(moved, trim), moved)

    def _flush(self):
        """Empty the FIFO and let it fill again; return whether the bus carried it."""
        self._misaligned = not (self._write(_USER_CTRL, _FIFO_RESET) and self._write(_USER_CTRL, _FIFO_ON))
        return not self._misaligned

    def _count(self):
        if self._misaligned and not self._flush():
            return -1
        level = self._level
        if not (self._read(_USER_CTRL, self._running) and self._read(_INT_STATUS, self._status) and self._read(_FIFO_COUNTH, level)):
            return -1
        count = level[0] << 8 | level[1]
        if self._running != _RUNNING or count > _FIFO_BYTES:
            self._wrong = self._running[1]
            return -1
        self._wrong = None
        # One count that is no multiple of six may be one sample half written, twice in a row it is out of step.
        self._odd = self._odd + 1 if count % 6 else 0
        if self._status[0] & _FIFO_OFLOW or count > _FIFO_BYTES - 6 or self._odd > 1:
            self._realign()
            return 0
        return count // 6

    def _fetch(self):
        return self._raw if self._read(_FIFO_R_W, self._raw) else None

    def _realign(self):
        self._overrun = True
        self._odd = 0
        self._flush()
        return False

    def _unpack(self, raw, i, xs, ys, zs, k):
        """Unpack eight samples of two's complement, high byte first; any bits are a sample."""
        end = k + CHUNK
        while k < end:
            xs[k] = ((raw[i] ^ 0x80) << 8 | raw[i + 1]) - 0x8000
            ys[k] = ((raw[i + 2] ^ 0x80) << 8 | raw[i + 3]) - 0x8000
            zs[k] = ((raw[i + 4] ^ 0x80) << 8 | raw[i + 5]) - 0x8000
            i += 6
            k += 1
        return True

    def _beside(self):
        # Register map, 65 and 66: °C = raw / 340 + 36.53.
        raw = ((self._status[7] ^ 0x80) << 8 | self._status[8]) - 0x8000
        temperature = (10 * raw + 124202 + 170) // 340
        return (temperature if _T_MIN <= temperature <= _T_MAX else None,)
