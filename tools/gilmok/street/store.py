"""What tests ask of a street's store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from gilmok_collector.store import Reading, Store

if TYPE_CHECKING:
    from .node import StreetNode
    from .street import Street

LEVEL = "water_level"  # what a river is asked for; its sensor measures the distance from above


class Gap(NamedTuple):
    """Records [first, end) of a stream that the node no longer holds and the store never got."""

    device: int
    log: int
    stream: str
    first: int
    end: int


class StoreView:
    """The store of a street, by node and channel; a node's history reaches over all boxes that served it."""

    def __init__(self, street: Street) -> None:
        self._street = street

    @contextmanager
    def open(self) -> Iterator[Store]:
        """Lend the store; where the collector is dead, a connection of its own."""
        collector = self._street.collector
        if collector.runs:
            yield collector.store
            return
        store = collector.open_store()
        try:
            yield store
        finally:
            store.close()

    def readings(self, node: StreetNode | str, name: str) -> list[Reading]:
        """Return the dated values of "sensor.channel" in order of time; "river.water_level" is the height above the datum in m.

        A sensor with a `height` of its own has stored that; of others it is what the node's `mounted` makes of the distance.

        Raises: ValueError for a name without a dot or a node that is not there.
        """
        node = self._node(node)
        stream, dot, channel = name.rpartition(".")  # a waveform's stream has a dot of its own
        if not dot:
            raise ValueError(f"{name!r} names no channel; write sensor.channel, as in 'river.water_level'")
        found = self._readings(node, stream, channel)
        if channel == LEVEL and not found:
            distances = self._readings(node, stream, "distance")
            found = [each._replace(channel=LEVEL, value=round(node.mounted - each.value, 6)) for each in distances]
        return sorted(found, key=lambda reading: reading.unix_ms)

    def _readings(self, node: StreetNode, stream: str, channel: str) -> list[Reading]:
        with self.open() as store:
            return [reading for device in node.devices for reading in store.readings(device.address, stream, channel)]

    def stored(self, node: StreetNode | str) -> int:
        """Return how many records of a node are stored, over all its streams."""
        addresses = {device.address for device in self._node(node).devices}
        with self.open() as store:
            return sum(count for (device, _, _), count in store.counts().items() if device in addresses)

    def gaps(self, node: StreetNode | str) -> list[Gap]:
        """Return the known gaps of a node."""
        addresses = {device.address for device in self._node(node).devices}
        with self.open() as store:
            streams = [each for each in store.summary() if each.device in addresses]
        return [Gap(each.device, each.log, each.name or str(each.stream), *gap) for each in streams for gap in each.gaps]

    @property
    def lost(self) -> int:
        """How many promised records are neither stored nor in a log nor in a known gap."""
        return self._street.lost

    @property
    def duplicated(self) -> int:
        """How many records are stored more than once."""
        return self._street.duplicated

    def _node(self, node: StreetNode | str) -> StreetNode:
        if not isinstance(node, str):
            return node
        if node not in self._street.nodes:
            raise ValueError(f"there is no node {node!r}; there are {', '.join(self._street.nodes) or 'none yet'}")
        return self._street.nodes[node]
