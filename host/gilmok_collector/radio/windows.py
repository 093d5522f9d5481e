"""When and where a node listens for an answer."""

from __future__ import annotations

from typing import Any

WINDOW_MS = 2000  # from an uplink's end to the first window, where the site does not say
SECOND_MS = 1000  # … and from there to the second
TURN_MS = 20  # a node that always listens needs this long to turn from sending to receiving

_UP_500, _DOWN = 64, 72  # US915: the first channels of 500 kHz, up and down


def answer_of(row: Any, channel: int, rate: int) -> tuple[int, int]:
    """Return (channel, rate) of the answer to an uplink."""
    if len(row[0]) < 3 or row[0][2][0] != 923_300_000:
        return channel, rate
    return _DOWN + (channel % 8 if channel < _UP_500 else channel - _UP_500), min(13, 10 + rate)
