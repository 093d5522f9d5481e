"""Who works on a store: one collector on an SQLite file, several on a PostgreSQL database, a restore only alone.

It is a courtesy that refuses early: what keeps records safe is the epoch, which a commit checks.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .errors import Refused

# Windows lets nobody read a locked byte, so a byte far behind the process id is locked.
_LOCKED_AT = 1 << 30

_SHARED = "SELECT pg_try_advisory_lock_shared(hashtext('gilmok collector'), hashtext(current_schema()))"
_ALONE = "SELECT pg_try_advisory_lock(hashtext('gilmok collector'), hashtext(current_schema()))"


@contextmanager
def hold_store(url: str, collecting: bool = False) -> Iterator[None]:
    """Hold a store as its collector, or alone, until the block ends.

    The system lets go by itself when the process dies. A PostgreSQL store has room for several collectors.
    Raises: Refused where another process holds it.
    """
    if url.startswith("sqlite:"):
        with _hold_file(os.path.realpath(url.removeprefix("sqlite:")) + ".lock"):
            yield
    else:
        with _hold_database(url, _SHARED if collecting else _ALONE):
            yield


@contextmanager
def _hold_file(path: str) -> Iterator[None]:
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        raise Refused("no_folder", folder=folder)
    with open(path, "a+b") as file:
        if not _try_lock(file):
            file.seek(0)
            raise Refused("store_in_use", process=file.read(20).decode("ascii", "replace").strip() or "?", file=path)
        file.truncate(0)
        file.write(b"%d\n" % os.getpid())
        file.flush()
        yield
        file.truncate(0)


def _try_lock(file: Any) -> bool:
    """Lock an open file against every other process, if none has locked it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(_LOCKED_AT)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def _hold_database(url: str, statement: str) -> Iterator[None]:
    try:
        import psycopg
    except ImportError:  # opening the store says what to install
        yield
        return
    try:
        connection = psycopg.connect(url, autocommit=True)
    except psycopg.Error as error:
        raise Refused("database_unreachable", reason=str(error).strip().replace("\n", " ")) from None
    with connection:
        row = connection.execute(statement).fetchone()
        if row is None or not row[0]:
            raise Refused("database_in_use")
        yield
