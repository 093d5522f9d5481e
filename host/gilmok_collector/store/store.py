"""The store: what the collector calls, from one thread at a time."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gilmok_wire.ranges import Ranges

from . import sqlite, statements
from .alarms import Alarms
from .backend import Backend
from .backup import write_backup
from .checks import check_commit
from .commands import Commands
from .commit import Commit, Log, Schema
from .connecting import connect_backend
from .errors import StoreAbsent, StoreMisused, StoreReplaced
from .intended import Intended
from .migrations import migrate
from .notices import Notices
from .queries import read_progress, read_range, read_readings, read_records, read_since
from .result import Progress, Reading, Record
from .saving import read_schemas, save_commit
from .settled import read_settled
from .tables import GAP, STORED
from .watching import Watching

# How many batches `tail` returns at once: what a person can see, and one second of a busy city.
TAIL_BATCHES = 256


class Store:
    """One database with its id and epoch. Iterators must be finished or dropped before the next call."""

    def __init__(self, backend: Backend, id: int, epoch: int) -> None:
        self._backend = backend
        self.url = backend.url
        self.id = id
        self.epoch = epoch
        self.intended = Intended(backend)  # what nodes are meant to run
        self.alarms = Alarms(backend)  # what happened to alarms and outputs
        self.commands = Commands(backend)  # what people asked of nodes
        self.notices = Notices(backend)  # who is to be told of alarms
        self.watching = Watching(backend)  # what rules of the collector ask

    # -- writing

    def commit(self, commit: Commit) -> None:
        """Store what of `commit` is not stored yet, as one transaction that is durable on return.

        What the store holds already is skipped, in whole or part, so the same commit again changes nothing.
        Raises: StoreFull, StoreBusy, CommitRefused, StoreReplaced, StoreError: then nothing of it is stored.
        Cost: one sync, and about 0.5 µs a value in SQLite for wide records.
        """
        check_commit(self.url, commit)
        with self.transaction():
            save_commit(self._backend, commit)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all that is written inside the block durable together, or nothing of it.

        Raises: StoreReplaced where the store was restored under us, StoreError.
        """
        with self._backend.transaction():
            self._check_epoch()
            yield

    # -- what sessions ask

    def settled(self, device: int, log: int) -> dict[int, Ranges]:
        """Return for each stream what needs no sending: stored, inherited from a parent log, or a known gap."""
        settled: dict[int, Ranges] = {}
        for (stream, _), ranges in read_settled(self._backend, device, log).items():
            for first, end in ranges.pairs:
                settled.setdefault(stream, Ranges()).add(first, end)
        return settled

    def stored(self, device: int, log: int, stream: int) -> Ranges:
        """Return the numbers of the records of a stream that are stored."""
        return read_settled(self._backend, device, log).get((stream, STORED), Ranges())

    def gaps(self, device: int, log: int, stream: int) -> list[tuple[int, int]]:
        """Return the ranges [first, end) of a stream that its device no longer holds, and nor do we."""
        return read_settled(self._backend, device, log).get((stream, GAP), Ranges()).pairs

    def schemas(self, device: int, log: int) -> dict[int, Schema]:
        """Return the schema of each stream; its `columns` are None while only the digest is known."""
        return read_schemas(self._backend, device, log)

    def logs(self) -> list[Log]:
        """Return every log that said hello."""
        return [Log(*row) for row in self._backend.execute(statements.READ_LOGS)]

    def rows(self, device: int, log: int, stream: int, first: int, end: int) -> Iterator[Record]:
        """Yield the stored records [first, end) of a stream: what a forked log is compared with."""
        return read_range(self._backend, device, log, stream, first, end)

    # -- what people ask

    def records(
        self,
        device: int | None = None,
        stream: str | None = None,
        since_ms: int | None = None,
        until_ms: int | None = None,
        limit: int | None = None,
    ) -> Iterator[Record]:
        """Yield whole records by device, log, stream and number; undated ones too, unless time is bounded.

        Units: Unix time in ms, since_ms ≤ time < until_ms.
        """
        bounds = {"device": device, "stream": stream, "since": since_ms, "until": until_ms}
        return read_records(self._backend, bounds, limit)

    def readings(
        self,
        device: int | None = None,
        stream: str | None = None,
        channel: str | None = None,
        since_ms: int | None = None,
        until_ms: int | None = None,
        limit: int | None = None,
    ) -> Iterator[Reading]:
        """Yield dated values in their units, by device, log, stream, number and channel.

        Units: Unix time in ms, since_ms ≤ time < until_ms.
        """
        bounds = {"device": device, "stream": stream, "channel": channel, "since": since_ms, "until": until_ms}
        return read_readings(self._backend, bounds, limit)

    def summary(self) -> list[Progress]:
        """Return how far each stream of each log is."""
        return read_progress(self._backend)

    def counts(self) -> dict[tuple[int, int, int], int]:
        """Return the number of rows of each (device, log, stream), counted one by one: an oracle, and slow."""
        return {(device, log, stream): n for device, log, stream, n in self._backend.execute(statements.COUNT_RECORDS)}

    def tail(self, after: int | None = None) -> tuple[int, list[Record]]:
        """Return a cursor and the records that came after the cursor `after`, in the order they came.

        Without `after` there are none: the cursor is where the store ends now. More may be waiting while a
        call returns any.
        """
        ((newest,),) = self._backend.execute(statements.LAST_BATCH_ID)
        if after is None:
            return newest, []
        last = min(newest, after + TAIL_BATCHES)
        return last, read_since(self._backend, after, last)

    # -- life

    def note(self, key: str, value: int) -> None:
        """Keep a number of the collector's own; that this returns shows that the store takes writes.

        Raises: StoreError.
        """
        with self.transaction():
            self._backend.executemany(statements.SAVE_META, [(key, value)])

    def backup(self, path: str) -> None:
        """Write a consistent copy of the store to `path`, an SQLite file, whatever the store is kept in.

        The file appears when it is complete, in place of an older one.
        """
        write_backup(self._backend, path)

    def close(self) -> None:
        """Close the connection."""
        self._backend.close()

    def _check_epoch(self) -> None:
        """Raise where the store was restored under us: what sessions believe of it is no longer so."""
        meta = dict(self._backend.execute(statements.READ_META))
        if (meta["store_id"], meta["epoch"]) != (self.id, self.epoch):
            raise StoreReplaced(self.url, "was restored while it was open; open it again")


def open_store(
    url: str,
    store_id: int | None = None,
    now: Callable[[], float] = time.time,
    create: bool = True,
    connect: Callable[[str], Any] | None = None,
) -> Store:
    """Open the store at `sqlite:PATH` or `postgresql://…`; create it where there is none, bring an older one up.

    A new store takes `store_id`, else a random one, and the present as its epoch. An existing one must have
    the id that is named. `connect` opens SQLite files in place of sqlite3.connect, for tests.
    Raises: StoreVersionError, StoreMisused, StoreError.
    """
    if not create and url.startswith("sqlite:") and not sqlite.exists(url):
        raise StoreAbsent(url, "there is no store yet; `gilmok collect` makes one")
    backend = connect_backend(url, connect)
    try:
        if not create and not backend.table_names():
            raise StoreAbsent(backend.url, "there is no store yet; `gilmok collect` makes one")
        migrate(backend)
        return _identify(backend, store_id, int(now()))
    except BaseException:
        backend.close()
        raise


def _identify(backend: Backend, store_id: int | None, now: int) -> Store:
    """Return the store with the identity in the database, given now where it has none."""
    if "store_id" not in dict(backend.execute(statements.READ_META)):
        with backend.transaction():
            if "store_id" not in dict(backend.execute(statements.READ_META)):  # nobody was quicker
                identity = {"store_id": store_id or secrets.randbelow(2**32 - 1) + 1, "epoch": now}
                backend.executemany(statements.SAVE_META, list(identity.items()))
    meta = dict(backend.execute(statements.READ_META))
    if store_id not in (None, meta["store_id"]):
        sentence = f"is the store {meta['store_id']:08x}, not {store_id:08x}; name the database of this site"
        raise StoreMisused(backend.url, sentence)
    return Store(backend, meta["store_id"], meta["epoch"])
