"""A disk that forgets: an SQLite VFS that knows what would be left of its files if the power failed now.

Writes go to real files as usual. Beside them each file's durable contents are kept, which only a sync brings
up to date, and the writes since. An image is what is durable, with none, all or a random part of the rest:
a disk may write its cache in any order, and tear a write at any sector.
"""

import itertools
import os
import sqlite3
from contextlib import contextmanager

import apsw

SECTOR = 512

_numbers = itertools.count(1)


class ForgetfulDisk:
    """The files that were opened through one VFS.

    `on_operation`, where set, is called after each write, truncation, sync and deletion. Once `room` is 0
    every write to a write-ahead log fails as on a full disk; None is room without end. (Checkpoints go on:
    SQLite shrugs at one that fails, but apsw would raise its error out of a COMMIT that has been carried out.)
    """

    def __init__(self):
        self.files = {}
        self.room = None
        self.operations = 0
        self.on_operation = None
        self._vfs = _VFS(f"forgetful-{next(_numbers)}", self)

    def connect(self, path):
        """Return a connection over this disk, with what the store uses of sqlite3.Connection."""
        return Connection(apsw.Connection(os.path.abspath(path), vfs=self._vfs.name))

    def save_image(self, folder, dice=None, forget=True):
        """Write into `folder` what a power cut would leave: no unsynced write, all (`forget` false), or as `dice` falls."""
        for path, file in self.files.items():
            survivors = [] if forget else file.pending
            if dice:
                survivors = [torn for operation in file.pending for torn in _tear(operation, dice)]
            if file.durable is not None or survivors:
                with open(os.path.join(folder, os.path.basename(path)), "wb") as image:
                    image.write(_apply(file.durable or b"", survivors))

    def note(self):
        """Count an operation and tell who wants to know."""
        self.operations += 1
        if self.on_operation:
            self.on_operation()


class File:
    """A file as the platter has it (None: not even its name), and the operations only the cache knows."""

    def __init__(self, durable):
        self.durable = durable
        self.pending = []  # (offset, bytes) for a write, (size, None) for a truncation

    def sync(self):
        """Make everything durable."""
        self.durable = _apply(self.durable or b"", self.pending)
        self.pending = []


class Connection:
    """An apsw connection that looks and fails like sqlite3's, as far as the store can tell."""

    def __init__(self, connection):
        self._connection = connection

    @property
    def in_transaction(self):
        return self._connection.in_transaction

    def execute(self, sql, parameters=()):
        with _sqlite3_errors():
            return self._connection.execute(sql, parameters)

    def executemany(self, sql, rows):
        with _sqlite3_errors():
            return self._connection.executemany(sql, rows)

    def close(self):
        self._connection.close()


class _VFS(apsw.VFS):
    def __init__(self, name, disk):
        self.name = name
        self._disk = disk
        super().__init__(name, "")

    def xOpen(self, name, flags):
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        return _VFSFile(name, path, flags, self._disk)

    def xDelete(self, path, sync_folder):
        super().xDelete(path, sync_folder)
        self._disk.files.pop(path, None)
        self._disk.note()


class _VFSFile(apsw.VFSFile):
    def __init__(self, name, path, flags, disk):
        self._disk = disk
        if path not in disk.files:
            disk.files[path] = File(_read(path))
        self._file = disk.files[path]
        self._is_log = path is not None and path.endswith("-wal")
        super().__init__("", name, flags)

    def xWrite(self, data, offset):
        if self._is_log and self._disk.room is not None:
            if self._disk.room == 0:
                raise apsw.exception_for(apsw.SQLITE_FULL)
            self._disk.room -= 1
        super().xWrite(data, offset)
        self._file.pending.append((offset, bytes(data)))
        self._disk.note()

    def xTruncate(self, size):
        super().xTruncate(size)
        self._file.pending.append((size, None))
        self._disk.note()

    def xSync(self, flags):
        super().xSync(flags)
        self._file.sync()
        self._disk.note()


def _read(path):
    """Return the contents of a file that was there before, or None."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _apply(contents, operations):
    """Return file contents after these operations."""
    contents = bytearray(contents)
    for offset, written in operations:
        size = offset if written is None else max(len(contents), offset + len(written))
        contents.extend(bytes(max(0, size - len(contents))))
        if written is None:
            del contents[size:]
        else:
            contents[offset : offset + len(written)] = written
    return bytes(contents)


def _tear(operation, dice):
    """Return what of one operation reaches the platter: all, nothing, or any of its sectors."""
    offset, written = operation
    fate = dice.random()
    if fate < 0.4:
        return [operation]
    if fate < 0.7 or written is None:
        return []
    sectors = range(0, len(written), SECTOR)
    return [(offset + start, written[start : start + SECTOR]) for start in sectors if dice.random() < 0.5]


@contextmanager
def _sqlite3_errors():
    """Raise apsw's errors as sqlite3's, with their result code."""
    try:
        yield
    except apsw.Error as error:
        translated = sqlite3.OperationalError(str(error))
        translated.sqlite_errorcode = error.extendedresult
        raise translated from error
