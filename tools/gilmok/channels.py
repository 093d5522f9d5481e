"""From a record's integers to what they mean: channels, values, units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from gilmok_collector.store import Record, Schema, Store


class Value(NamedTuple):
    """One value of a record; without a schema it is a raw integer without unit."""

    channel: str
    value: Decimal
    unit: str


class Channels:
    """What the columns of each stream of a store mean.

    Cost: one query a log, and another whenever a stream of it is seen whose schema had not come yet.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._schemas: dict[tuple[int, int], dict[int, Schema]] = {}

    def schema(self, device: int, log: int, stream: int, refresh: bool = True) -> Schema | None:
        """Return the schema of a stream, None while the store has none; with `refresh` the store may be asked."""
        known = self._schemas.get((device, log), {}).get(stream)
        if refresh and (known is None or known.columns is None):
            self._schemas[device, log] = self._store.schemas(device, log)
            known = self._schemas[device, log].get(stream)
        return known if known is not None and known.columns is not None else None

    def load(self) -> None:
        """Learn all schemas at once, before a long iteration during which the store may not be asked."""
        for device, log in {(progress.device, progress.log) for progress in self._store.summary()}:
            self._schemas[device, log] = self._store.schemas(device, log)

    def values(self, record: Record, refresh: bool = True) -> Iterator[Value]:
        """Yield what is present in a record."""
        schema = self.schema(record.device, record.log, record.stream, refresh)
        return scale(record.values, schema.columns if schema else None)


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
