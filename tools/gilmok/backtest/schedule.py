"""Readings at the ticks of a schedule, as a node would have taken them: what is missing is missing, at its tick."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .history import History, Reading

# So many missing readings of a gap are told one by one: more than any window needs to run dry; the rest is one step.
_TOLD = 600


class Tick(NamedTuple):
    """A reading of a source: when it was due, when it was, and what it said, None where it is missing."""

    due_ms: int
    unix_ms: int
    source: int
    values: list[int | None] | None


@dataclass
class Schedule:
    """The ticks of one source, and how well the history fits them.

    A node stamps readings with their tick, and windows count on that; files have jitter, which goes.
    """

    source: int
    history: History
    period_ms: int
    holds_ms: int = 0  # a value stands for so long where none is recorded: records of changes only
    line_ms: int = 0  # between readings that are no further apart, values lie on the line between them: a history coarser than the node
    missed: int = 0  # readings that are missing
    gaps: list[tuple[int, int]] = field(default_factory=list)  # Unix ms: the last reading before, the first one after

    def ticks(self) -> Iterator[Tick]:
        """Yield every tick from the first reading to the last."""
        period = self.period_ms
        before: Reading | None = None
        last = 0
        for reading in self.history.readings:
            tick = round(reading.unix_ms / period)
            if before is not None:
                apart = round((reading.unix_ms - before.unix_ms) / period)
                if apart <= 1:
                    tick = last + 1  # jitter within a gapless stretch never makes a hole
                else:
                    tick = max(tick, last + 2)
                    yield from self._between(last, tick, before, reading)
            yield Tick(tick * period, reading.unix_ms, self.source, reading.values)
            before, last = reading, tick

    def _between(self, last: int, tick: int, before: Reading, after: Reading) -> Iterator[Tick]:
        """Yield the ticks between two readings."""
        period, since_ms = self.period_ms, before.unix_ms
        if after.unix_ms - since_ms <= self.line_ms:
            for each in range(1, tick - last):
                values = [_on_line(*pair, each, tick - last) for pair in zip(before.values, after.values, strict=True)]
                yield Tick((last + each) * period, since_ms + each * period, self.source, values)
            return
        held = min(tick - last - 1, self.holds_ms // period)
        for each in range(1, 1 + held):
            yield Tick((last + each) * period, since_ms + each * period, self.source, before.values)
        missing = tick - last - 1 - held
        if missing:
            self.missed += missing
            self.gaps.append((since_ms + held * period, after.unix_ms))
        for each in range(1 + held, 1 + held + min(missing, _TOLD)):
            yield Tick((last + each) * period, since_ms + each * period, self.source, None)


def _on_line(value: int | None, other: int | None, part: int, whole: int) -> int | None:
    if value is None or other is None:
        return None
    return value + (2 * (other - value) * part + whole) // (2 * whole)


def merge(schedules: Mapping[int, Schedule]) -> Iterator[Tick]:
    """Yield the ticks of all sources in the order of their times."""
    return heapq.merge(*(schedule.ticks() for schedule in schedules.values()), key=lambda tick: (tick.due_ms, tick.source))
