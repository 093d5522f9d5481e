"""The heartbeat: a service outside hears from the collector while it really works, and wakes people when it no longer does."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..store import Store, StoreError
from .carriers import CarryError, request
from .post import Start, in_thread

if TYPE_CHECKING:
    from gilmok_site.notify import Heartbeat as HeartbeatTable

LEAST_FREE_BYTES = 64 * 1024 * 1024  # an hour of a busy site's records, and what SQLite needs to fold its write-ahead log
UNHEARD_MS = 15 * 60_000  # an alarm that nobody could be told of for so long: then whoever hears the silence is the last one to wake
WROTE = "heartbeat_s"  # of the table `meta`: written before every beat, so that a store that only reads beats no more


class Heartbeat:
    """Beats every so often, from the thread that owns the store: a thread that hangs beats no more.

    `failing()` returns what the collector knows to be wrong, "" where nothing is.
    """

    def __init__(
        self,
        store: Store,
        table: HeartbeatTable,
        failing: Callable[[], str] = lambda: "",
        start: Start = in_thread,
        beat: Callable[[str], None] | None = None,
        free_bytes: Callable[[str], int] | None = None,
    ) -> None:
        self.withheld = ""  # why the last beat was not sent
        self._store = store
        self._table = table
        self._failing = failing
        self._start = start
        self._beat = beat or send
        self._free_bytes = free_bytes or free_bytes_of
        self._next_ms = 0
        self._under_way = False

    def poll(self, now_ms: int) -> None:
        """Beat where it is time, and nothing is wrong."""
        if now_ms < self._next_ms or self._under_way:
            return
        self._next_ms = now_ms + self._table.every_ms
        self.withheld = self._failing() or self._wrong(now_ms)
        if not self.withheld:
            self._under_way = True
            self._start("heartbeat", self._errand)

    def _errand(self) -> None:
        try:
            self._beat(self._table.url)
        except CarryError as error:
            self.withheld = str(error)  # the service outside notices by itself
        finally:
            self._under_way = False

    def _wrong(self, now_ms: int) -> str:
        try:
            self._store.note(WROTE, now_ms // 1000)
            unheard_ms = self._store.notices.unheard_since()
        except StoreError as error:
            return str(error)
        if unheard_ms is not None and now_ms - unheard_ms >= UNHEARD_MS:
            return "an alarm waits, and no target could be told of it"
        if self._free_bytes(self._store.url) < LEAST_FREE_BYTES:
            return "the disk is nearly full"
        return ""


def send(url: str) -> None:
    """Tell the service outside that all is well.

    Raises: CarryError.
    """
    status, _ = request("GET", url, {})
    if not 200 <= status < 300:
        raise CarryError(f"{urlsplit(url).hostname} answered {status}")


def free_bytes_of(url: str) -> int:
    """Return how much room there is beside a store's file; a database elsewhere says itself when it is full."""
    scheme, _, path = url.partition(":")
    if scheme != "sqlite":
        return LEAST_FREE_BYTES
    return shutil.disk_usage(os.path.dirname(os.path.abspath(path))).free
