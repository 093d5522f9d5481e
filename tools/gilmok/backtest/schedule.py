"""Readings at the ticks of a schedule, as a node would have taken them: what is missing is missing, at its tick."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .history import History

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
    missed: int = 0  # readings that are missing
    gaps: list[tuple[int, int]] = field(default_factory=list)  # Unix ms: the last reading before, the first one after

    def ticks(self) -> Iterator[Tick]:
        """Yield every tick from the first reading to the last."""
        period = self.period_ms
        before, last = None, 0
        for reading in self.history.readings:
            tick = round(reading.unix_ms / period)
            if before is not None:
                apart = round((reading.unix_ms - before.unix_ms) / period)
                if apart <= 1:
                    tick = last + 1  # jitter within a gapless stretch never makes a hole
                else:
                    tick = max(tick, last + 2)
                    yield from self._between(last, tick, before.values, before.unix_ms, reading.unix_ms)
            yield Tick(tick * period, reading.unix_ms, self.source, reading.values)
            before, last = reading, tick

    def _between(self, last: int, tick: int, values: list[int | None], since_ms: int, until_ms: int) -> Iterator[Tick]:
        """Yield the ticks between two readings."""
        period = self.period_ms
        held = min(tick - last - 1, self.holds_ms // period)
        for each in range(last + 1, last + 1 + held):
            yield Tick(each * period, since_ms + (each - last) * period, self.source, values)
        missing = tick - last - 1 - held
        if missing:
            self.missed += missing
            self.gaps.append((since_ms + held * period, until_ms))
        for each in range(last + 1 + held, last + 1 + held + min(missing, _TOLD)):
            yield Tick(each * period, since_ms + (each - last) * period, self.source, None)


def merge(schedules: Mapping[int, Schedule]) -> Iterator[Tick]:
    """Yield the ticks of all sources in the order of their times."""
    return heapq.merge(*(schedule.ticks() for schedule in schedules.values()), key=lambda tick: (tick.due_ms, tick.source))
