"""What the store asks of a database: the whole interface that SQLite and PostgreSQL implement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import repeat
from typing import Any, NamedTuple, Protocol

from .tables import Dialect

Parameters = Sequence[Any] | Mapping[str, Any]


class Run(NamedTuple):
    """Rows that begin alike, go on with a number that counts up, and end with the values of columns."""

    key: tuple[int, ...]
    first: int
    length: int
    columns: Sequence[Sequence[int | None]]

    def rows(self) -> Iterator[tuple[int | None, ...]]:
        """Return the rows."""
        numbers = range(self.first, self.first + self.length)
        return zip(*map(repeat, self.key), numbers, *self.columns, strict=False)


class Backend(Protocol):
    """A connection to one database; every failure is raised as a StoreError."""

    url: str  # without its password
    dialect: Dialect

    def execute(self, sql: str, parameters: Parameters = ()) -> list[tuple]:
        """Run one statement and return its rows."""

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Run one statement for each of `rows`."""

    def stream(self, sql: str, parameters: Parameters = ()) -> Iterator[tuple]:
        """Yield the rows of a query without holding them all."""

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Append rows by the fastest way there is; a key that exists is an error."""

    def insert_runs(self, table: str, columns: Sequence[str], runs: Iterable[Run]) -> None:
        """Append the rows of `runs`, all as wide as `columns`, by the fastest way there is; a key that exists is an error."""

    def transaction(self) -> AbstractContextManager[None]:
        """Be the only writer until the block ends; durable when it ended well, undone when not.

        Inside another transaction the block is part of that one, and durable with it.
        """

    def table_names(self) -> set[str]:
        """Return the names of all tables there are, of whoever."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Show everything inside the block as it was at its beginning."""

    def close(self) -> None:
        """Close the connection."""
