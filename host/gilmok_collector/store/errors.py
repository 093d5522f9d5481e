"""What can go wrong with a store, one tree under StoreError."""

from __future__ import annotations


class StoreError(Exception):
    """Something about the store failed; the sentence names the store and says what to do.

    Nothing of a commit that raised is stored, or, where only the answer of the database was lost,
    committing the same again stores it once.
    """

    def __init__(self, url: str, sentence: str) -> None:
        super().__init__(f"{url}: {sentence}")
        self.url = url


class StoreMisused(StoreError):
    """The URL, a store id or a path given by a person does not fit."""


class StoreAbsent(StoreMisused):
    """There is no store yet, and none was to be made."""


class StoreVersionError(StoreError):
    """The database is no Gilmok store, or one of a newer release."""


class StoreFull(StoreError):
    """The disk is full: nothing of the commit is stored, so nothing of it may be acknowledged."""


class StoreBusy(StoreError):
    """Another process holds the store; commit again later."""


class StoreDamaged(StoreError):
    """The database file is damaged; a backup has to be restored."""


class StoreReplaced(StoreError):
    """The store was restored or replaced while it was open: open it again, its epoch has risen."""


class CommitRefused(StoreError):
    """One device's part of a commit makes no sense; nothing of the commit is stored.

    The attributes name the part, so that the collector can leave it out and commit the rest.
    """

    def __init__(self, url: str, device: int, log: int, stream: int | None, sentence: str) -> None:
        where = f"device {device}, log {log:08x}" + ("" if stream is None else f", stream {stream}")
        super().__init__(url, f"{where}: {sentence}")
        self.device = device
        self.log = log
        self.stream = stream
