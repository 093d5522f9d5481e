"""Frames of a site's group, which one link brings and the others carry on: they are opened by nodes alone, and wait for no commit.

Source: protocols/SPEC.md, section 6.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from gilmok_wire.seal import GROUP

_GROUP = GROUP.to_bytes(2, "big")
SEEN_MS = 10_000  # a frame that comes round by another collector or a second line is back within a second; a member never repeats one
# Of one link. A node repeats a want three times a second at first; with ten outputs that is 30, and it backs off. 20 a second are 1.2 kB.
RATE_S = 20
BURST = 60


@dataclass(slots=True)
class RelayCounters:
    """What became of the group's frames: `relayed` went on, `repeated` had been seen, `limited` were too many from one link."""

    relayed: int = 0
    repeated: int = 0
    limited: int = 0


class Relay:
    """Decides which links a frame goes on to: all others, since nothing here can tell who is a member. Threads may share it.

    It goes back onto a *shared* link as well: behind a radio there are many nodes, and they do not hear one another.
    """

    def __init__(self) -> None:
        self.counters = RelayCounters()
        self.flooding: dict[str, int] = {}  # by link: how many of its frames were too many
        self._links: set[str] = set()
        self._shared: set[str] = set()
        self._lock = threading.Lock()
        self._seen: set[bytes] = set()
        self._order: deque[tuple[int, bytes]] = deque()  # bounded by rate and time
        self._credit: dict[str, tuple[float, int]] = {}  # by link: frames it may bring, as of when

    def add_link(self, link: str, shared: bool = False) -> None:
        """Relay to one more link."""
        with self._lock:
            self._links.add(link)
            if shared:
                self._shared.add(link)

    @staticmethod
    def is_group(frame: bytes) -> bool:
        """Tell whether a frame is one of the group's."""
        return frame[1:3] == _GROUP

    def take(self, link: str, frame: bytes, now_ms: int) -> Iterable[str]:
        """Return the links to which a frame that `link` brought goes on.

        Frames are compared as a whole: nothing here can tell who made one, and a forged one must not keep the genuine one away.
        """
        with self._lock:
            self._forget(now_ms)
            if frame in self._seen:
                self.counters.repeated += 1
                return ()
            if not self._has_credit(link, now_ms):
                self.counters.limited += 1
                self.flooding[link] = self.flooding.get(link, 0) + 1
                return ()
            self._seen.add(frame)
            self._order.append((now_ms, frame))
            self.counters.relayed += 1
            return sorted(self._links - ({link} - self._shared))

    def _forget(self, now_ms: int) -> None:
        while self._order and not 0 <= now_ms - self._order[0][0] < SEEN_MS:  # the clock may have been set
            self._seen.discard(self._order.popleft()[1])

    def _has_credit(self, link: str, now_ms: int) -> bool:
        credit, at_ms = self._credit.get(link, (BURST, now_ms))
        credit = min(BURST, credit + max(0, now_ms - at_ms) * RATE_S / 1000)
        self._credit[link] = (credit - 1 if credit >= 1 else credit), now_ms
        return credit >= 1
