"""What one gateway will send and has sent, planned ahead: when it is free, and what the law still allows.

`gilmok_wire.radio_law` grants what begins at once. A collector plans seconds ahead and not in order, so it keeps the same figures here.
Two things it cannot do: listen before talk, which is the gateway's, and see what other servers have the gateway send.
"""

from __future__ import annotations

from typing import Any

from gilmok_wire.quota import Quota
from gilmok_wire.radio_law import DWELL, GRANTED, PAUSE, QUOTA, REASONS, SENDING, RadioLaw

AHEAD_MS = 5_000  # airtime that is kept as used before it is: so the disk is written once in that time and not for every frame
GUARD_MS = 5  # between two transmissions at least: the packet forwarder wants 2.5 ms (jitqueue.c), a radio turns in less


class Ledger:
    """The transmissions of one gateway.

    `row` is one of gilmok_wire.regions; without `quotas` only overlaps are kept apart, for a gateway that keeps the law itself.
    `saved` is what `save` returned before a restart: without it the airtime of the whole window counts as used.
    """

    def __init__(self, row: Any, now_ms: int, quotas: bool = True, saved: bytes | None = None) -> None:
        grids = tuple(grid[:6] + (None,) for grid in row[0])
        self._law = RadioLaw((grids, row[1], (), row[3], row[4], None, None, *row[7:]), now_ms)  # for what holds at any time
        self._grids, self._pause_ms = row[0], max(row[4], GUARD_MS)
        self._keys = [row[0][0][2] if quota[3] else 1 for quota in row[2]]
        self._rows = row[2] if quotas else ()
        self._quotas = _open(self._rows, self._keys, now_ms, saved)
        self._planned: list[tuple[int, int, int]] = []  # (start, end, id), sorted
        self._ahead_ms = 0  # how much of what is kept as used is still to be used
        self.refused = [0] * REASONS

    def frequency_hz(self, channel: int) -> int:
        """Return the middle of a channel."""
        return self._law.frequency_hz(channel)

    def power_dbm(self, channel: int) -> int:
        """Return the most that may be radiated on a channel: packet forwarders subtract the antenna's gain themselves."""
        return self._law.power_dbm(channel)

    def ask(self, start_ms: int, span_ms: int, channel: int, rate: int, size: int) -> tuple[int, int | None]:
        """Return (reason, first moment) for a transmission that begins at `start_ms` or up to `span_ms` later.

        The reasons are gilmok_wire.radio_law's; the moment is None where it never may.
        """
        reason, at_ms = self._judge(start_ms, span_ms, channel, rate, size)
        if reason:
            self.refused[reason] += 1
        return reason, at_ms

    def book(self, number: int, start_ms: int, span_ms: int, channel: int, rate: int, size: int) -> None:
        """Keep a transmission that `ask` has granted."""
        ms = self._ms(rate, size)
        self._planned.append((start_ms, start_ms + span_ms + ms, number))
        self._planned.sort()
        quota, key = self._quota_of(channel)
        if quota is not None:
            quota.book(key, ms, start_ms + span_ms)
            self._ahead_ms -= ms

    def to_keep(self, now_ms: int) -> bytes | None:
        """Return what has to outlive a restart before anything more is sent, None where what was returned last still holds."""
        if self._ahead_ms >= 0:
            return None
        self._ahead_ms = AHEAD_MS
        copies = _open(self._rows, self._keys, now_ms, self.save(now_ms))
        for quota, keys in zip(copies, self._keys, strict=True):
            for key in range(keys):
                quota.book(key, AHEAD_MS, now_ms)
        return b"".join(quota.save(now_ms) for quota in copies)

    def cancel(self, number: int) -> None:
        """Free the time of a transmission that will not be; its airtime stays booked, since nobody saw that it was not."""
        self._planned = [planned for planned in self._planned if planned[2] != number]

    def forget(self, now_ms: int) -> None:
        """Drop what is over."""
        self._planned = [planned for planned in self._planned if planned[1] + self._pause_ms > now_ms]

    def report(self, now_ms: int) -> list[tuple[int, int]]:
        """Return [(ms used, ms allowed)…] of each quota, of its fullest channel where it holds for each."""
        pairs = zip(self._quotas, self._keys, strict=False)
        return [(max(quota.used_ms(key, now_ms) for key in range(keys)), quota.allowed_ms) for quota, keys in pairs]

    def save(self, now_ms: int) -> bytes:
        """Return the airtime used, for the next life."""
        return b"".join(quota.save(now_ms) for quota in self._quotas)

    def _judge(self, start_ms: int, span_ms: int, channel: int, rate: int, size: int) -> tuple[int, int | None]:
        unlawful = self._law.ask(start_ms, channel, rate, size, -99)[1]  # -99: its power is ours to choose
        if GRANTED < unlawful <= DWELL:
            return unlawful, None
        ms = self._ms(rate, size)
        free_ms = self._free_at(start_ms, span_ms + ms)
        quota, key = self._quota_of(channel)
        if quota is not None:
            at_ms = quota.free_at(key, ms, free_ms)
            if at_ms is None:
                return DWELL, None
            if at_ms > free_ms:
                return QUOTA, at_ms
        if free_ms > start_ms:
            inside = any(begun <= start_ms < end for begun, end, _ in self._planned)
            return SENDING if inside else PAUSE, free_ms
        return GRANTED, start_ms

    def _free_at(self, start_ms: int, length_ms: int) -> int:
        """Return the first moment from `start_ms` on with so much time before the next transmission."""
        for begun_ms, end_ms, _ in self._planned:
            if start_ms + length_ms + self._pause_ms > begun_ms and start_ms < end_ms + self._pause_ms:
                start_ms = end_ms + self._pause_ms
        return start_ms

    def _ms(self, rate: int, size: int) -> int:
        """Return what a transmission is booked as: it touches a millisecond more at either end."""
        return (self._law.air_us(rate, size) + 1999) // 1000

    def _quota_of(self, channel: int) -> tuple[Any, int]:
        for grid in self._grids:
            if channel < grid[2]:
                if grid[6] is None or not self._quotas:
                    return None, 0
                return self._quotas[grid[6]], channel if self._keys[grid[6]] > 1 else 0
            channel -= grid[2]
        return None, 0


def _open(quotas: Any, keys: list[int], now_ms: int, saved: bytes | None) -> list[Any]:
    sizes = [2 * count * (quota[1] + 1) for count, quota in zip(keys, quotas, strict=False)]
    if saved is not None and len(saved) != sum(sizes):
        saved = None  # of another region or release: worth nothing
    opened, at = [], 0
    for quota, count, size in zip(quotas, keys, sizes, strict=False):
        allowed_ms, slots, slot_ms, _ = quota
        opened.append(Quota(allowed_ms, slots, slot_ms, count, now_ms, saved and saved[at : at + size]))
        at += size
    return opened
