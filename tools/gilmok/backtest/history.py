"""The history of one sensor: its readings in order, each once, in the steps of its channels; and what was wrong with the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median


@dataclass
class Account:
    """What a file held that could not be taken as it stood."""

    rows: int = 0
    no_time: int = 0  # the time cannot be read
    unreadable: int = 0  # cells that hold something else than a number
    empty: int = 0  # cells that say that there is none
    too_large: int = 0  # … or one that no record can hold
    backwards: int = 0  # rows older than the one before
    repeated: int = 0  # values that stand there again, equal
    conflicting: int = 0  # … and different: the first one counts
    outside: int = 0  # rows before --from and after --to
    samples: dict[str, str] = field(default_factory=dict)  # the first of each kind, as it stands in the file

    def note(self, kind: str, what: str) -> None:
        """Count one thing, and remember the first of its kind."""
        setattr(self, kind, getattr(self, kind) + 1)
        self.samples.setdefault(kind, what)


@dataclass
class Reading:
    """What a sensor measured at a time; None where it said nothing."""

    unix_ms: int
    values: list[int | None]


class History:
    """The readings of one sensor, of which those that come late are put where they belong."""

    def __init__(self, sensor: str, channels: int, account: Account) -> None:
        self.sensor = sensor
        self.readings: list[Reading] = []
        self.seen: set[int] = set()  # indices of the channels that have any value
        self._channels = channels
        self._account = account
        self._ordered = True

    def add(self, unix_ms: int, index: int, value: int | None) -> None:
        """Take one channel's value."""
        if value is not None:
            self.seen.add(index)
        if self.readings and self.readings[-1].unix_ms == unix_ms:
            self._merge(self.readings[-1], index, value)
            return
        if self.readings and unix_ms < self.readings[-1].unix_ms:
            self._account.backwards += 1
            self._ordered = False
        values: list[int | None] = [None] * self._channels
        values[index] = value
        self.readings.append(Reading(unix_ms, values))

    def finish(self) -> None:
        """Put readings into their order, those of one time together."""
        if self._ordered:
            return
        self.readings.sort(key=lambda reading: reading.unix_ms)  # stable: of two of one time the first in the file comes first
        merged = self.readings[:1]
        for reading in self.readings[1:]:
            if reading.unix_ms > merged[-1].unix_ms:
                merged.append(reading)
                continue
            for index, value in enumerate(reading.values):
                self._merge(merged[-1], index, value)
        self.readings = merged
        self._ordered = True

    def period_ms(self) -> int:
        """Return how far readings usually are apart; 0 where there are fewer than two."""
        times = [reading.unix_ms for reading in self.readings]
        return round(median([later - earlier for earlier, later in zip(times, times[1:], strict=False)])) if len(times) > 1 else 0

    def _merge(self, reading: Reading, index: int, value: int | None) -> None:
        if value is None:
            return
        if reading.values[index] is None:
            reading.values[index] = value
        elif reading.values[index] == value:
            self._account.repeated += 1
        else:
            self._account.conflicting += 1
