"""The store in one SQLite file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from itertools import chain
from typing import Any

from .backend import Parameters, Run
from .errors import StoreBusy, StoreDamaged, StoreError, StoreFull, StoreMisused
from .tables import Dialect

# What is set on every connection. Nothing is acknowledged before COMMIT returned, and with
# synchronous=FULL that is after the write-ahead log was synced; macOS needs fullfsync for that. Page size,
# checkpoint interval and mmap were tried and make no difference beyond noise (± 3 %): they stay SQLite's.
PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",
    "PRAGMA checkpoint_fullfsync = ON",
    "PRAGMA cache_size = -65536",  # KiB: the leaves 5000 streams append to at once stay in memory
)

# Runs of rows that are inserted by a statement of their own length: as long as a full batch, whose 32 rows of 17 fields stay below the
# 999 parameters an older SQLite takes; and enough of them to pay for its
# preparation, which costs what two dozen of them save (measured).
LONGEST_RUN = 32
FEWEST_RUNS = 24

# How long to wait for another process, which only ever holds the file for one commit.
BUSY_S = 5.0

# Primary result codes (sqlite.org/rescode.html) and what they mean to us.
FAILURES: dict[int, tuple[type[StoreError], str]] = {
    5: (StoreBusy, "another process is writing to it; try again when it is done"),
    6: (StoreBusy, "another process is writing to it; try again when it is done"),
    8: (StoreError, "the file is read-only; let this user write it and its folder"),
    11: (StoreDamaged, "the file is damaged; restore a backup with `gilmok restore`"),
    13: (StoreFull, "the disk is full, nothing more is stored; make room and it goes on"),
    14: (StoreError, "cannot be opened; its folder must exist and be writable"),
    26: (StoreDamaged, "this is no SQLite database; name another file"),
}


class SQLite:
    """One connection to an SQLite file.

    Cost: one sync of the write-ahead log a transaction.
    """

    dialect = Dialect(blob="BLOB", keyed="WITHOUT ROWID", number="INTEGER")

    def __init__(self, url: str, connect: Callable[[str], Any] | None = None) -> None:
        self.url = url
        self.path = url.removeprefix("sqlite:")
        if not self.path:
            raise StoreMisused(url, "names no file; write sqlite:PATH")
        with self._errors():
            self.connection = (connect or _connect)(self.path)
            for pragma in PRAGMAS:
                self.connection.execute(pragma).fetchall()
            mode = self.connection.execute("PRAGMA journal_mode = WAL").fetchall()[0][0]
        if mode != "wal":
            self.close()
            raise StoreMisused(url, "cannot keep a write-ahead log here; put the file on a local disk")

    def execute(self, sql: str, parameters: Parameters = ()) -> list[tuple]:
        """Run one statement and return its rows."""
        with self._errors():
            return self.connection.execute(sql, parameters).fetchall()

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Run one statement for each of `rows`."""
        with self._errors():
            self.connection.executemany(sql, rows)

    def stream(self, sql: str, parameters: Parameters = ()) -> Iterator[tuple]:
        """Yield the rows of a query as SQLite finds them."""
        with self._errors():
            # a loop because `yield from` closes the cursor, which fails when the connection has been closed first
            for row in self.connection.execute(sql, parameters):  # noqa: UP028
                yield row

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Append rows with one prepared statement that names only these columns."""
        with self._errors():
            self.connection.executemany(_insert_statement(table, tuple(columns)), rows)

    def insert_runs(self, table: str, columns: Sequence[str], runs: Iterable[Run]) -> None:
        """Append the rows of `runs`, many runs of one length with a statement of their length.

        Cost: for 32 rows of 12 values three quarters of what single rows cost: less is bound, and no row is made in Python.
        """
        by_length: dict[int, list[Run]] = {}
        for run in runs:
            by_length.setdefault(run.length, []).append(run)
        for length, members in by_length.items():
            if 1 < length <= LONGEST_RUN and len(members) >= FEWEST_RUNS:
                with self._errors():
                    values = ((*run.key, run.first, *chain.from_iterable(run.columns)) for run in members)
                    self.connection.executemany(_run_statement(table, tuple(columns), len(members[0].key), length), values)
            else:
                self.insert(table, columns, chain.from_iterable([run.rows() for run in members]))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the write lock until the block ends; commit it, or undo all of it. An inner block is part of the outer one."""
        if self.connection.in_transaction:
            yield
            return
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:  # a full disk may have ended it already
                self.execute("ROLLBACK")
            raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Show everything inside the block as it was at its beginning."""
        self.execute("BEGIN")
        try:
            yield
        finally:
            self.execute("ROLLBACK")

    def table_names(self) -> set[str]:
        """Return the names of all tables there are, of whoever."""
        return {name for (name,) in self.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def close(self) -> None:
        """Close the connection; the last one to close folds the write-ahead log into the file."""
        with self._errors():
            self.connection.close()

    def _errors(self) -> AbstractContextManager[None]:
        return sqlite_errors(self.url)


@contextmanager
def sqlite_errors(url: str) -> Iterator[None]:
    """Raise what SQLite raises inside the block as what it means to us."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        kind, sentence = FAILURES.get(code, (StoreError, f"SQLite says: {error}"))
        raise kind(url, sentence) from error
    except OverflowError as error:
        raise StoreError(url, f"a value does not fit 64 bits: {error}") from error


def exists(url: str) -> bool:
    """Say whether the file of a URL is there."""
    return os.path.exists(url.removeprefix("sqlite:"))


def _connect(path: str) -> sqlite3.Connection:
    # the collector opens the store in its main thread and uses it in one worker thread
    return sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)


@cache
def _run_statement(table: str, columns: tuple[str, ...], constant: int, length: int) -> str:
    """Return the statement that inserts a run: parameters are its `constant` key fields, its first number, and its values by column."""
    key = [f"?{place}" for place in range(1, constant + 1)]
    rows = []
    for row in range(length):
        values = [f"?{constant + 2 + column * length + row}" for column in range(len(columns) - constant - 1)]
        rows.append(f"({', '.join([*key, f'?{constant + 1} + {row}', *values])})")
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join(rows)}"


@cache
def _insert_statement(table: str, columns: tuple[str, ...]) -> str:
    places = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"
