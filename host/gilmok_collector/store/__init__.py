"""The collector's store: records exactly once, durable, dated as well as is known."""

from .alarms import Verdict
from .backup import restore
from .commands import Command
from .commit import Alert, Anchor, Batch, Commit, Gap, Log, Result, Schema
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
    "Alert",
    "Anchor",
    "Batch",
    "Command",
    "Commit",
    "CommitRefused",
    "Gap",
    "Log",
    "Progress",
    "Reading",
    "Record",
    "Result",
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
    "Verdict",
    "open_store",
    "restore",
]
