"""From the stored samples of a waveform to pieces without a hole, with the rate that was measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import log10
from typing import TYPE_CHECKING

from .miniseed import Piece

if TYPE_CHECKING:
    from gilmok_collector.store import Record

# A driver follows its chip's clock by steps of at most two periods (sensors.motion); four off is another event.
_STEP_PERIODS = 4
# Times step by a period or two: in ten seconds that is a rate to 1 in 1000, in thirty 1 in 5000. Below, the nominal one is better.
_MEASURED_MS = 10_000
# Within it a chip's clock, 50 ppm a few kelvin, stays straight to 15 ms; longer recordings come in pieces that follow it.
_PIECE_MS = 300_000
_RELIABLE_MS = 500  # beyond that, no phase of a local earthquake can be told from another


class Waveform:
    """Samples of one stream, one after the other; each axis is a list."""

    def __init__(self, record: Record, axes: int) -> None:
        self.first = self.last = record
        self.period_ms = 0
        self.times_ms: list[int] = []
        self.axes: list[list[int]] = [[] for _ in range(axes)]
        self.uncertainty_ms = 0

    def takes(self, record: Record) -> bool:
        """Return whether a record goes on where this ends, and learn the period from the second and the third one.

        Within a block steps are even; at its end a driver may have followed its chip's clock, and that is no period.
        """
        last = self.last
        if (record.device, record.log, record.stream, record.boot, record.seq) != (*last[:3], last.boot, last.seq + 1):
            return False
        step_ms = record.uptime_ms - last.uptime_ms
        if not self.period_ms:
            self.period_ms = step_ms
            return step_ms > 0
        slack_ms = _STEP_PERIODS * self.period_ms
        if len(self.times_ms) == 2 and 0 < step_ms <= slack_ms:
            self.period_ms = step_ms
        moved_ms = self.times_ms[-1] + self.period_ms
        return (
            abs(step_ms - self.period_ms) <= slack_ms
            and record.unix_ms is not None
            and abs(record.unix_ms - moved_ms) <= slack_ms
            and self.times_ms[-1] - self.times_ms[0] < _PIECE_MS
        )

    def add(self, record: Record) -> None:
        """Take a dated record that has a value on every axis."""
        if record.unix_ms is None or record.uncertainty_ms is None:
            raise ValueError("a record without a date")
        self.last = record
        self.times_ms.append(record.unix_ms)
        self.uncertainty_ms = max(self.uncertainty_ms, record.uncertainty_ms)
        for axis, value in zip(self.axes, record.values, strict=False):
            axis.append(value if value is not None else 0)

    def pieces(self) -> list[Piece]:
        """Return a piece for each axis; none where a single sample tells no rate."""
        if not self.period_ms:
            return []
        nominal = Fraction(1000, self.period_ms)
        start_ms, step_ms = _line(self.times_ms, self.period_ms)
        unsure_ms = self.uncertainty_ms + self.period_ms
        facts = (round(1000 * start_ms), nominal, 1000 / step_ms, timing_quality(unsure_ms), unsure_ms > _RELIABLE_MS)
        return [Piece(*facts, axis) for axis in self.axes]


def split(records: Iterable[Record], axes: int) -> Iterator[Waveform]:
    """Yield the waveforms of the records of one device and stream, which come by log and number; undated ones end one."""
    waveform: Waveform | None = None
    for record in records:
        whole = record.unix_ms is not None and len(record.values) >= axes and None not in record.values[:axes]
        if waveform is not None and not (whole and waveform.takes(record)):
            yield waveform
            waveform = None
        if whole:
            waveform = waveform or Waveform(record, axes)
            waveform.add(record)
    if waveform is not None:
        yield waveform


def timing_quality(uncertainty_ms: float) -> int:
    """Return the per cent of blockette 1001: 100 at 1 ms, 75 at 10 ms, 50 at 100 ms, 25 at a second, 0 from ten seconds on.

    SEED leaves it to who records; this is said in host/gilmok_site/README.md.
    """
    return max(0, min(100, round(100 - 25 * log10(max(uncertainty_ms, 1)))))


def _line(times_ms: list[int], period_ms: int) -> tuple[float, float]:
    """Return the time of the first sample and the step from one to the next, by least squares where it is long enough."""
    count = len(times_ms)
    middle = (count - 1) / 2
    mean = times_ms[0] + sum(time - times_ms[0] for time in times_ms) / count
    step = float(period_ms)
    if times_ms[-1] - times_ms[0] >= _MEASURED_MS:
        spread = count * (count * count - 1) / 12
        step = sum((index - middle) * (time - mean) for index, time in enumerate(times_ms)) / spread
    return mean - middle * step, step
