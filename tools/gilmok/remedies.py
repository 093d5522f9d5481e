"""Frames that lead nowhere: how many of each kind, whose, and what to do about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .language import say, spaced
from .place import Place

if TYPE_CHECKING:
    from gilmok_collector.service import Service

# A counter of the engine, and how many are nothing to speak of: after a restart of the collector a node sends a window
# of 8 frames and 4 polls in vain before it greets (gilmok_wire.node_session).
COUNTERS = {"unknown_device": 0, "unsupported": 0, "refused": 15, "replayed": 15, "not_ours": 15}
DAMAGED = "damaged"
DAMAGED_FREE = 15  # a link that is opened in the middle of a frame, or a node that restarts

FLOODING = "flooding"

# Which events of the engine belong to which counter.
KINDS = {"unknown device": "unknown_device", "unsupported": "unsupported", "refused": "refused"}

REPEAT_S = 60.0  # what goes on is said again once a minute
DEVICES = 4  # as many are named as fit a line, the latest


class Remedies:
    """Counts by kind, each with its remedy."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._devices: dict[str, dict[int, None]] = {}
        self._messages = 0
        self._told: dict[str, tuple[str, float]] = {}

    def take(self, device: int, event: str, *facts: int) -> None:
        """Remember whose frame it was, and count messages of another release: the engine counts frames."""
        if event == "unsupported" and facts[0] >= 0:
            self._messages += 1
        devices = self._devices.setdefault(KINDS[event], {})
        devices.pop(device, None)
        devices[device] = None
        if len(devices) > DEVICES:
            del devices[next(iter(devices))]

    def lines(self, service: Service) -> dict[str, str]:
        """Return, for each counter that says something, a line with its count and remedy."""
        counts = {name: getattr(service.engine.counters, name) for name in COUNTERS}
        counts["unsupported"] += self._messages
        lines = {name: self._line(name, count) for name, count in counts.items() if count > COUNTERS[name]}
        damaged = {name: state.deframer.bad_crc for name, state in service.states().items()}
        damaged = {name: count for name, count in damaged.items() if count > DAMAGED_FREE}
        if damaged:
            lines[DAMAGED] = say("count_damaged", count=spaced(sum(damaged.values())), links=", ".join(damaged))
        flooding = service.engine.relay.flooding
        if flooding:
            lines[FLOODING] = say("count_flooding", count=spaced(sum(flooding.values())), links=", ".join(sorted(flooding)))
        return lines

    def news(self, service: Service, now: float) -> list[str]:
        """Return the lines that are new or have grown, each once a minute at most."""
        news = []
        for name, line in self.lines(service).items():
            before, told_at = self._told.get(name, ("", -REPEAT_S))
            if line != before and now >= told_at + REPEAT_S:
                self._told[name] = line, now
                news.append(line)
        return news

    def _line(self, name: str, count: int) -> str:
        devices = ", ".join(self._place.name_of(device) for device in self._devices.get(name, {}))
        return say(f"count_{name}", count=spaced(count), devices=devices or "?")
