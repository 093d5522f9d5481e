"""Which transmissions of nodes were heard, by which gateways and how well: one frame is one, however many copies of it come."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from . import Uplink

SEEN_MS = 300_000  # an alarm's frame comes again and again until it is answered, at ever slower rates
MOST = 4096  # frames kept: a concentrator hears eight at a time, each of them 40 ms at least, so 200 a second; of strangers' too
SAME_MS = 50  # a datagram that the network doubled comes at once; the shortest frame sent again takes longer on the air


@dataclass(slots=True)
class Copy:
    """How one gateway heard a transmission."""

    gateway: str
    snr_cb: int
    rssi_dbm: int
    token: Any
    end_us: int | None
    heard_ms: int


@dataclass(slots=True)
class Heard:
    """One transmission of a node.

    `place` is (channel, rate), None where the region has no such one; `heard_ms` is when the first copy came; `windows` are the
    (delay_ms, channel, rate) still to be used; `answers` are the frames it was answered with; `again` where it came before, elsewhere
    or earlier.
    """

    frame: bytes
    place: tuple[int, int] | None
    sf: int
    heard_ms: int
    copies: list[Copy]
    windows: list[tuple[int, int, int]]
    answers: list[bytes] = field(default_factory=list)
    again: bool = False

    def best(self) -> list[Copy]:
        """Return the copies, the best first."""
        return sorted(self.copies, key=lambda copy: (-copy.snr_cb, -copy.rssi_dbm))


FIRST, COPY, AGAIN, SAME = "first", "copy", "again", "same"


class Hearing:
    """Tells a frame's first copy from later ones, those from the same transmission sent once more, and both from doubled datagrams."""

    def __init__(self) -> None:
        self._seen: dict[bytes, Heard] = {}
        self._order: deque[tuple[int, bytes]] = deque()

    def take(self, uplink: Uplink, place: tuple[int, int] | None, windows: list[tuple[int, int, int]], now_ms: int) -> tuple[str, Heard]:
        """Return FIRST, COPY, AGAIN or SAME, and the transmission."""
        self._forget(now_ms)
        copy = Copy(uplink.gateway, uplink.snr_cb, uplink.rssi_dbm, uplink.token, uplink.end_us, now_ms)
        heard = self._seen.get(uplink.frame)
        if heard is None:
            heard = self._seen[uplink.frame] = Heard(uplink.frame, place, uplink.sf, now_ms, [copy], windows)
            self._order.append((now_ms, uplink.frame))
            return FIRST, heard
        before = next((each for each in heard.copies if each.gateway == copy.gateway), None)
        if place == heard.place and before is None:
            heard.copies.append(copy)
            return COPY, heard
        if place == heard.place and before is not None and _is_same(before, copy):
            return SAME, heard
        heard.place, heard.sf, heard.heard_ms, heard.copies, heard.windows = place, uplink.sf, now_ms, [copy], windows
        heard.again = True
        return AGAIN, heard

    def _forget(self, now_ms: int) -> None:
        while self._order and (len(self._order) >= MOST or now_ms - self._order[0][0] >= SEEN_MS):
            del self._seen[self._order.popleft()[1]]


def _is_same(before: Copy, copy: Copy) -> bool:
    if before.end_us is None or copy.end_us is None:
        return copy.heard_ms - before.heard_ms < SAME_MS
    return before.end_us == copy.end_us
