"""The store in a PostgreSQL database, in the first schema of its search path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from .backend import Parameters, Run
from .errors import StoreBusy, StoreError, StoreFull, StoreMisused
from .tables import Dialect

try:
    import psycopg
except ImportError:  # SQLite needs no driver, and most sites have SQLite
    psycopg = None  # type: ignore[assignment]

# What is set on every connection: a stronger synchronous_commit (remote_apply …) stays. The lock is
# waited for as long as SQLite's.
SETTINGS = (
    """SELECT set_config('synchronous_commit', 'on', false)
       WHERE current_setting('synchronous_commit') IN ('off', 'local')""",
    "SET lock_timeout = '5s'",
)

# One writer at a time, as in SQLite: ranges read in a transaction stay true, and batch ids become visible
# in their order.
LOCK = "SELECT pg_advisory_xact_lock(hashtext('gilmok'), hashtext(current_schema()))"

# SQLSTATE codes (PostgreSQL documentation, appendix A) and what they mean to us.
FAILURES: dict[str, tuple[type[StoreError], str]] = {
    "53100": (StoreFull, "the disk is full, nothing more is stored; make room and it goes on"),
    "55P03": (StoreBusy, "another process is writing to it; try again when it is done"),
    "40001": (StoreBusy, "another process is writing to it; try again when it is done"),
    "40P01": (StoreBusy, "another process is writing to it; try again when it is done"),
}


class PostgreSQL:
    """One connection to a PostgreSQL database, made again when it broke.

    Cost: one flush of the server's log a transaction.
    """

    dialect = Dialect(blob="BYTEA", keyed="", number="BIGINT")

    def __init__(self, url: str) -> None:
        self.url = _without_password(url)
        if psycopg is None:
            raise StoreMisused(self.url, "needs the package psycopg: pip install 'gilmok[postgresql]'")
        self._address = url
        self._connection: psycopg.Connection[tuple] | None = None

    @property
    def connection(self) -> psycopg.Connection[tuple]:
        """Return the connection, made again where it broke."""
        if self._connection is None or self._connection.closed:
            with self._errors():
                self._connection = psycopg.connect(self._address, autocommit=True)
                for setting in SETTINGS:
                    self._connection.execute(setting)
        return self._connection

    def execute(self, sql: str, parameters: Parameters = ()) -> list[tuple]:
        """Run one statement and return its rows."""
        with self._errors():
            cursor = self.connection.execute(_placed(sql), parameters)
            return cursor.fetchall() if cursor.description else []

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Run one statement for each of `rows`, without waiting for each answer."""
        with self._errors(), self.connection.cursor() as cursor:
            cursor.executemany(_placed(sql), rows)

    def stream(self, sql: str, parameters: Parameters = ()) -> Iterator[tuple]:
        """Yield the rows of a query as the server sends them; nothing else runs before the last one."""
        with self._errors(), self.connection.cursor() as cursor:
            yield from cursor.stream(_placed(sql), parameters)

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Append rows by COPY, 6 × as fast as INSERT (measured)."""
        statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with self._errors(), self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def insert_runs(self, table: str, columns: Sequence[str], runs: Iterable[Run]) -> None:
        """Append the rows of `runs` by COPY."""
        self.insert(table, columns, chain.from_iterable([run.rows() for run in runs]))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Be the only writer until the block ends; commit it, or undo all of it. An inner block is a savepoint of the outer one."""
        with self._errors(), self.connection.transaction():
            self.connection.execute(LOCK)
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Show everything inside the block as it was at its beginning."""
        with self._errors(), self.connection.transaction():
            self.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield

    def table_names(self) -> set[str]:
        """Return the names of all tables in the first schema of the search path, of whoever."""
        return {name for (name,) in self.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")}

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Raise what PostgreSQL raises as what it means to us."""
        try:
            yield
        except psycopg.Error as error:
            said = str(error).strip().replace("\n", " ")
            kind, sentence = FAILURES.get(error.sqlstate or "", (StoreError, f"PostgreSQL says: {said}"))
            raise kind(self.url, sentence) from error


def _without_password(url: str) -> str:
    """Return a URL fit for a log: without its password, in the address or in the options."""
    parts = urlsplit(url)
    address = re.sub(r":[^@/]*@", ":…@", parts.netloc)
    return urlunsplit(parts._replace(netloc=address, query=re.sub(r"password=[^&]*", "password=…", parts.query)))


@cache
def _placed(sql: str) -> str:
    """Return a statement with its parameters as psycopg writes them."""
    return re.sub(r":(\w+)", r"%(\1)s", sql.replace("?", "%s"))
