"""Permits: files with which somebody may read some nodes for some hours. They hold no device's key, and open nothing afterwards."""

import secrets
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gilmok_wire.ble_advert import device_tag
from gilmok_wire.reader_seal import permit_key

from .device import format_device
from .errors import BadValue, KeysError, Problem
from .keys import Key
from .private import read_private, write_private

if TYPE_CHECKING:
    from .keys import Keys
    from .model import Site

LONGEST_MS = 7 * 86_400_000  # a lost laptop reads no longer than that
_HEADER = """\
# Permit of the site "{site}": whoever has this file may read the nodes below until {until}, and do nothing else.
# Only its owner may read it; delete it when the work is done.
site = "{site}"
permit = "{number:08x}"
until = {until_s}
"""
_NODE = """
[node.{node}]
device = "{device}"
tag = "{tag}"
key = "{key}"
"""


@dataclass(frozen=True)
class NodePermit:
    """What a permit has of one node; `tag` is what the node advertises over BLE, and no secret."""

    device: int
    tag: bytes
    key: Key


@dataclass(frozen=True)
class Permit:
    """A permit for `nodes`, which ends at `until_s`; `number` tells it from others."""

    site: str
    number: int
    until_s: int
    nodes: dict[str, NodePermit]


def make_permit(site: "Site", keys: "Keys", nodes: Sequence[str], until_s: int) -> Permit:
    """Return a new permit for nodes of a site, each of which has a key."""
    number = secrets.randbits(32)
    permitted = {}
    for node in nodes:
        device = site.device_of(node)
        key = bytes(keys.devices[device])
        permitted[node] = NodePermit(device, device_tag(key), Key(permit_key(key, until_s, number)))
    return Permit(site.id, number, until_s, permitted)


def write_permit(path: Path, permit: Permit, until: str) -> None:
    """Write a permit into a new file that only its owner may read; `until` says the end for people.

    Raises: FileExistsError; KeysError; OSError.
    """
    text = _HEADER.format(site=permit.site, until=until, number=permit.number, until_s=permit.until_s)
    for node, each in permit.nodes.items():
        text += _NODE.format(node=node, device=format_device(each.device), tag=each.tag.hex(), key=bytes(each.key).hex())
    try:
        write_private(path, text.encode())
    except BadValue as error:
        raise _error(path, error.code, **error.facts) from None


def read_permit(path: Path) -> Permit:
    """Return the permit in a file.

    Raises: KeysError where others may read it, or it is none; OSError.
    """
    try:
        permit = _parse(read_private(path))
    except BadValue as error:
        raise _error(path, error.code, **error.facts) from None
    if permit is None:
        raise _error(path, "permit_malformed")
    return permit


def _parse(data: bytes) -> Permit | None:
    """Return None where it is no permit: what is wrong may be in a line with a key, and is not quoted."""
    try:
        raw = tomllib.loads(data.decode())
        nodes = {name: _parse_node(each) for name, each in raw["node"].items()}
        permit = Permit(str(raw["site"]), int(raw["permit"], 16), raw["until"], nodes)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    numbers = [(permit.number, 1 << 32), (permit.until_s, 1 << 32), *((each.device, 0xFFFF) for each in nodes.values())]
    return permit if all(type(number) is int and 0 <= number < limit for number, limit in numbers) else None


def _parse_node(raw: Any) -> NodePermit:
    return NodePermit(int(raw["device"], 16), _hex(raw["tag"], 4), Key(_hex(raw["key"], 16)))


def _hex(text: Any, size: int) -> bytes:
    data = bytes.fromhex(text)
    if len(data) != size:
        raise ValueError
    return data


def _error(path: Path, code: str, **facts: Any) -> KeysError:
    return KeysError([Problem(str(path), None, "", code, facts)])
