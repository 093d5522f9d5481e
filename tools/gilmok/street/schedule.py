"""Virtual time: a queue of what is due, and when."""

from __future__ import annotations

import re
from collections.abc import Callable
from heapq import heappop, heappush

UNITS_US = {"ms": 1_000, "s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_SPAN = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|min|h|d)", re.ASCII)


def parse_span(text: str) -> int:
    """Return the microseconds of a span of time such as "25 min".

    Units: ms, s, min, h, d.
    Raises: ValueError.
    """
    match = _SPAN.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f'{text!r} is no span of time; write a number and one of {", ".join(UNITS_US)}, as in "25 min"')
    return round(float(match[1]) * UNITS_US[match[2]])


class Schedule:
    """Runs actions in the order of their times; those of one time in the order they were planned in.

    Units: microseconds since the street began.
    """

    def __init__(self) -> None:
        self.now_us = 0
        self.steps = 0
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._planned = 0

    def at(self, when_us: int, action: Callable[[], None]) -> None:
        """Plan `action`; what should have been earlier is done next."""
        self._planned += 1
        heappush(self._queue, (max(when_us, self.now_us), self._planned, action))

    def run_until(self, end_us: int) -> None:
        """Do everything that is due up to `end_us`, which is then the present."""
        queue = self._queue
        while queue and queue[0][0] <= end_us:
            self.now_us, _, action = heappop(queue)
            self.steps += 1
            action()
        self.now_us = max(self.now_us, end_us)
