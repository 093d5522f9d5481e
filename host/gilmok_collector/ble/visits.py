"""Which nodes to visit and when: sans-IO, so that a day of comings and goings is a test of a millisecond.

away --in need--> visiting --frames came, quiet--> away, for REST_S
  ^                 |--nothing came, or no connection--> away, for longer each time
"""

from __future__ import annotations

from dataclasses import dataclass

MOST = 4  # at once: what cheap adapters hold beside a scan (BCM43438 of the Pi: 7 in all)
# A node that is out of reach is tried again as often as it is heard, and less and less: each attempt keeps the adapter busy for seconds.
BACKOFF_S = (2.0, 5.0, 15.0, 60.0, 300.0)
REST_S = 10.0  # after a visit that went well: what a node measures meanwhile goes in one visit instead of ten
HURRY_S = 1.0  # … where something urgent waits: a connection that has just ended takes a moment to be gone at both ends
FORGOTTEN_S = 600.0  # a node without backlog is visited all the same: it may have been wrong, and learns the time
STALE_S = 30.0  # who was heard longer ago may be gone, and an attempt would only wait
QUIET_S = 3.0  # a node that has nothing more to say asks after its idle time of 2 s; then it is silent
TURN_S = 60.0  # a node that never falls silent leaves its place to others after this


@dataclass(slots=True)
class _Node:
    heard_s: float = 0.0
    urgent: bool = False
    backlog: int = 0
    next_s: float = 0.0  # before that, it is left alone
    failures: int = 0
    visited_s: float = float("-inf")
    began_s: float | None = None  # of the visit that is going on
    frame_s: float = 0.0


class Visits:
    """Decides for the nodes of one adapter. Nodes are known by their address; all times are monotonic seconds."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._nodes: dict[str, _Node] = {}

    def heard(self, address: str, urgent: bool, backlog: int, now_s: float) -> None:
        """Take note of an advertisement."""
        node = self._nodes.setdefault(address, _Node())
        node.heard_s, node.urgent, node.backlog = now_s, urgent, backlog

    def due(self, now_s: float) -> list[str]:
        """Return whom to visit from now on: alarms first, then who has waited longest. They count as being visited."""
        room = self._most - sum(node.began_s is not None for node in self._nodes.values())
        needy = [address for address, node in self._nodes.items() if self._needs(node, now_s)]
        needy.sort(key=lambda address: (not self._nodes[address].urgent, self._nodes[address].visited_s))
        for address in needy[: max(0, room)]:
            self._nodes[address].began_s = self._nodes[address].frame_s = now_s
        return needy[: max(0, room)]

    def frame(self, address: str, now_s: float) -> None:
        """Take note that a node has said something."""
        node = self._nodes[address]
        node.frame_s = now_s
        node.failures = 0

    def should_leave(self, address: str, now_s: float) -> bool:
        """Tell whether a visit has done what it can, or others have waited long enough."""
        node = self._nodes[address]
        if node.began_s is None or now_s - node.frame_s >= QUIET_S:
            return True
        return now_s - node.began_s >= TURN_S and any(self._needs(other, now_s) for other in self._nodes.values())

    def ended(self, address: str, now_s: float) -> None:
        """Take note that a visit is over, however it ended."""
        node = self._nodes[address]
        came = node.began_s is not None and node.frame_s > node.began_s
        node.began_s = None
        if came:
            node.visited_s, node.next_s = now_s, now_s + REST_S
            node.urgent, node.backlog = False, 0  # until it says otherwise
        else:
            node.next_s = now_s + BACKOFF_S[min(node.failures, len(BACKOFF_S) - 1)]
            node.failures += 1

    def lost(self, address: str, now_s: float) -> None:
        """Take note that the connection went away in the middle: there is more to say."""
        node = self._nodes[address]
        came = node.began_s is not None and node.frame_s > node.began_s
        self.ended(address, now_s)
        if came:
            node.next_s = now_s + HURRY_S

    def _needs(self, node: _Node, now_s: float) -> bool:
        if node.began_s is not None or now_s - node.heard_s > STALE_S:
            return False
        if node.urgent and not node.failures:
            return now_s >= min(node.next_s, node.visited_s + HURRY_S)
        return now_s >= node.next_s and (node.urgent or node.backlog > 0 or now_s - node.visited_s >= FORGOTTEN_S)
