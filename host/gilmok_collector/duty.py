"""What the collector does by itself, whether or not frames come: it watches, wakes people, and says outside that it lives.

Everything here runs in the thread that owns the store, at least twice a second, and waits for nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from .area.feed import Feed
from .notify.carriers import Carry, carrier_of
from .notify.heartbeat import Heartbeat
from .notify.maintenance import Maintenance
from .notify.outbox import Outbox
from .notify.post import Post, Start, in_thread
from .store import Store, StoreError

if TYPE_CHECKING:
    from gilmok_site.model import Site
    from gilmok_site.secret import Secret

    from .engine import Engine

LEAST_MS = 50  # between two looks, however much comes: each costs 0.2 ms


class Duty:
    """One site's duty room.

    `start` runs what has to wait, by default in threads; `wake()` is called when such an errand is over. `now_ms` is the Unix time at
    which it begins, the present where it is not given; `carriers` and `beat` are for tests.
    """

    def __init__(
        self,
        engine: Engine,
        site: Site,
        secrets: Mapping[str, Secret],
        start: Start = in_thread,
        wake: Callable[[], None] = lambda: None,
        now_ms: int | None = None,
        carriers: Mapping[str, Carry] | None = None,
        beat: Callable[[str], None] | None = None,
    ) -> None:
        self.error: StoreError | None = None
        self._engine = engine
        self._look_ms = 0
        store: Store = engine.store
        self.maintenance = Maintenance(store, site)
        if carriers is None:
            carriers = {name: carrier_of(target, site, secrets.get(name)) for name, target in site.notify.items()}
        self.feed = Feed(engine, site, time.time_ns() // 1_000_000 if now_ms is None else now_ms)
        self.post = Post(Outbox(store, site, self.maintenance.is_on), carriers, start, wake)
        self.heartbeat = Heartbeat(store, site.heartbeat, self._failing, start, beat) if site.heartbeat is not None else None

    def poll(self, now_ms: int) -> None:
        """Do what is due.

        Raises: StoreError; the next call goes on where this one stopped.
        """
        if self._look_ms - LEAST_MS <= now_ms < self._look_ms and not self.post.has_news:
            return
        self._look_ms = now_ms + LEAST_MS
        if self.heartbeat is not None:
            self.heartbeat.poll(now_ms)
        try:
            self.feed.poll(now_ms)
            self.post.poll(now_ms)
            self.error = None
        except StoreError as error:
            self.error = error
            raise

    def _failing(self) -> str:
        error = self._engine.last_error or self.error
        return "" if error is None else str(error)
