"""Channels of other sensors that a key names: "air.temperature"."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from .catalogue import DRIVERS, Channel
from .channels import channels_of
from .errors import BadValue, Problem
from .fields import nearest

if TYPE_CHECKING:
    from .model import Node
    from .source import Path, Source

# The keys that name a channel, and the unit it has.
UNITS = {"temperature": "Cel", "humidity": "%"}


class Reference(NamedTuple):
    """A channel of a sensor of the same node."""

    sensor: str
    number: int
    channel: Channel

    @property
    def text(self) -> str:
        """What a site file writes."""
        return f"{self.sensor}.{self.channel[0]}"

    @property
    def place(self) -> tuple[str, int]:
        """What a node reads."""
        return self.sensor, self.number


def find_reference(node: "Node", text: str | None) -> Reference | None:
    """Return the channel that `text` names, or None."""
    return next((each for each in _references(node) if each.text == text), None)


def check_references(source: "Source", path: "Path", node: "Node", values: dict[str, Any]) -> Iterator[Problem]:
    """Yield the keys of `values` that name no channel of the node in the right unit."""
    for name, value in values.items():
        known = [each.text for each in _references(node) if each.channel[1] == UNITS[name]]
        named = node.sensor.get(str(value).partition(".")[0])
        if value is None or value in known or named and named.driver not in DRIVERS:
            continue
        facts = {"node": path[1], "value": value, "name": name, "unit": UNITS[name], "known": known, "near": nearest(value, known)}
        yield source.problem((*path, name), "channel_ref" if known else "channel_ref_none", **facts)


def _references(node: "Node") -> Iterator[Reference]:
    """Yield every channel of a node's sensors, but for those whose own description is wrong."""
    for name, sensor in node.sensor.items():
        if sensor.driver not in DRIVERS:
            continue
        try:
            channels = channels_of(sensor)
        except BadValue:
            continue
        for number, channel in enumerate(channels):
            yield Reference(name, number, channel)
