"""What the collector sees of a node that is heard, and is not well all the same: a backlog that grows, a clock that is unsure."""

from __future__ import annotations

from collections import deque

from .alarm import Alarm

LEVEL = 1  # attention: nothing is lost yet
LEAST_GROWTH = 64  # records; two batches may be on their way at any moment
LEAST_SAMPLES = 4  # of a node's health; fewer show no trend
CLOCK_HOLD_MS = 10 * 60_000  # a node dates itself with its first answers; the records of a boot before wait for the next anchor


class Backlog:
    """A backlog that grew over all of a window, though the node was heard.

    Units: `window_ms` milliseconds.
    """

    RULE = "watch.backlog"

    def __init__(self, alarm: Alarm, window_ms: int) -> None:
        self._alarm = alarm
        self._window_ms = window_ms
        self._samples: deque[tuple[int, int]] = deque()
        self._highest = 0

    def note(self, records: int, at_ms: int, now_ms: int) -> None:
        """Note how many records wait at a time; older news than the newest is passed over."""
        samples = self._samples
        if samples and at_ms <= samples[-1][0]:
            return
        samples.append((at_ms, records))
        while len(samples) > 2 and samples[1][0] <= at_ms - self._window_ms:
            samples.popleft()
        self._highest = max(self._highest, records) if self._alarm.level else records
        begin = samples[0][1]
        if self._alarm.level:
            if 2 * records <= self._highest:
                self._alarm.set(0, now_ms, value=records, limit=begin, facts={"kind": "backlog"})
        elif self._grows():
            self._alarm.set(LEVEL, now_ms, value=records, limit=begin, facts={"kind": "backlog"})

    def _grows(self) -> bool:
        """Tell whether the later half of the window lies above the whole earlier one, and by enough."""
        samples = self._samples
        if len(samples) < LEAST_SAMPLES or samples[-1][0] - samples[0][0] < self._window_ms:
            return False
        middle_ms = (samples[0][0] + samples[-1][0]) / 2
        earlier = [records for at_ms, records in samples if at_ms < middle_ms]
        later = [records for at_ms, records in samples if at_ms >= middle_ms]
        return min(later) > max(earlier) and samples[-1][1] - samples[0][1] >= LEAST_GROWTH


class Clock:
    """Records that stay undated, or are dated less surely than a limit.

    Units: `limit_ms` milliseconds of uncertainty.
    """

    RULE = "watch.clock"

    def __init__(self, alarm: Alarm, limit_ms: int) -> None:
        self._alarm = alarm
        self._limit_ms = limit_ms
        self._since_ms: int | None = None

    def note(self, uncertainty_ms: int | None, now_ms: int) -> None:
        """Note how surely the newest records are dated, None where they are not."""
        if uncertainty_ms is not None and uncertainty_ms <= self._limit_ms:
            self._since_ms = None
            self._alarm.set(0, now_ms)
            return
        self._since_ms = now_ms if self._since_ms is None else self._since_ms
        if now_ms - self._since_ms >= CLOCK_HOLD_MS:
            if uncertainty_ms is None:
                self._alarm.set(LEVEL, now_ms, facts={"kind": "undated"})
            else:
                unsure_s, limit_s = uncertainty_ms / 1000, self._limit_ms / 1000
                self._alarm.set(LEVEL, now_ms, value=unsure_s, limit=limit_s, unit="s", facts={"kind": "unsure"})
