"""The people of a street: the collector's duties on virtual time, and targets that hear their notices, unless they are deaf."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gilmok_collector.alarms.names import SiteNames
from gilmok_collector.alarms.projection import Projection
from gilmok_collector.duty import Duty
from gilmok_collector.engine import Engine
from gilmok_collector.notify.carriers import Carry, CarryError
from gilmok_collector.notify.post import at_once

if TYPE_CHECKING:
    from gilmok_collector.store.notices import Notice
    from gilmok_site import Site

TICK_US = 1_000_000  # as seldom as a collector promises to look


class People:
    """Those whom a site wakes. `heard` are the bodies of notices by target, in the order in which they came; `deaf` targets hear none."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.heard: dict[str, list[dict[str, Any]]] = {name: [] for name in site.notify}
        self.deaf: set[str] = set()
        self._engine: Engine | None = None

    def begin(self, engine: Engine, now_ms: int) -> None:
        """Be there for a collector that has started."""
        self._engine = engine
        self._projection = Projection(engine.store, SiteNames(self.site))
        engine.herald = self._projection.herald
        carriers = {name: self._carrier(name) for name in self.heard}
        self._duty = Duty(engine, self.site, {}, at_once, now_ms=now_ms, carriers=carriers, beat=lambda url: None)

    def poll(self, now_ms: int) -> None:
        """Do what is due; what the store refuses is done later."""
        if self._engine is not None:
            self._engine.attempt(self._projection.run)
            self._engine.attempt(lambda: self._duty.poll(now_ms))

    def steps(self, target: str) -> list[tuple[str, str, int]]:
        """Return (alarm, event, repetition) of what a target heard."""
        return [(body["alarm"], body["event"], body["repetition"]) for body in self.heard[target]]

    def _carrier(self, name: str) -> Carry:
        def carry(notice: Notice) -> None:
            if name in self.deaf:
                raise CarryError("deaf")
            self.heard[name].append(json.loads(notice.body))

        return carry
