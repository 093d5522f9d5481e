"""ADXL355: three axes of acceleration, ±2 g, from the FIFO over SPI (mode 0, up to 10 MHz).

Readings are the vibration of whole seconds; the raw samples can be captured as waveform blocks beside them.

Source: Analog Devices ADXL354/ADXL355 data sheet rev. C: table 1 (specifications), "FIFO", "Register map".
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import Absent, Garbled, option
from gilmok_node.sensors.motion import Motion
from gilmok_node.sensors.vibration import CHUNK

# "Register map". On SPI the first byte is the address shifted left; its low bit says read.
_DEVID_AD = const(0x00)  # … 0x05: DEVID_MST, PARTID, REVID, STATUS, FIFO_ENTRIES
_FIFO_DATA = const(0x11)
_FILTER = const(0x28)
_RANGE = const(0x2C)
_POWER_CTL = const(0x2D)

_FIFO_OVR = const(0x04)  # STATUS
_RANGE_2G = const(0x81)  # reset value: ±2 g (the top bit is an I²C setting)
_STANDBY = const(0x01)  # POWER_CTL
_MEASURE = const(0x00)
_FIFO_ENTRIES = const(96)  # 32 samples of three axes
_FULL = const(31)  # samples: after an overrun it is full; an overrun flag without that is one already dealt with

_CHUNK_BYTES = const(72)  # eight samples of nine bytes
_TURN_ON_MS = const(10)  # table 1: standby to measurement
_PERIODS_MS = (1, 2, 4, 8, 16, 32)  # FILTER: 4000 Hz / 2^code, from code 2 on


class Chip(Motion):
    """The chip and its FIFO, whatever is made of its samples; `device` is a base.SpiDevice or what looks like one.

    Cost: 0.23 ms a sample of three axes on an ESP32 (estimate: 16 200 instructions of the interpreter on a desk, at
    70 MIPS; a desk's time × 150 says 0.4), 6 % of a core at 250 Hz; in a capture 0.26 ms.
    """

    SCALE = (256000, 100000, 10000)  # table 1: 256000 LSB/g; RMS in 10 µg, peaks in 0.1 mg
    STEPS = (1049, 8)  # 0.04 % too much
    SAMPLE_BYTES = 9

    def __init__(self, device, period_ms):
        Motion.__init__(self, period_ms)
        self._device = device
        self._odr = 2 + _PERIODS_MS.index(period_ms)
        self._head_out = bytearray(7)
        self._head_out[0] = _DEVID_AD << 1 | 1
        self._head = bytearray(7)
        self._out = bytearray(1 + _CHUNK_BYTES)
        self._out[0] = _FIFO_DATA << 1 | 1
        self._raw = bytearray(1 + _CHUNK_BYTES)
        self._payload = memoryview(self._raw)[1:]

    def begin(self, now_ms):
        """Check its ids, set rate and range, start measuring with an empty FIFO; returns the turn-on time.

        No software reset: with REVID 1 it may load wrong factory settings, which a power-on does not (register 0x2F).
        """
        self._device.transfer(self._head_out, self._head)
        if not self._answers():
            raise self._fault()
        self._set(_POWER_CTL, _STANDBY)
        self._set(_RANGE, _RANGE_2G)
        self._set(_FILTER, self._odr)
        if self._get(_FILTER) != self._odr or self._get(_RANGE) != _RANGE_2G:
            raise Garbled("the ADXL355 does not keep its settings", self._get(_FILTER))
        self._set(_POWER_CTL, _MEASURE)
        self._restart(now_ms)
        return _TURN_ON_MS

    def _count(self):
        head = self._head
        self._device.transfer(self._head_out, head)
        if not self._answers():
            return -1
        # The chip stores x, y, z one after another: an incomplete sample at the end is no fault, it waits.
        ready = head[6] // 3
        if head[5] & _FIFO_OVR and ready >= _FULL:
            self._overrun = True
        return ready

    def _fetch(self):
        self._device.transfer(self._out, self._raw)
        return self._payload

    def _unpack(self, raw, i, xs, ys, zs, k):
        """Unpack eight samples from raw[i:] into the columns from k on; return whether each begins with an x entry.

        An entry is 20 bits, left-justified, two's complement; bit 1 says that the FIFO was empty, bit 0 marks x ("FIFO").
        """
        end = k + CHUNK
        while k < end:
            low = raw[i + 2]
            if low & 3 != 1:
                return False
            xs[k] = ((raw[i] ^ 0x80) << 12 | raw[i + 1] << 4 | low >> 4) - 0x80000
            ys[k] = ((raw[i + 3] ^ 0x80) << 12 | raw[i + 4] << 4 | raw[i + 5] >> 4) - 0x80000
            zs[k] = ((raw[i + 6] ^ 0x80) << 12 | raw[i + 7] << 4 | raw[i + 8] >> 4) - 0x80000
            i += 9
            k += 1
        return True

    def _realign(self):
        """A chunk did not begin with x, as after some overruns: drop the rest of the sample it ended in."""
        raw = self._raw
        for entries in (1, 2):
            if raw[3 * entries + 3] & 3 == 1:
                for _ in range(entries):
                    self._get(_FIFO_DATA, 3)
                break
        return True

    def _answers(self):
        head = self._head  # data sheet: DEVID_AD 0xAD, DEVID_MST 0x1D, PARTID 0xED
        return head[1] == 0xAD and head[2] == 0x1D and head[3] == 0xED and head[6] <= _FIFO_ENTRIES

    def _fault(self):
        """Return the error that fits the last transfer."""
        head = self._head
        if self._answers():
            return Motion._fault(self)
        if head[1] == head[2] == head[3]:  # a line that does not move: 0x00 or 0xFF
            return Absent("no ADXL355 on the bus", head[3])
        return Garbled("not the ids of an ADXL355", head[3])

    def _get(self, register, length=1):
        out = bytearray(1 + length)
        out[0] = register << 1 | 1
        into = bytearray(1 + length)
        self._device.transfer(out, into)
        return into[1]

    def _set(self, register, value):
        self._device.transfer(bytes((register << 1, value)), bytearray(2))


class Adxl355(Chip):
    """Vibration and waveform of three axes."""

    NAME = "adxl355"
    BUS = "spi"
    # Noise 22.5 µg/√Hz (table 1) is 0.2 mg RMS at 250 Hz: one second tells an RMS to 10 µg, a peak to 100 µg at best.
    CHANNELS = (
        ("rms_x", "[g]", -5),
        ("rms_y", "[g]", -5),
        ("rms_z", "[g]", -5),
        ("peak_x", "[g]", -4),
        ("peak_y", "[g]", -4),
        ("peak_z", "[g]", -4),
    )
    WAVEFORM = (("x", "[g]", -11, 390625), ("y", "[g]", -11, 390625), ("z", "[g]", -11, 390625))  # 256000 LSB/g
    OPTIONS = {"sample_ms": (4, _PERIODS_MS)}  # 1000 to 31.25 Hz; the two fastest as far as the loop keeps up
    WARMUP_MS = 2000  # until the first whole second is there, at the lowest rate
    # A chunk's time, 32 ms at 250 Hz: with at most 15 samples in the FIFO, a loop held up for 68 ms more loses none.
    SERVICE_MS = 32

    def __init__(self, bus, options):
        Chip.__init__(self, bus, option(self, options, "sample_ms"))
