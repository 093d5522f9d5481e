"""What rules can watch: each channel of a node's sensors and detectors, its health, votes, an output, the clock."""

from typing import TYPE_CHECKING, Any, NamedTuple

from .bounds import UNKNOWN, Bounds, bounds_of, told_bounds
from .catalogue import DRIVERS, Channel
from .derived import columns_of
from .detector import DETECTORS
from .errors import BadValue

if TYPE_CHECKING:
    from .model import Node
    from .rule import Rule

# Kinds of sources (protocols/node_config.cddl, source).
CHANNEL, HEALTH, VOTES, OUTPUT, CLOCK = range(5)

_STATE: Channel = ("state", "1", 0)
_MINUTE_MS = 60_000


class Subject(NamedTuple):
    """What the steps of a rule compare: where a node finds it, what its values mean, and how often they come.

    `sensor` is the one it is measured by, "" where it is not measured.
    Units: `every_ms` milliseconds, 0 where values come when they change.
    """

    source: list[Any]
    channel: Channel
    every_ms: int
    bounds: Bounds = UNKNOWN
    sensor: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether its values are states or counts, which do not waver about a threshold."""
        _, unit, exponent, *step = self.channel
        return unit == "1" and exponent == 0 and not step


def source_index(node: "Node", name: str) -> int:
    """Return the number of a sensor or detector as a node counts sources: sensors first, both by name."""
    return [*sorted(node.sensor), *sorted(node.detector)].index(name)


def output_index(node: "Node", name: str) -> int:
    """Return the number of an output as a node counts them."""
    return sorted(node.output).index(name)


def channel_subjects(node: "Node") -> dict[str, Subject]:
    """Return every channel that can be watched, by its text; those of sensors and detectors that are wrong themselves are left out."""
    found: dict[str, Subject] = {}
    for name in node.sensor:
        found |= _of_sensor(node, name)
    for name, detector in node.detector.items():
        if detector.sensor in node.sensor:
            every_ms = node.sensor[detector.sensor].every_ms
            for index, channel in enumerate(DETECTORS[detector.kind].channels):
                source = [CHANNEL, source_index(node, name), index]
                found[f"{name}.{channel[0]}"] = Subject(source, channel, every_ms, UNKNOWN, detector.sensor)
    return found


def subject_of(node: "Node", rule: "Rule", order: list[str]) -> Subject:
    """Return what a checked rule watches; `order` are the node's rules as it counts them."""
    if rule.watch is not None and not rule.health:
        return channel_subjects(node)[rule.watch]
    if rule.watch is not None:
        return Subject([HEALTH, source_index(node, rule.watch)], _STATE, node.sensor[rule.watch].every_ms, sensor=rule.watch)
    if rule.output is not None:
        return Subject([OUTPUT, output_index(node, rule.output)], _STATE, 0)
    if rule.clock:
        return Subject([CLOCK], ("minutes", "min", 0), _MINUTE_MS)
    return Subject([VOTES, [order.index(member) for member in rule.members]], _STATE, 0)


def _of_sensor(node: "Node", name: str) -> dict[str, Subject]:
    sensor = node.sensor[name]
    if sensor.driver not in DRIVERS:
        return {}
    try:
        columns, bounds = columns_of(node, name), bounds_of(node, name)
    except (BadValue, ValueError, KeyError, TypeError):  # its own problems are told elsewhere
        return {}
    told = _told(node, name)
    return {
        f"{name}.{column[0]}": Subject(
            [CHANNEL, source_index(node, name), index], column, sensor.every_ms, told.get(index, bounds[index]), name
        )
        for index, column in enumerate(columns)
    }


def _told(node: "Node", name: str) -> dict[int, Bounds]:
    try:
        told = told_bounds(node, name)
        return {index: each for index, each in told.items() if (each.low or 0) < (each.high or 0)}
    except (BadValue, ValueError):
        return {}
