"""What the detectors of a motion sensor share: they take its chunks, in 2^-20 g, and say what rules judge and what the log keeps."""

from array import array

from gilmok_wire.compat import TYPE_CHECKING, const

if TYPE_CHECKING:
    from collections.abc import Callable

# A sample that stands alone among the eight of its chunk is no motion: it is further from the other seven than four times what these
# span, and by more than 20 mg, which no sensor's noise reaches. What begins with the last sample of a chunk comes a sample later.
_ALONE = const(20972)
_TIMES = const(4)


class Detector:
    """Base of the detectors; a subclass has KIND, CHANNELS and the hooks.

    Every change is told at once by on_values(tick_ms, values), and so is what stays as it was, once a second: rules count their delays
    from one value to the next. `record` says, while it is called, whether these values are worth a record. `values` are the last
    ones. `busy` is whether something goes on of which the waveform should be kept.
    `steps` (factor, shift) brings a count of the sensor to 2^-20 g. Samples come in chunks of eight; `chunk` of them are judged at a
    time, a multiple of eight.
    Bounds: counts of ±2 g, 20 bits and a factor of eleven at most, are below 2^30, and samples below 2^22.
    Cost: no allocation but for what is told.
    """

    # Hooks, as bare annotations: a method that only raises would take 200 bytes of every node's heap.
    _run: "Callable[[int], None]"  # judges what `_axes` hold, whose last sample was measured at the tick
    _lose: "Callable[[int], None]"  # goes on behind so many samples

    def __init__(self, name, steps, chunk):
        self.name = name
        self.on_values = None
        self.values = None
        self.record = self.busy = False
        self._factor, self._shift = steps
        self._alone = (_ALONE << self._shift) // self._factor
        self._axes = tuple([array("i", bytearray(4 * chunk)) for _ in range(3)])
        self._chunk = chunk
        self._at = 0

    def hear(self, start_ms, period_ms, x, y, z):
        """Take a chunk of counts of each axis, whose first was measured at `start_ms`."""
        at = self._at
        a, b, c = self._axes
        self._fill(x, a, at)
        self._fill(y, b, at)
        self._fill(z, c, at)
        count = len(x)
        at += count
        self._at = at if at < self._chunk else 0
        if not self._at:
            self._run(start_ms + (count - 1) * period_ms)

    def lose(self, samples):
        """Go on behind a hole of so many samples."""
        samples += self._at
        self._at = 0
        self._lose(samples)

    def _tell(self, tick_ms, values, record):
        self.values = values
        self.record = record
        if self.on_values:
            self.on_values(tick_ms, values)

    def _fill(self, counts, samples, at):
        factor, shift = self._factor, self._shift
        first = at
        for value in counts:
            samples[at] = value * factor >> shift
            at += 1
        if max(counts) - min(counts) > self._alone:
            mend(samples, first, at)


def mend(samples, start, end):
    """Replace the one sample of samples[start:end] that stands alone, where there is one, by its neighbour."""
    high = low = samples[start]
    second_high, second_low = -(1 << 29), (1 << 29) - 1
    highest = lowest = start
    for i in range(start + 1, end):
        value = samples[i]
        if value > high:
            high, second_high, highest = value, high, i
        elif value > second_high:
            second_high = value
        if value < low:
            low, second_low, lowest = value, low, i
        elif value < second_low:
            second_low = value
    if high - second_high > max(_ALONE, _TIMES * (second_high - low)):
        alone = highest
    elif second_low - low > max(_ALONE, _TIMES * (high - second_low)):
        alone = lowest
    else:
        return
    samples[alone] = samples[alone - 1 if alone > start else alone + 1]
