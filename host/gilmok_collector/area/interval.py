"""How often a node is heard when all is well, told from its tables in the site file."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gilmok_site.model import Node

HEALTH_MAX_AGE_MS = 600_000  # how long a node lets its health wait for company (firmware/gilmok_node/health.py)

# A node that has lost its collector greets again after a minute at most, and one that restarts takes some seconds: below two minutes
# nothing can be told from a hiccup.
LEAST_PATIENCE_MS = 120_000
LATE = 1.5  # intervals after which a node is late, though not silent yet


def interval_of(node: Node, faulty: Collection[int] = ()) -> int:
    """Return the longest time in ms between two frames of a node that is well.

    `faulty` are sensors that are known to say nothing, by their place in the node's configuration, which has them by name.
    """
    known = [node.health_ms + HEALTH_MAX_AGE_MS]
    for index, name in enumerate(sorted(node.sensor)):
        sensor = node.sensor[name]
        every_ms = sensor.report.heartbeat_ms if sensor.report is not None else sensor.mean_ms or sensor.every_ms
        if index not in faulty:
            known.append(every_ms + sensor.max_age_ms)
    return min(known)


def patience_of(interval_ms: int, intervals: int) -> int:
    """Return after how many ms without a frame a node is silent."""
    return max(intervals * interval_ms, LEAST_PATIENCE_MS)


def lateness_of(interval_ms: int) -> int:
    """Return after how many ms without a frame a node is late."""
    return max(round(LATE * interval_ms), LEAST_PATIENCE_MS // 2)
