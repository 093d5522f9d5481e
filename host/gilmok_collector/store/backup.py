"""Backup to one SQLite file and restore from it, for either database.

A backup is a store itself: it opens like one, and moves a site from SQLite to PostgreSQL or back.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from . import statements
from .backend import Backend
from .connecting import connect_backend
from .errors import StoreMisused
from .migrations import migrate
from .sqlite import SQLite, sqlite_errors
from .tables import TABLES


def write_backup(backend: Backend, path: str) -> None:
    """Write a consistent copy of a store to `path`; a file there is replaced when the copy is complete.

    Cost: one pass over the data; readers and, in SQLite, writers of other processes go on.
    """
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        raise StoreMisused(path, f"the folder {folder} does not exist")
    partial = f"{path}.partial"
    with suppress(FileNotFoundError):
        os.remove(partial)
    if isinstance(backend, SQLite):
        backend.execute("VACUUM INTO ?", (partial,))
    else:
        _write_copy(backend, partial)
    _sync(partial, os.O_RDWR)
    os.replace(partial, path)
    if os.name == "posix":  # elsewhere a folder cannot be opened, and its names need no sync
        _sync(folder, os.O_RDONLY)


def restore(url: str, path: str, now: Callable[[], float] = time.time) -> None:
    """Put the contents of the backup at `path` in place of what the store at `url` holds.

    The epoch rises above every one known, so nodes offer again what the backup lacks. All of it is one
    transaction: a store that is open meanwhile refuses to commit afterwards.
    Raises: StoreMisused where `path` is no file, or the backup of another store.
    """
    with TemporaryDirectory() as folder, _backend(_copy_backup(path, folder)) as source, _backend(url) as target:
        migrate(source)
        migrate(target)
        with target.transaction():
            backed_up = dict(source.execute(statements.READ_META))
            present = dict(target.execute(statements.READ_META))
            if present.get("store_id", backed_up["store_id"]) != backed_up["store_id"]:
                sentence = f"is the store {present['store_id']:08x}, the backup is of {backed_up['store_id']:08x}"
                raise StoreMisused(target.url, f"{sentence}; name the backup of this site")
            epoch = max(int(now()), backed_up["epoch"] + 1, present.get("epoch", 0) + 1)
            _replace_tables(source, target)
            target.executemany(statements.SAVE_META, [("epoch", epoch)])


@contextmanager
def _backend(url: str) -> Any:
    with closing(connect_backend(url)) as backend:
        yield backend


def _write_copy(source: Backend, path: str) -> None:
    """Copy a store, as it is at one moment, to a new SQLite file."""
    with _backend(f"sqlite:{path}") as target:
        migrate(target)
        with source.snapshot(), target.transaction():
            _replace_tables(source, target)
        target.execute("PRAGMA journal_mode = DELETE")  # one self-contained file


def _copy_backup(path: str, folder: str) -> str:
    """Copy a backup, which a restore must not change, to a file that may be migrated; return its URL."""
    if not os.path.isfile(path):
        raise StoreMisused(path, "there is no such backup")
    copy = os.path.join(folder, "backup.db")
    address = f"{Path(path).absolute().as_uri()}?mode=ro"
    with sqlite_errors(path), closing(sqlite3.connect(address, uri=True)) as backup:
        backup.execute("VACUUM INTO ?", (copy,))
    return f"sqlite:{copy}"


def _replace_tables(source: Backend, target: Backend) -> None:
    for table, columns in TABLES.items():
        target.execute(f"DELETE FROM {table}")
        target.insert(table, columns, source.stream(f"SELECT {', '.join(columns)} FROM {table}"))


def _sync(path: str, flags: int) -> None:
    """Make a file, or the names in a folder, durable."""
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
