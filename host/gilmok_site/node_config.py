"""The configuration a node reads at boot: its part of the site and its key, as one small CBOR file.

The layout is protocols/node_config.cddl. Deterministic (RFC 8949, 4.2.1), so that equal sites give equal bytes and a
digest can say what a node runs.
"""

import hashlib
import zlib
from typing import TYPE_CHECKING, Any

import cbor2
from gilmok_wire import cbor
from gilmok_wire.errors import DecodeError

from .boards import load_board
from .errors import BadValue, ConfigError, Problem
from .fields import nearest
from .links import DEFAULT_BAUD
from .wiring import wire_of

if TYPE_CHECKING:
    from .boards import Board, Ring
    from .keys import Keys
    from .model import Node, Sensor, Site

VERSION = 1
DIGEST_SIZE = 4

# The keys of the body's map. Numbers are never used again; a reader passes over those it does not know.
SITE, NODE, DEVICE, KEY, STORE, BOARD, BUSES, SENSORS, BAUD, HEALTH_MS = range(10)
LED = 16

BUS_KINDS = {"uart": 0, "i2c": 1, "spi": 2}


def compile_node(site: "Site", keys: "Keys", node: str) -> bytes:
    """Return the configuration file of `node`. It holds the device's key: keep it where only its owner can read.

    Raises: SiteError if there is no such node.
    """
    if node not in site.node:
        raise BadValue("unknown_node", value=node, known=list(site.node), near=nearest(node, site.node))
    body = cbor2.dumps(_body(site, keys, node), canonical=True)
    return _file_of(body)


def open_node_config(data: bytes) -> bytes:
    """Return the body of a configuration file.

    Raises: ConfigError if it is not whole or of another version.
    """
    try:
        version, body, _ = cbor.decode(data)
    except (DecodeError, TypeError, ValueError):
        raise _broken("no CBOR array of three") from None
    if version != VERSION:
        raise _broken(f"version {version}")
    if not isinstance(body, bytes) or _file_of(body) != data:
        raise _broken("checksum")
    return body


def config_digest(body: bytes) -> bytes:
    """Return the digest by which a node says in its hello what it runs."""
    return hashlib.sha256(body).digest()[:DIGEST_SIZE]


def _file_of(body: bytes) -> bytes:
    return cbor2.dumps([VERSION, body, zlib.crc32(body)], canonical=True)


def _body(site: "Site", keys: "Keys", name: str) -> dict[int, Any]:
    node = site.node[name]
    board = load_board(node.board)
    device = site.device_of(name)
    link = site.link_target_of(name)
    return {
        SITE: site.id,
        NODE: name,
        DEVICE: device,
        KEY: bytes(keys.devices[device]),
        STORE: keys.store_id,
        BOARD: [board.name, board.program_unit, _ring(board.records), _ring(board.waveforms)],
        BUSES: _buses(node, board),
        SENSORS: [_sensor(sensor_name, sensor) for sensor_name, sensor in sorted(node.sensor.items())],
        BAUD: link.baud if link else DEFAULT_BAUD,
        HEALTH_MS: node.health_ms,
        **({LED: [board.led.pin, board.led.active]} if board.led else {}),
    }


def _ring(ring: "Ring") -> list[Any]:
    return [ring.label, ring.size]


def _buses(node: "Node", board: "Board") -> list[list[Any]]:
    """Return the buses in use, each once, with their pins."""
    used = {(wire.bus, wire.number) for wire in map(wire_of, node.sensor.values())}
    return sorted([BUS_KINDS[bus], number, list(board.buses[bus, number])] for bus, number in used)


def _sensor(name: str, sensor: "Sensor") -> list[Any]:
    wire = wire_of(sensor)
    return [
        sensor.driver,
        name,
        [BUS_KINDS[wire.bus], wire.number, wire.select],
        sensor.every_ms,
        sensor.max_age_ms,
        sensor.urgent,
        _options(sensor),
    ]


def _options(sensor: "Sensor") -> dict[str, int]:
    """Return the options as the driver takes them: what the file sets, and the address of an I2C chip."""
    wire = wire_of(sensor)
    address = {"address": wire.select} if wire.bus == "i2c" and wire.select is not None else {}
    return {**sensor.options, **address}


def _broken(reason: str) -> ConfigError:
    return ConfigError([Problem("", None, "", "config_broken", {"reason": reason})])
