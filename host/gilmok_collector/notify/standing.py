"""How each alarm stands, told from its events: what decides whether people are told once more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ..alarms.event import AlarmEvent

# States in which an alarm waits for somebody who has seen it; in the third it waits for a reset.
OPEN = ("unacknowledged", "returned_unacknowledged", "latched")

Key = tuple[str, int]  # node, rule id


@dataclass(slots=True)
class Standing:
    """One alarm: its last event, the highest level since it was raised, and whether somebody has acknowledged that."""

    event: AlarmEvent
    level: int = 0
    acknowledged: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether people are to be told again."""
        return self.event.state in OPEN and not self.acknowledged


class Board:
    """The alarms that do not stand at normal, by node and rule."""

    def __init__(self) -> None:
        self._alarms: dict[Key, Standing] = {}

    def take(self, event: AlarmEvent) -> int:
        """Take in an event and return the level it is about: of one that ends, the level that ends."""
        key = (event.node, event.rule_id)
        standing = self._alarms.get(key)
        if standing is None:
            standing = self._alarms[key] = Standing(event)
        elif _is_older(event, standing.event):
            return max(event.level, standing.level)
        if event.event in ("raise", "escalate"):
            standing.acknowledged = False
        elif event.event == "acknowledge":
            standing.acknowledged = True
        standing.level = level = max(standing.level, event.level)
        standing.event = event
        if event.state == "normal":
            del self._alarms[key]
        elif event.event == "ease":
            standing.level = event.level
        return level

    def copy(self) -> Board:
        """Return a board of its own that stands alike."""
        board = Board()
        board._alarms = {key: replace(standing) for key, standing in self._alarms.items()}
        return board

    def open(self) -> Iterator[Standing]:
        """Yield the alarms that nobody has acknowledged."""
        return (each for each in self._alarms.values() if each.is_open)

    def replay(self, events: Iterable[AlarmEvent]) -> None:
        """Take in what was told before the collector started."""
        for event in events:
            self.take(event)


def _is_older(event: AlarmEvent, than: AlarmEvent) -> bool:
    """Tell whether a node's event comes after one that happened later."""
    if event.device is None or than.device is None or event.seq is None or than.seq is None:
        return False
    if (event.device, event.log) != (than.device, than.log):  # another box serves the node now, or its log has another id
        return event.unix_ms is not None and than.unix_ms is not None and event.unix_ms < than.unix_ms
    return event.seq < than.seq
