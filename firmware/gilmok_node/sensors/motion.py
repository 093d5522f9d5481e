"""Accelerometers with a FIFO: whole seconds of vibration and raw blocks, from chunks of eight samples."""

from gilmok_wire.compat import TYPE_CHECKING, const

from gilmok_node.sensors.base import Silent, Stuck, missing
from gilmok_node.sensors.vibration import CHUNK, Axis

if TYPE_CHECKING:
    from collections.abc import Callable

_BLOCK_SAMPLES = const(64)  # of a waveform; the clock is followed only between two of them


class Motion:
    """Base of the FIFO accelerometers; a subclass fills the table, begin() and the hooks at the end.

    rms_*: AC RMS over one second (the root mean square of the deviation from that second's mean, so without gravity);
    peak_*: the largest such deviation. A reading is the worst of the whole seconds since the reading before, axis by
    axis: with a period of one second the last second, with longer ones no peak is missed. Seconds are counted in
    samples, to the nearest chunk of eight. `overruns` and `lost` count FIFO overruns and the samples they cost;
    `faults` counts bad transfers.
    """

    NAME = ""
    CHANNELS = ()
    OPTIONS: dict = {}
    # Counts in a g, and the steps that a g has in rms_* and in peak_*.
    SCALE = (0, 0, 0)
    STEPS = (1, 0)  # (factor, shift): count × factor >> shift is in 2^-20 g, what detectors take
    SAMPLE_BYTES = 0
    SPAN_MS = 1000  # what is summed up at a time
    # Hooks, as bare annotations: a method that only raises would take 200 bytes of every node's heap.
    _count: "Callable[[], int]"  # how many whole samples wait, −1 where the answer is bad; sets `_overrun` where the FIFO lost some
    _fetch: "Callable[[], bytes | None]"  # takes eight samples from the FIFO; their bytes, None where that fails
    # (raw, i, xs, ys, zs, k): unpacks eight samples from raw[i:] into the columns from k on; whether they can be samples
    _unpack: "Callable[..., bool]"

    def __init__(self, period_ms):
        self._period_ms = period_ms
        self.SERVICE_MS = CHUNK * period_ms
        self._axes = (Axis(self.SCALE), Axis(self.SCALE), Axis(self.SCALE))
        self._capture = None
        self._capturing = False
        self.listeners = ()
        self._next_ms = None  # when the next sample to be taken was measured, by count
        self._second_ms = self._window_ms = self._phase = 0
        self._lag_ms = self._worst = self._last = None
        self._settling = self._gap = self._first = self._stuck = self._overrun = False
        self.overruns = self.lost = self.faults = 0

    def start(self, now_ms):
        """Nothing to start: it measures since begin()."""
        return 0

    def service(self, now_ms):
        """Take what is in the FIFO, in chunks of eight samples; the rest waits.

        Cost: no allocation outside a capture, but for whole seconds.
        """
        ready = self._count()
        if ready < 0:
            self.faults += 1
        if ready <= 0:
            return
        if self._next_ms is None:
            self._next_ms = now_ms - ready * self._period_ms + self._period_ms // 2
        elif self._gap or self._overrun:
            self._skip_lost(now_ms, ready)
        lag_ms = now_ms - self._next_ms - (ready - 1) * self._period_ms
        if self._lag_ms is None or lag_ms > self._lag_ms:
            self._lag_ms = lag_ms
        while ready >= CHUNK and self._take(now_ms):
            ready -= CHUNK

    def read(self, now_ms):
        """Return the worst second since the last reading; where none was completed, the one before, while it is fresh.

        Raises: Absent, BusStuck, Garbled, Silent or Stuck when no good second has come for three.
        """
        self.service(now_ms)
        if self._worst is not None:
            self._last = tuple(self._worst) + self._beside()
            self._worst = None
            return self._last
        # The chip's seconds and the node's drift apart, so a reading may find no new one: the last still counts while
        # it is younger than one and a half.
        since_ms = now_ms - self._second_ms
        if since_ms > 3 * self.SPAN_MS:
            raise self._fault()
        if self._last is None or since_ms > 3 * self.SPAN_MS // 2:
            return missing(self.CHANNELS)
        return self._last

    def listen(self, detector):
        """Give every chunk to a detector: hear(start_ms, period_ms, x, y, z) in counts, lose(samples) where some are missing."""
        self.listeners += (detector,)

    def capture(self, on):
        """Start or stop keeping raw blocks."""
        if on == self._capturing:
            return
        if on:
            from gilmok_node.sensors.capture import Capture  # a node that keeps no waveform can do without

            self._capture = self._capture or Capture(self.SAMPLE_BYTES, _BLOCK_SAMPLES)
            self._phase = 0
        else:
            self._capture.close()
        self._capturing = on

    def blocks(self):
        """Return an iterable of the finished blocks, which forgets them.

        Shape: (start_ms, period_ms, samples lost before, [x, y, z]), each axis a list of counts.
        """
        return self._capture.blocks(self) if self._capture and self._capture.ready else ()

    def _restart(self, now_ms):
        """Forget the second that a begin() broke; the FIFO is empty and fills from now on."""
        self._second_ms = now_ms
        self._worst = self._last = None
        self._window_ms = 0
        self._lag_ms = None
        self._phase = 0
        self._settling = True  # the first chunk holds the filter's rise from zero
        self._gap = self._next_ms is not None
        self._first = not self._gap  # what settles before the very first sample leaves no hole in a waveform
        self._stuck = self._overrun = False
        for axis in self._axes:
            axis.count = 0

    def _take(self, now_ms):
        """Take a chunk; return whether the FIFO still holds what is behind it."""
        x, y, z = self._axes
        heard_ms = None
        payload = self._fetch()
        if payload is None or not self._unpack(payload, 0, x.samples, y.samples, z.samples, 0):
            self.faults += 1
            if not self._realign():
                return False
            self.lost += CHUNK
            self._lose(CHUNK)
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
            heard_ms = self._next_ms
            if self._capturing:
                self._capture.add(heard_ms, payload)
            self._advance(CHUNK)
            self._phase += CHUNK
            if self._phase == _BLOCK_SAMPLES:
                self._phase = 0
                self._resync()
        if self._window_ms >= self.SPAN_MS:
            self._close_second(now_ms)
        if heard_ms is not None:
            for listener in self.listeners:
                listener.hear(heard_ms, self._period_ms, x.samples, y.samples, z.samples)
        return True

    def _close_second(self, now_ms):
        self._window_ms %= self.SPAN_MS
        x, y, z = self._axes
        if 2 * x.count * self._period_ms >= self.SPAN_MS:  # less is mostly a hole
            self._stuck = self._is_dead(x, y, z)
            if not self._stuck:
                self._sum_up(x, y, z)
                self._second_ms = now_ms
        x.count = y.count = z.count = 0

    def _sum_up(self, x, y, z):
        (rx, px), (ry, py), (rz, pz) = x.summary(), y.summary(), z.summary()
        second = (rx, ry, rz, px, py, pz)
        self._worst = [max(a, b) for a, b in zip(self._worst or second, second)]

    def _is_dead(self, x, y, z):
        """Noise alone moves an axis: three axes that stand still have no living sensor behind them."""
        return x.low == x.high and y.low == y.high and z.low == z.high

    def _advance(self, samples):
        self._next_ms += samples * self._period_ms
        self._window_ms += samples * self._period_ms

    def _lose(self, samples):
        """Step over samples that nobody will see."""
        self._advance(samples)
        self._phase = 0
        if self._capturing:
            self._capture.lose(samples)
        for listener in self.listeners:
            listener.lose(samples)

    def _skip_lost(self, now_ms, ready):
        """After an overrun or a new begin(): the newest sample is of now, so time tells how many are missing."""
        lost = (now_ms - self._next_ms) // self._period_ms + 1 - ready
        if not self._gap:
            self.overruns += 1
            lost = max(lost, 1)
            self.lost += lost
        if lost > 0:
            self._lose(lost)
        self._gap = self._overrun = False
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

    def _fault(self):
        """Return the error that fits why no second is good."""
        if self._stuck:
            return Stuck("all three axes stand perfectly still", self._axes[2].low)
        return Silent("the FIFO does not fill", 3 * self.SPAN_MS)

    def _beside(self):
        """Return the channels behind rms_* and peak_*."""
        return ()

    def _realign(self):
        """Mend the order of the FIFO after a bad chunk; return False where that empties it, an overrun."""
        return True
