"""Uptime in milliseconds that never wraps, from a tick counter that does."""

import sys
import time

if sys.implementation.name == "micropython":
    from time import ticks_diff, ticks_ms
else:

    def ticks_ms():  # type: ignore[no-redef,misc]
        """Return monotonic milliseconds."""
        return time.monotonic_ns() // 1_000_000  # type: ignore[attr-defined]

    def ticks_diff(later, earlier):  # type: ignore[no-redef,misc]
        """Return the milliseconds between two ticks."""
        return later - earlier


class Uptime:
    """Call it for the milliseconds since it was made; at least once in six days, half a turn of MicroPython's counter."""

    def __init__(self, ticks=ticks_ms, diff=ticks_diff):
        self._ticks = ticks
        self._diff = diff
        self._last = ticks()
        self._now = 0

    def __call__(self):
        ticks = self._ticks()
        self._now += self._diff(ticks, self._last)
        self._last = ticks
        return self._now
