"""Validity, detectors, outputs and the group of a checked node, as it reads them (protocols/node_config.cddl, keys 17 and 19 to 21)."""

from typing import TYPE_CHECKING, Any

from .boards import load_board
from .bounds import UNKNOWN, bounds_of, meant_column, told_bounds, watched_columns
from .derived import columns_of
from .detector import DETECTORS, rate_hz
from .errors import BadValue
from .output import ROLES
from .quantity import parse_steps
from .rules import id_of, remote_targets
from .subjects import source_index

if TYPE_CHECKING:
    from .keys import Keys
    from .model import Node, Site

_LEVELS = {"low": 0, "high": 1}
_A_STATE = (0, 1)  # bounds that say nothing: a contact has no third state


def compile_detectors(node: "Node") -> list[list[Any]]:
    """Return a node's detectors, by name."""
    return [
        [each.kind, name, source_index(node, each.sensor), DETECTORS[each.kind].parameters(each, rate_hz(node.sensor[each.sensor]))]
        for name, each in sorted(node.detector.items())
    ]


def compile_validity(node: "Node") -> list[list[Any]]:
    """Return when values cannot be believed: of the channels that rules watch, and of those a health table names."""
    return [entry for name in sorted(node.sensor) for entry in _validity_of(node, name)]


def compile_outputs(node: "Node") -> list[list[Any]]:
    """Return a node's outputs, by name."""
    return [
        [
            id_of(name),
            output.pin,
            _LEVELS[output.active],
            output.rest,
            output.min_on_ms,
            [[ROLES[role][0], each.pin, _LEVELS[each.level or ROLES[role][1]]] for role, each in output.inputs.items()],
            output.confirm_ms,
        ]
        for name, output in sorted(node.output.items())
    ]


def compile_group(site: "Site", keys: "Keys", name: str) -> list[Any] | None:
    """Return what a node has to know to act at others, or they here; None where nothing does.

    Raises: BadValue where the keys have none for the group.
    """
    if not acts_in_group(site, name):
        return None
    if keys.group is None:
        raise BadValue("keys_group_missing", site_file=site.source.file)
    return [bytes(keys.group), _peers(site, name), _uarts(site.node[name])]


def acts_in_group(site: "Site", name: str) -> bool:
    """Tell whether a checked node acts at another one, or another one here, or over a line between them."""
    return site.node[name].peer is not None or bool(_peers(site, name))


def _peers(site: "Site", name: str) -> list[list[Any]]:
    """Return each node that has to do with `name`, and which outputs of `name` it may want."""
    wanted = {target.node for target in remote_targets(site, name)}
    peers = []
    for other in site.node:
        here = sorted(id_of(target.output) for target in remote_targets(site, other) if target.node == name)
        if other != name and (here or other in wanted):
            peers.append([site.device_of(other), here])
    return sorted(peers)


def _uarts(node: "Node") -> list[list[int]]:
    board = load_board(node.board)
    return [[number, *board.buses["uart", number]] for number in (node.peer.uart if node.peer else [])]


def _validity_of(node: "Node", name: str) -> list[list[Any]]:
    health, columns = node.sensor[name].health, columns_of(node, name)
    told, usual, watched = told_bounds(node, name), bounds_of(node, name), watched_columns(node, name)
    spikes = {meant_column(node, name, channel): text for channel, text in (health.spike if health else {}).items()}
    stuck = {meant_column(node, name, channel): stuck_ms for channel, stuck_ms in (health.stuck if health else {}).items()}
    entries = []
    for index in sorted({*watched, *told, *spikes, *stuck}):
        bounds = told.get(index, usual[index])
        spike = parse_steps(spikes[index], columns[index]) if index in spikes else None
        entry = [*(UNKNOWN if bounds == _A_STATE else bounds), spike, stuck.get(index)]
        if any(each is not None for each in entry):
            entries.append([source_index(node, name), index, *entry])
    return entries
