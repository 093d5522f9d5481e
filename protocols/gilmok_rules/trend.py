"""Means and slopes of readings that come at a period, over spans of time however long, in the memory of a few dozen slots."""

from gilmok_wire.compat import TYPE_CHECKING, const

from gilmok_rules.rate import Rate
from gilmok_rules.window import WindowMean

if TYPE_CHECKING:
    from collections.abc import Callable

_MEAN_SLOTS = const(120)  # an hour in half minutes, two minutes in seconds: half a kilobyte
_SLOPE_SLOTS = const(32)
_UNIT_MS = const(100)  # of a slope's time
_HOUR = const(36_000)  # in these units


class Slots:
    """Base: gathers the readings of `slot_ms` into their mean, rounded to nearest, and hands it to `_close(slots passed, mean)`.

    A slot ends with the reading at its end; where every reading fills a slot, nothing is gathered and nothing rounded.
    """

    _close: "Callable[[int, int | None], None]"

    def __init__(self, period_ms, span_ms, slots, more=0):
        self.span = span_ms, more
        self._slot_ms = max(period_ms, -(-span_ms // slots))
        self._end = None  # of the open slot, in slots
        self._sum = self._count = 0
        self.result = None

    def add(self, now_ms, value):
        """Take the reading scheduled at `now_ms`, None where it is missing; return the result so far."""
        end = -(-now_ms // self._slot_ms)
        if self._end is None:
            self._end = end
        if end > self._end:  # the slot before did not see its last reading
            self._finish()
            if end > self._end + 1:
                self._close(end - self._end - 1, None)
            self._end = end
        if value is not None:
            self._sum += value
            self._count += 1
        if now_ms == end * self._slot_ms:
            self._finish()
            self._end = end + 1
        return self.result

    def _finish(self):
        count = self._count
        self._close(1, (2 * self._sum + count) // (2 * count) if count else None)
        self._sum = self._count = 0


class SpanMean(Slots):
    """The mean of the last `span_ms`, None while fewer than `percent` of its slots have readings."""

    def __init__(self, period_ms, span_ms, percent):
        super().__init__(period_ms, span_ms, _MEAN_SLOTS, percent)
        self._length = max(1, span_ms // self._slot_ms)
        self._window = WindowMean(self._length, max(1, self._length * percent // 100))

    def _close(self, slots, value):
        for _ in range(min(slots, self._length)):
            self.result = self._window.add(value)


class SpanSlope(Slots):
    """The least-squares slope an hour of the last `span_ms`; None while its points span less than half of that."""

    def __init__(self, period_ms, span_ms, _ahead_ms=0):
        super().__init__(period_ms, span_ms, _SLOPE_SLOTS)
        points = max(3, min(_SLOPE_SLOTS, span_ms // self._slot_ms) + 1)
        self._rate = Rate(span_ms // _UNIT_MS, points, 3, _HOUR)

    def _close(self, slots, value):
        self.result = self._rate.add(slots * self._slot_ms // _UNIT_MS, value)
