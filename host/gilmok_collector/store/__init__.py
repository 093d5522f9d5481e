"""The collector's store: records exactly once, durable, dated as well as is known."""

from .backup import restore
from .commit import Anchor, Batch, Commit, Gap, Log, Schema
from .errors import (
    CommitRefused,
    StoreAbsent,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreMisused,
    StoreReplaced,
    StoreVersionError,
)
from .result import Progress, Reading, Record
from .store import Store, open_store

__all__ = [
    "Anchor",
    "Batch",
    "Commit",
    "CommitRefused",
    "Gap",
    "Log",
    "Progress",
    "Reading",
    "Record",
    "Schema",
    "Store",
    "StoreAbsent",
    "StoreBusy",
    "StoreDamaged",
    "StoreError",
    "StoreFull",
    "StoreMisused",
    "StoreReplaced",
    "StoreVersionError",
    "open_store",
    "restore",
]
