"""ADXL355: three axes of acceleration, ±2 g, from the FIFO over SPI (mode 0, up to 10 MHz).

Readings are the vibration of whole seconds; the raw samples can be captured as waveform blocks beside them.

Source: Analog Devices ADXL354/ADXL355 data sheet rev. C: table 1 (specifications), "FIFO", "Register map".
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import Absent, Garbled, Silent, Stuck, option
from gilmok_node.sensors.vibration import CHUNK, Axis

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
_BLOCK_SAMPLES = const(64)  # of a waveform; the clock is followed only between two of them
_TURN_ON_MS = const(10)  # table 1: standby to measurement
# The chip's seconds and the node's drift apart, so a reading may find no new one: the last still counts while this old.
_FRESH_MS = const(1500)
_SILENT_MS = const(3000)  # two seconds missed


class Adxl355:
    """Vibration and waveform of three axes.

    rms_*: AC RMS over one second (the root mean square of the deviation from that second's mean, so without gravity);
    peak_*: the largest such deviation. A reading is the worst of the whole seconds since the reading before, axis by
    axis: with a period of one second the last second, with longer ones no peak is missed. Seconds are counted in
    samples, to the nearest chunk of eight. `overruns` and `lost` count FIFO overruns and the samples they cost;
    `faults` counts bad transfers.
    """

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
    OPTIONS = {"sample_ms": (4, (1, 2, 4, 8, 16, 32))}  # 1000 to 31.25 Hz; the two fastest as far as the loop keeps up
    WARMUP_MS = 2000  # until the first whole second is there, at the lowest rate
    # A chunk's time, 32 ms at 250 Hz: with at most 15 samples in the FIFO, a loop held up for 68 ms more loses none.
    SERVICE_MS = 32

    def __init__(self, bus, options):
        self._device = bus
        self._period_ms = option(self, options, "sample_ms")
        self._odr = 2 + self.OPTIONS["sample_ms"][1].index(self._period_ms)  # FILTER: 4000 Hz / 2^code
        self.SERVICE_MS = CHUNK * self._period_ms
        self._head_out = bytearray(7)
        self._head_out[0] = _DEVID_AD << 1 | 1
        self._head = bytearray(7)
        self._out = bytearray(1 + _CHUNK_BYTES)
        self._out[0] = _FIFO_DATA << 1 | 1
        self._raw = bytearray(1 + _CHUNK_BYTES)
        self._payload = memoryview(self._raw)[1:]
        self._axes = (Axis(), Axis(), Axis())
        self._capture = None
        self._capturing = False
        self._next_ms = None  # when the next sample to be taken was measured, by count
        self._begun_ms = self._second_ms = 0
        self._worst = self._last = None
        self._stuck = False
        self.overruns = self.lost = self.faults = 0

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
        self._begun_ms = self._second_ms = now_ms
        self._worst = self._last = None
        self._window_ms = 0
        self._lag_ms = None
        self._phase = 0
        self._settling = True  # the first chunk holds the filter's rise from zero
        self._gap = self._next_ms is not None
        self._first = not self._gap  # what settles before the very first sample leaves no hole in a waveform
        self._stuck = False
        for axis in self._axes:
            axis.count = 0
        return _TURN_ON_MS

    def start(self, now_ms):
        """Nothing to start: it measures since begin()."""
        return 0

    def service(self, now_ms):
        """Take what is in the FIFO, in chunks of eight samples; the rest waits.

        Cost: 0.2 ms a sample of three axes on an ESP32 (estimate: 14 000 instructions of the interpreter on a desk, at
        70 MIPS), 5 % of a core at 250 Hz; in a capture 0.3 ms. No allocation outside a capture, but for whole seconds.
        """
        head = self._head
        self._device.transfer(self._head_out, head)
        if not self._answers():
            self.faults += 1
            return
        # The chip stores x, y, z one after another: an incomplete sample at the end is no fault, it waits.
        ready = head[6] // 3
        if not ready:
            return
        if self._next_ms is None:
            self._next_ms = now_ms - ready * self._period_ms + self._period_ms // 2
        elif self._gap or (head[5] & _FIFO_OVR and ready >= _FULL):
            self._skip_lost(now_ms, ready)
        lag_ms = now_ms - self._next_ms - (ready - 1) * self._period_ms
        if self._lag_ms is None or lag_ms > self._lag_ms:
            self._lag_ms = lag_ms
        while ready >= CHUNK:
            self._take(now_ms)
            ready -= CHUNK

    def read(self, now_ms):
        """Return the worst second since the last reading; where none was completed, the one before, while it is fresh.

        Raises: Absent, Garbled, Silent or Stuck when no good second has come for three seconds.
        """
        self.service(now_ms)
        if self._worst is not None:
            self._last = tuple(self._worst)
            self._worst = None
            return self._last
        if now_ms - self._second_ms > _SILENT_MS:
            raise self._fault()
        if self._last is None or now_ms - self._second_ms > _FRESH_MS:
            return (None,) * len(self.CHANNELS)
        return self._last

    def capture(self, on):
        """Start or stop keeping raw blocks."""
        if on and self._capture is None:
            from gilmok_node.sensors.capture import Capture  # a node that keeps no waveform can do without

            self._capture = Capture(9, _BLOCK_SAMPLES)
        if self._capturing and not on:
            self._capture.close()
        if on and not self._capturing:
            self._phase = 0
        self._capturing = on

    def blocks(self):
        """Return an iterable of the finished blocks, which forgets them.

        Shape: (start_ms, period_ms, samples lost before, [x, y, z]), each axis a list of counts.
        """
        return self._drain() if self._capture and self._capture.ready else ()

    def _drain(self):
        block = self._capture.take()
        while block:
            start_ms, lost, count, packed = block
            columns = [[0] * count, [0] * count, [0] * count]
            for k in range(0, count, CHUNK):
                _unpack(packed, 9 * k, columns[0], columns[1], columns[2], k)
            self._capture.give(packed)
            yield start_ms, self._period_ms, lost, columns
            block = self._capture.take()

    def _take(self, now_ms):
        raw = self._raw
        self._device.transfer(self._out, raw)
        x, y, z = self._axes
        if not _unpack(raw, 1, x.samples, y.samples, z.samples, 0):
            self._realign()
        elif self._settling:
            self._settling = False
            if self._first:
                self._advance(CHUNK)
            else:
                self._lose(CHUNK)
            self._window_ms = 0
        else:
            x.add()
            y.add()
            z.add()
            if self._capturing:
                self._capture.add(self._next_ms, self._payload)
            self._advance(CHUNK)
            self._phase += CHUNK
            if self._phase == _BLOCK_SAMPLES:
                self._phase = 0
                self._resync()
        if self._window_ms >= 1000:
            self._close_second(now_ms)

    def _close_second(self, now_ms):
        self._window_ms %= 1000
        x, y, z = self._axes
        if x.count * self._period_ms < 500:  # mostly a hole
            x.count = y.count = z.count = 0
            return
        # Noise alone moves an axis by dozens of counts: three axes that stand still have no living sensor behind them.
        self._stuck = x.low == x.high and y.low == y.high and z.low == z.high
        if not self._stuck:
            (rx, px), (ry, py), (rz, pz) = x.summary(), y.summary(), z.summary()
            second = (rx, ry, rz, px, py, pz)
            self._worst = [max(a, b) for a, b in zip(self._worst or second, second)]
            self._second_ms = now_ms
        x.count = y.count = z.count = 0

    def _advance(self, samples):
        self._next_ms += samples * self._period_ms
        self._window_ms += samples * self._period_ms

    def _lose(self, samples):
        """Step over samples that nobody will see."""
        self._advance(samples)
        self._phase = 0
        if self._capturing:
            self._capture.lose(samples)

    def _skip_lost(self, now_ms, ready):
        """After an overrun or a new begin(): the newest sample is of now, so time tells how many are missing."""
        lost = (now_ms - self._next_ms) // self._period_ms + 1 - ready
        if not self._gap:
            self.overruns += 1
            lost = max(lost, 1)
            self.lost += lost
        if lost > 0:
            self._lose(lost)
        self._gap = False
        self._lag_ms = None

    def _resync(self):
        """Follow the chip's own clock: by count, until the count is more than a period off the node's time.

        The newest sample is 0 to 1 periods old; a loop that was late makes it look newer, never older: the largest lag
        counts.
        """
        period_ms = self._period_ms
        if self._lag_ms is not None and not -period_ms <= self._lag_ms <= 2 * period_ms:
            self._next_ms += self._lag_ms - period_ms // 2
        self._lag_ms = None

    def _realign(self):
        """A chunk did not begin with x, as after some overruns: drop it, and the rest of the sample it ended in."""
        self.faults += 1
        raw = self._raw
        for entries in (1, 2):
            if raw[3 * entries + 3] & 3 == 1:
                for _ in range(entries):
                    self._get(_FIFO_DATA, 3)
                break
        self.lost += CHUNK
        self._lose(CHUNK)

    def _answers(self):
        head = self._head  # data sheet: DEVID_AD 0xAD, DEVID_MST 0x1D, PARTID 0xED
        return head[1] == 0xAD and head[2] == 0x1D and head[3] == 0xED and head[6] <= _FIFO_ENTRIES

    def _fault(self):
        """Return the error that fits the last transfer."""
        head = self._head
        if not self._answers():
            if head[1] == head[2] == head[3]:  # a line that does not move: 0x00 or 0xFF
                return Absent("no ADXL355 on the bus", head[3])
            return Garbled("not the ids of an ADXL355", head[3])
        if self._stuck:
            return Stuck("all three axes stand perfectly still", self._axes[2].low)
        return Silent("the FIFO does not fill", _SILENT_MS)

    def _get(self, register, length=1):
        out = bytearray(1 + length)
        out[0] = register << 1 | 1
        into = bytearray(1 + length)
        self._device.transfer(out, into)
        return into[1]

    def _set(self, register, value):
        self._device.transfer(bytes((register << 1, value)), bytearray(2))


def _unpack(raw, i, xs, ys, zs, k):
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
