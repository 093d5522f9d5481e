"""Where somebody works on a node: what happens there is told to nobody outside until it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..store import Store

if TYPE_CHECKING:
    from gilmok_site.model import Site

LOOK_MS = 1_000  # commands are looked for as often as the collector sends them


class Maintenance:
    """Which nodes are in maintenance, told from the commands that nodes have carried out.

    It ends by itself, by a command, and with a restart of the node, which the node's own boot number shows.
    """

    def __init__(self, store: Store, site: Site) -> None:
        self._store = store
        self._site = site
        self._look_ms = 0
        self._until: dict[int, int] = {}  # device → Unix time in ms

    def is_on(self, node: str, now_ms: int) -> bool:
        """Tell whether a node is in maintenance."""
        if not self._look_ms <= now_ms < self._look_ms + LOOK_MS:
            self._look_ms = now_ms
            self._until = {device: until for device, until in self._store.notices.maintained(now_ms).items() if until > now_ms}
        return bool(self._until) and node in self._site.node and self._site.device_of(node) in self._until

    def nodes(self, now_ms: int) -> dict[str, int]:
        """Return the nodes in maintenance, each with the time until which it is, as Unix ms."""
        return {name: self._until[self._site.device_of(name)] for name in self._site.node if self.is_on(name, now_ms)}
