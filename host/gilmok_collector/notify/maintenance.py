"""Where somebody works on a node: what happens there is told to nobody outside until it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..store import Store
from ..store.notices import MaintenanceEvent

if TYPE_CHECKING:
    from gilmok_site.model import Site

LOOK_MS = 500  # how often the store is asked: as often as alarm events are read
BEGINS = "maintain"


class Maintenance:
    """Which nodes are in maintenance, told from what they said of it themselves.

    It ends by itself, with the node's word, and with its restart, which its boot number shows.
    """

    def __init__(self, store: Store, site: Site) -> None:
        self._store = store
        self._devices = {name: site.device_of(name) for name in site.node}
        self._look_ms = 0
        self._seen = 0
        self._said: dict[int, MaintenanceEvent] = {}  # the last word of each device

    def is_on(self, node: str, now_ms: int) -> bool:
        """Tell whether a node is in maintenance."""
        return self.until(node, now_ms) is not None

    def until(self, node: str, now_ms: int) -> int | None:
        """Return until when a node is in maintenance, as Unix ms, None where it is not."""
        self._look(now_ms)
        said = self._said.get(self._devices.get(node, 0))
        if said is None or said.event != BEGINS:
            return None
        end_ms = said.at_ms + (said.detail_ms or 0)
        return end_ms if now_ms < end_ms and not self._has_restarted(said) else None

    def _look(self, now_ms: int) -> None:
        if self._look_ms <= now_ms < self._look_ms + LOOK_MS:
            return
        self._look_ms = now_ms
        for event in self._store.notices.maintenance_after(self._seen):
            self._seen = event.id
            before = self._said.get(event.device)
            if before is None or before.log != event.log or before.seq < event.seq:
                self._said[event.device] = event

    def _has_restarted(self, said: MaintenanceEvent) -> bool:
        boot = self._store.notices.boots(said.device).get(said.log)
        return said.boot is not None and boot is not None and boot > said.boot
