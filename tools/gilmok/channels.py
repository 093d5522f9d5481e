"""From a record's integers to what they mean: channels, values, units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from .language import printable

if TYPE_CHECKING:
    from gilmok_collector.store import Record, Store


class Value(NamedTuple):
    """One value of a record; without a schema it is a raw integer without unit."""

    channel: str
    value: Decimal
    unit: str


class Stream(NamedTuple):
    """What a stream's schema says, fit for a terminal: its name, and (channel, unit, exponent[, step]) a column."""

    name: str
    columns: list[tuple]


class Channels:
    """What the columns of each stream of a store mean.

    Cost: one query a log, and another whenever a stream of it is seen whose schema had not come yet.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._streams: dict[tuple[int, int, int], Stream] = {}

    def stream(self, device: int, log: int, stream: int, refresh: bool = True) -> Stream | None:
        """Return what is known of a stream, None before its schema came; with `refresh` the store may be asked."""
        if refresh and (device, log, stream) not in self._streams:
            self._learn(device, log)
        return self._streams.get((device, log, stream))

    def load(self) -> None:
        """Learn all schemas at once, before a long iteration during which the store may not be asked."""
        for device, log in {(progress.device, progress.log) for progress in self._store.summary()}:
            self._learn(device, log)

    def values(self, record: Record, refresh: bool = True) -> Iterator[Value]:
        """Yield what is present in a record."""
        stream = self.stream(record.device, record.log, record.stream, refresh)
        return scale(record.values, stream.columns if stream else None)

    def _learn(self, device: int, log: int) -> None:
        for number, schema in self._store.schemas(device, log).items():
            if schema.columns is not None:
                columns = [(printable(name), printable(unit), *rest) for name, unit, *rest in schema.columns]
                self._streams[device, log, number] = Stream(printable(schema.name or ""), columns)


def scale(values: Sequence[int | None], columns: Sequence[tuple] | None) -> Iterator[Value]:
    """Yield the values that are present, exact, in their units: integer × step × 10^exponent."""
    for index, value in enumerate(values):
        if value is None:
            continue
        if columns is None or index >= len(columns):
            yield Value(f"c{index}", Decimal(value), "")
        else:
            name, unit, exponent, *step = columns[index]
            yield Value(name, Decimal(value * (step[0] if step else 1)).scaleb(exponent), unit)
