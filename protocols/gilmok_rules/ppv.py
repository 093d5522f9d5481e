"""The detector "ppv": the peak particle velocity of a building, and its share of what a limit line allows at its frequency."""

from array import array

from gilmok_wire.compat import const

from gilmok_rules.biquad import Filter, Section
from gilmok_rules.detector import Detector
from gilmok_rules.frequency import Frequency
from gilmok_rules.scaling import multiply_divide

_SCALE_BITS = const(16)
_MINUTE_MS = const(60000)  # in which one record says that nothing happened


class Ppv(Detector):
    """The largest velocity of each axis, window by window; `frequency` and `share` are those of the axis nearest to its limit.

    Where an axis crosses zero less than three times in a window its frequency is missing, and the line's lowest value counts.
    A window is worth a record, and its waveform is, from `tell` (0.1 %) of the line on; and one a minute besides.
    Parameters, as gilmok_site.detector_parameters makes them: the high-pass, whose band output is the velocity; the sections of a
    low-pass, or none; the velocity's scale; below how many steps nothing crosses zero; the line; the samples of a window; `tell`;
    how many samples are judged at a time.
    Units: samples in 2^-20 g, velocities in µm/s.
    Bounds: Section's bands stay below 2^24; corrected by half of that at most, a sum of four is below 2^27.
    """

    KIND = "ppv"
    CHANNELS = (("ppv_x", "mm/s", -3), ("ppv_y", "mm/s", -3), ("ppv_z", "mm/s", -3), ("frequency", "Hz", -1), ("share", "%", -1))

    def __init__(self, name, steps, period_ms, parameters):
        high, low, scale, quiet, line, window, tell, chunk = parameters
        Detector.__init__(self, name, steps, chunk)
        self._sections = (Section(high), Section(high), Section(high))
        self._filters = (Filter(low), Filter(low), Filter(low)) if low else None
        self._frequencies = (Frequency(quiet), Frequency(quiet), Frequency(quiet))
        self._bands = array("i", bytearray(4 * chunk))
        self._kept = array("i", bytearray(4 * 9))  # of each axis the last two velocities and the peak
        self._rate_mhz = 1000000 // period_ms
        self._scale, self._line, self._window, self._least = scale, line, window, tell
        self._minute = _MINUTE_MS // period_ms
        self._unrecorded = self._minute
        self._taken = 0

    def _run(self, tick_ms):
        self._pass(0)
        self._pass(1)
        self._pass(2)
        self._taken += self._chunk
        if self._taken >= self._window:
            self._close(tick_ms)

    def _lose(self, samples):
        for section in self._sections:
            section.restart()
        for filter_ in self._filters or ():
            filter_.restart()
        for i in range(6):
            self._kept[i] = 0
        for frequency in self._frequencies:
            frequency.take(1)

    def _pass(self, axis):  # hot loop
        """Bring a chunk's velocities to the axis' peak and frequency.

        The trapezoid that integrates sees x / tan x of a tone, x = π·f/rate: at 250 Hz 8 % less at 40 Hz. What is added, an eighth of
        the second difference, leaves 2 % up to a quarter of the rate.
        """
        bands, kept = self._bands, self._kept
        self._sections[axis].run(self._axes[axis], bands)
        if self._filters:
            self._filters[axis].run(bands)
        a = kept[axis]
        b = kept[3 + axis]
        for i in range(len(bands)):
            c = bands[i]
            bands[i] = b + ((b + b - a - c) >> 3)
            a = b
            b = c
        kept[axis] = a
        kept[3 + axis] = b
        kept[6 + axis] = max(kept[6 + axis], max(bands), -min(bands))
        self._frequencies[axis].run(bands)

    def _close(self, tick_ms):
        """End a window."""
        velocities, worst = [], (-1, None)
        for axis in range(3):
            velocity = multiply_divide(self._kept[6 + axis], self._scale, 1 << _SCALE_BITS)
            frequency = self._frequencies[axis].take(self._rate_mhz)
            if frequency is not None:
                frequency = (frequency + 50) // 100
            share = multiply_divide(velocity, 1000, limit_at(self._line, frequency))
            if share > worst[0]:
                worst = share, frequency
            velocities.append(velocity)
            self._kept[6 + axis] = 0
        self.busy = worst[0] >= self._least
        self._unrecorded += self._taken
        self._taken = 0
        record = self.busy or self._unrecorded >= self._minute
        if record:
            self._unrecorded = 0
        self._tell(tick_ms, (velocities[0], velocities[1], velocities[2], worst[1], worst[0]), record)


def limit_at(line, frequency):
    """Return what a line allows, µm/s, at a frequency in 0.1 Hz, straight between its points; its least where that is not known.

    Shape: a line is [(0.1 Hz, µm/s), …], frequencies and limits ascending; below its first and above its last point it goes on level.
    """
    below = line[0]
    if frequency is None or frequency <= below[0]:
        return below[1]
    for point in line:
        if frequency <= point[0]:
            return below[1] + multiply_divide(point[1] - below[1], frequency - below[0], point[0] - below[0])
        below = point
    return below[1]
