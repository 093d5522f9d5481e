"""How much of its hearing a gateway gives away: while it sends it hears nobody, on none of its channels.

Where many nodes share a gateway that answers all they ask, what is lost to its deafness is asked again, at slower rates, with longer
answers: a city of 200 that came up after a power cut never got out of that (docs/radio_evidence.md).
"""

from __future__ import annotations

SHARE = 0.08  # of the time: half of 200 nodes' traffic after a power cut; as much again as frames lost for other reasons
BURST_MS = 5_000  # … and at once: two of the longest answers at the slowest rate


class Deafness:
    """The debt of one gateway: what it has sent, less a share of the time since."""

    def __init__(self, now_ms: int) -> None:
        self._debt_ms = 0.0
        self._at_ms = now_ms

    def spend(self, air_ms: int, now_ms: int) -> None:
        """Take note of a transmission."""
        self._debt_ms = self._left(now_ms) + air_ms
        self._at_ms = now_ms

    def can_spare(self, now_ms: int) -> bool:
        """Return whether another transmission is worth it: a long one may go as soon as a short one, and is paid for afterwards."""
        return self._left(now_ms) < BURST_MS

    def _left(self, now_ms: int) -> float:
        return max(0.0, self._debt_ms - SHARE * (now_ms - self._at_ms))
