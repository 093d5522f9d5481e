"""What nodes are meant to run: the history of overrides, and the configurations that were compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gilmok_site.override import SET, WITHDRAWN, WRITTEN, Override, active

from . import statements
from .backend import Backend
from .tables import TABLES

Check = Callable[[list[Override]], object]


def _agree(history: list[Override]) -> None:
    """Find nothing wrong."""


class Intended:
    """The part of a store that people write, not nodes. Each method is one transaction, durable on return."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def set_override(
        self, key: str, value: str, author: str, now_ms: int, expires_ms: int | None = None, check: Check = _agree
    ) -> Override:
        """Let `value` lie over the site's files at `key` from now on, in the place of what did.

        `check` sees the history as it would be; what it raises leaves the store as it was.
        """
        with self._backend.transaction():
            entry = self._append(Override(0, key, value, author, now_ms, expires_ms, SET))
            check(self.history())
            return entry

    def withdraw(self, key: str, author: str, now_ms: int, check: Check = _agree) -> Override | None:
        """Take away what lies over `key`; return what that was, None where nothing did. `check` is as in `set_override`."""
        with self._backend.transaction():
            found = next((each for each in self.overrides(now_ms) if each.key == key), None)
            if found is not None:
                self._append(found._replace(author=author, set_ms=now_ms, expires_ms=None, state=WITHDRAWN))
                check(self.history())
            return found

    def mark_written(self, overrides: Iterable[Override], author: str, now_ms: int) -> None:
        """Take away overrides that the files now say; one that was set anew meanwhile stays."""
        with self._backend.transaction():
            present = set(self.overrides(now_ms))
            for each in overrides:
                if each in present:
                    self._append(each._replace(author=author, set_ms=now_ms, expires_ms=None, state=WRITTEN))

    def overrides(self, now_ms: int) -> list[Override]:
        """Return what lies over the site's files at a time, oldest first."""
        return active(self.history(), now_ms)

    def history(self) -> list[Override]:
        """Return every entry there ever was, oldest first."""
        return [Override(*row) for row in self._backend.execute(statements.READ_OVERRIDES)]

    def save_configurations(self, compiled: Iterable[tuple[int, bytes, bytes]], now_ms: int) -> None:
        """Keep what was compiled, each as device, digest, and a body that holds no secret."""
        with self._backend.transaction():
            rows = [(device, digest, now_ms, body) for device, digest, body in compiled]
            self._backend.executemany(statements.SAVE_CONFIGURATION, rows)

    def configuration(self, device: int, digest: bytes) -> bytes | None:
        """Return what was compiled for a device under a digest, None where that is not known."""
        rows = self._backend.execute(statements.READ_CONFIGURATION, (device, digest))
        return bytes(rows[0][0]) if rows else None

    def _append(self, entry: Override) -> Override:
        ((last,),) = self._backend.execute(statements.LAST_OVERRIDE_ID)
        entry = entry._replace(id=last + 1)
        self._backend.insert("override", TABLES["override"], [entry])
        return entry
