"""BLE at a node: whether it has it, how often it advertises, and which readings everybody near with the bind key may see."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gilmok_wire.ble_advert import READINGS_ROOM

from .boards import board_names, load_board
from .bthome import Object, object_of, scale_of
from .catalogue import DRIVERS, Channel
from .channels import channels_of
from .derived import columns_of
from .errors import Problem
from .fields import nearest
from .quantity import format_duration
from .subjects import source_index
from .tables import DurationMs, Table

if TYPE_CHECKING:
    from .model import Node
    from .source import Path, Source

# Of the Core Specification (Vol 6, Part B, 4.4.2.2) for advertisements that may be answered by a connection.
SHORTEST_MS, LONGEST_MS = 20, 10_000
DEFAULT_INTERVAL_MS = 500  # a scanner that listens half of the time hears a node within 2 s, with 15 in 16


class Ble(Table):
    """[node.NAME.ble]: the node can be visited over BLE.

    Units: `interval` between advertisements. `bthome`: readings are advertised; `show` says which, as "sensor.channel".
    """

    enabled: bool = True
    interval: DurationMs = DEFAULT_INTERVAL_MS
    bthome: bool = True
    show: list[str] = []


def check_ble(source: "Source", path: "Path", node: "Node") -> Iterator[Problem]:
    """Yield what cannot be of a node's table `ble`; its sensors are sound."""
    ble, path = node.ble, (*path, "ble")
    if ble is None or not ble.enabled:
        return
    if not SHORTEST_MS <= ble.interval <= LONGEST_MS:
        facts = {"value": format_duration(ble.interval), "low": format_duration(SHORTEST_MS), "high": format_duration(LONGEST_MS)}
        yield source.problem((*path, "interval"), "ble_interval", **facts)
    known = [name for name, (_, _, found) in _channels(node).items() if found]
    for text in ble.show:
        if text in known:
            continue
        if text in _channels(node):
            yield source.problem((*path, "show"), "ble_show_object", value=text, known=known)
        else:
            yield source.problem((*path, "show"), "ble_show", value=text, known=known, near=nearest(text, known))
    shown = [_channels(node)[text] for text in ble.show if text in known]
    numbers = [found.number for _, _, found in shown if found]
    if len(set(numbers)) < len(numbers) or _size([found for _, _, found in shown if found]) > READINGS_ROOM:
        yield source.problem((*path, "show"), "ble_show_room", value=", ".join(ble.show), most=READINGS_ROOM)


def compile_ble(node: "Node") -> list[object] | None:
    """Return what a checked node reads of its BLE, as protocols/node_config.cddl has it; None where it has none."""
    ble = node.ble
    if ble is None or not ble.enabled:
        return None
    return [ble.interval, _readings(node, ble.show) if ble.bthome else None]


def _readings(node: "Node", show: list[str]) -> list[list[object]]:
    channels = _channels(node)
    readings: list[list[object]] = []
    room, taken = READINGS_ROOM, set()
    for text in show or sorted(channels, key=lambda text: not channels[text][1]):  # what was made of others first: a level, not a distance
        (sensor, column, channel), _, found = channels[text]
        if found is None or found.number in taken or 1 + found.size > room:
            continue
        room -= 1 + found.size
        taken.add(found.number)
        readings.append([source_index(node, sensor), column, found.number, found.size, found.signed, *scale_of(channel)])
    return readings


def _size(objects: list[Object]) -> int:
    return sum(1 + each.size for each in objects)


def _channels(node: "Node") -> dict[str, tuple[tuple[str, int, Channel], bool, Object | None]]:
    """Return by "sensor.channel": (sensor, column, channel), whether it is derived, and the object that shows it."""
    found = {}
    has_gauge = load_board(node.board).battery is not None if node.board in board_names() else False
    for name in sorted(node.sensor):
        if node.sensor[name].driver not in DRIVERS:
            continue
        own = len(channels_of(node.sensor[name]))
        for column, channel in enumerate(columns_of(node, name)):
            shown = object_of(channel)
            if has_gauge and shown is not None and shown.name == "voltage":
                shown = None  # the board's own voltage stands there
            found[f"{name}.{channel[0]}"] = (name, column, channel), column >= own, shown
    return found
