"""What of a sensor's readings becomes records: means over a window, or changes with a heartbeat. Every reading, where neither is asked for.

Each takes the place of a Recorder: append(tick, values).
"""

import math

COUNT = ("n", "1", 0)  # the channel behind the means of a window
_CALM = 0.05  # of the length that equal directions would give: below it they point everywhere


def make_report(report, readings):
    """Return what a configuration's ["mean", window_ms, directions] or ["change", heartbeat_ms, deltas] asks for, before `readings`."""
    if report is None:
        return readings
    return {"mean": Mean, "change": OnChange}[report[0]](readings, *report[1:])


class Mean:
    """Records the mean of each channel over windows of `window_ms`, with the count of readings behind it.

    Channels in `directions`, pairs of index and exponent, are means of unit vectors, in steps of 10^exponent degrees: 350° and 10° make 0°.
    The count is the least of all channels that had any. A window's record is stamped with its end; a reboot costs the window it falls in.
    """

    def __init__(self, readings, window_ms, directions=()):
        self._readings = readings
        self._window_ms = window_ms
        self._directions = {index: 10**-exponent for index, exponent in directions}
        self._end = None

    def append(self, tick, values):
        """Take a reading; a window is recorded with its last tick, or when the next one begins."""
        end = -(-tick // self._window_ms) * self._window_ms
        if self._end is not None and end != self._end:
            self._finish()
        if self._end is None:
            self._end = end
            self._sums = [[0, 0, 0] for _ in values]  # count, Σ or Σ sin, Σ cos
        for index, value in enumerate(values):
            if value is not None:
                self._add(index, value)
        if tick == end:
            self._finish()

    def _add(self, index, value):
        sums = self._sums[index]
        sums[0] += 1
        if index in self._directions:
            angle = math.radians(value / self._directions[index])
            sums[1] += math.sin(angle)
            sums[2] += math.cos(angle)
        else:
            sums[1] += value

    def _finish(self):
        means = [self._mean(index, sums) for index, sums in enumerate(self._sums)]
        count = min([sums[0] for sums in self._sums if sums[0]] or [0])
        self._readings.append(self._end, tuple(means) + (count,))
        self._end = None

    def _mean(self, index, sums):
        count, total, cosines = sums
        if not count:
            return None
        if index not in self._directions:
            return (2 * total + count) // (2 * count)
        if math.sqrt(total * total + cosines * cosines) < count * _CALM:
            return None
        steps = self._directions[index]
        return round(math.degrees(math.atan2(total, cosines)) * steps) % (360 * steps)


class OnChange:
    """Records a reading when a channel has moved by its delta since the last record, came or went, and after `heartbeat_ms` in any case.

    `deltas` has a number for each channel, in its step, or None for one that only goes along.
    """

    def __init__(self, readings, heartbeat_ms, deltas):
        self._readings = readings
        self._heartbeat_ms = heartbeat_ms
        self._deltas = deltas
        self._recorded_ms = None
        self._recorded = ()

    def append(self, tick, values):
        """Take a reading."""
        if self._recorded_ms is None or tick - self._recorded_ms >= self._heartbeat_ms or self._has_changed(values):
            self._readings.append(tick, values)
            self._recorded_ms = tick
            self._recorded = values

    def _has_changed(self, values):
        for delta, before, value in zip(self._deltas, self._recorded, values):
            if delta is None:
                continue
            if (before is None) != (value is None):
                return True
            if value is not None and abs(value - before) >= delta:
                return True
        return False
