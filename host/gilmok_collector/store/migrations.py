"""The versions of the store, and how each is made from the one before."""

from __future__ import annotations

from . import statements, tables
from .backend import Backend
from .errors import StoreVersionError

# Version → the statements that lead to it. A release never changes an entry that has been released;
# tests/golden/store keeps a database of each.
MIGRATIONS: dict[int, tuple[str, ...]] = {
    1: (*tables.CREATE_TABLES, tables.CREATE_READING_VIEW, tables.CREATE_GAP_VIEW),
    2: (tables.CREATE_OVERRIDE, tables.CREATE_CONFIGURATION),
    3: (
        *(tables.CREATE_ALARM_EVENT, tables.CREATE_ALARM_INDEX, tables.CREATE_OUTPUT_EVENT, tables.CREATE_OUTPUT_INDEX),
        *(tables.CREATE_COMMAND, tables.CREATE_COMMAND_INDEX, tables.CREATE_VERDICT, tables.CREATE_CURSOR),
    ),
    4: (tables.CREATE_NOTICE, *tables.CREATE_NOTICE_INDEXES),
}


def migrate(backend: Backend) -> None:
    """Bring the database to this release's version: create it, or carry out what it lacks, as one transaction.

    Raises: StoreVersionError where it is newer, or somebody else's.
    """
    newest = max(MIGRATIONS)
    if read_version(backend) == newest:
        return
    with backend.transaction():
        version = read_version(backend)
        for step in range(version + 1, newest + 1):
            for statement in MIGRATIONS[step]:
                backend.execute(statement.format(**backend.dialect._asdict()))
        backend.executemany(statements.SAVE_META, [("version", newest)])


def read_version(backend: Backend) -> int:
    """Return the version of the database, 0 where nothing has been created.

    Raises: StoreVersionError where it is newer than this release, or no Gilmok store.
    """
    names = backend.table_names()
    if not names:
        return 0
    if "meta" not in names:
        raise StoreVersionError(backend.url, "holds tables that are not a Gilmok store's; name an empty database")
    version = dict(backend.execute(statements.READ_META)).get("version", 0)
    newest = max(MIGRATIONS)
    if not 0 < version <= newest:
        sentence = f"is a store of version {version}; this release knows {newest}: use the release that made it"
        raise StoreVersionError(backend.url, sentence)
    return version
