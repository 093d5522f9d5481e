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

from .alarm_parts import compile_detectors, compile_group, compile_outputs, compile_validity
from .ble import compile_ble
from .boards import load_board
from .catalogue import ADDRESS_OPTION, DRIVERS
from .derived import columns_of, derived_of
from .described import described_options
from .errors import BadValue, ConfigError, Problem
from .fields import nearest
from .gateway import compile_gateway, radio_bus
from .history import compile_history
from .links import DEFAULT_BAUD
from .lora import compile_lora, has_air
from .lorawan import compile_lorawan, compile_lorawan_key
from .power import compile_power
from .reporting import report_of
from .rules import compile_rules
from .wires import BUS, wire_of

if TYPE_CHECKING:
    from .boards import Board, Ring
    from .keys import Keys
    from .model import Node, Sensor, Site

VERSION = 1
DIGEST_SIZE = 4

# The keys of the body's map. Numbers are never used again; a reader passes over those it does not know.
SITE, NODE, DEVICE, KEY, STORE, BOARD, BUSES, SENSORS, BAUD, HEALTH_MS = range(10)
LED, DETECTORS, RULES, VALIDITY, OUTPUTS, GROUP = range(16, 22)
LORA, BLE, POWER, GATEWAY, HISTORY = range(22, 27)
LORAWAN, LORAWAN_KEY = range(27, 29)

# What may be kept and shown. A number that is not listed is a secret: the device's key, the group's, a modem's, and whatever nobody has
# thought about.
PUBLIC = (
    *(SITE, NODE, DEVICE, STORE, BOARD, BUSES, SENSORS, BAUD, HEALTH_MS),
    *(LED, DETECTORS, RULES, VALIDITY, OUTPUTS, LORA, BLE, POWER, GATEWAY, HISTORY, LORAWAN),
)

DERIVED, REPORT, ALARMED = range(3)  # the keys of the map behind a sensor's options


def compile_node(site: "Site", keys: "Keys", node: str) -> bytes:
    """Return the configuration file of `node`. It holds the device's key: keep it where only its owner can read.

    Raises: SiteError if there is no such node, or no key for the group it acts in.
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


def public_part(body: bytes) -> bytes:
    """Return the body of a configuration without what is secret in it."""
    return cbor2.dumps({number: value for number, value in cbor2.loads(body).items() if number in PUBLIC}, canonical=True)


def _file_of(body: bytes) -> bytes:
    return cbor2.dumps([VERSION, body, zlib.crc32(body)], canonical=True)


def _body(site: "Site", keys: "Keys", name: str) -> dict[int, Any]:
    node = site.node[name]
    board = load_board(node.board)
    device = site.device_of(name)
    link = site.link_target_of(name)
    secret = {KEY: bytes(keys.devices[device]), STORE: keys.store_id} if node.role is None else {}
    return {
        SITE: site.id,
        NODE: name,
        DEVICE: device,
        **secret,
        BOARD: [board.name, board.program_unit, _ring(board.records), _ring(board.waveforms)],
        BUSES: _buses(node, board, has_air(site, name)),
        SENSORS: [_sensor(node, sensor_name) for sensor_name in sorted(node.sensor)],
        BAUD: link.baud if link else DEFAULT_BAUD,
        HEALTH_MS: node.health_ms,
        **({LED: [board.led.pin, board.led.active]} if board.led else {}),
        **(_own(site, keys, name) if node.role is None else {GATEWAY: compile_gateway(site, name)}),
    }


def _own(site: "Site", keys: "Keys", name: str) -> dict[int, Any]:
    """Return what only a node has that measures."""
    node = site.node[name]
    parts = {
        LORA: compile_lora(site, name),
        BLE: compile_ble(node),
        POWER: compile_power(node),
        HISTORY: compile_history(node),
        LORAWAN: compile_lorawan(site, name),
        LORAWAN_KEY: compile_lorawan_key(site, keys, name),
    }
    return {**_alarms(site, keys, name), **{number: part for number, part in parts.items() if part}}


def _alarms(site: "Site", keys: "Keys", name: str) -> dict[int, Any]:
    """Return what judges and acts; nothing where a node only measures."""
    node = site.node[name]
    parts = {
        DETECTORS: compile_detectors(node),
        RULES: [cbor2.dumps(rule, canonical=True) for rule in compile_rules(site, name)],
        VALIDITY: compile_validity(node),
        OUTPUTS: compile_outputs(node),
        GROUP: compile_group(site, keys, name),
    }
    return {number: part for number, part in parts.items() if part}


def _ring(ring: "Ring") -> list[Any]:
    return [ring.label, ring.size]


def _buses(node: "Node", board: "Board", has_radio: bool) -> list[list[Any]]:
    """Return the buses in use, each once, with their pins; a sensor on pins alone names them in its wire."""
    used = {(BUS[wire.bus], wire.number) for wire in map(wire_of, node.sensor.values())}
    buses = {(bus.kind, number): list(board.buses[bus.board, number]) for bus, number in used if bus.board}
    if has_radio or node.role is not None:
        kind, number, pins = radio_bus(board)
        buses[BUS[kind].kind, number] = list(pins)
    return sorted([kind, number, pins] for (kind, number), pins in buses.items())


def _sensor(node: "Node", name: str) -> list[Any]:
    sensor = node.sensor[name]
    wire = wire_of(sensor)
    return [
        sensor.driver,
        name,
        [BUS[wire.bus].kind, wire.number, ord(wire.select) if wire.bus == "sdi12" else wire.select],
        sensor.every_ms,
        sensor.max_age_ms,
        sensor.urgent,
        _options(sensor),
        _more(node, name),
    ]


def _more(node: "Node", name: str) -> dict[int, Any]:
    """Return what is made of a sensor's readings and when they are records; nothing where each is one as it is."""
    derived = [[*each[:6], list(each.other) if each.other else None] for each in derived_of(node, name)]
    report = report_of(node.sensor[name], columns_of(node, name))
    alarmed = _alarmed(node.sensor[name])
    return {key: value for key, value in ((DERIVED, derived), (REPORT, report), (ALARMED, alarmed)) if value}


def _alarmed(sensor: "Sensor") -> list[int] | None:
    """Return period and greatest age while a rule that watches the sensor is active, None where they stay."""
    if sensor.alarm_every_ms is None and sensor.alarm_max_age_ms is None:
        return None
    max_age_ms = sensor.max_age_ms if sensor.alarm_max_age_ms is None else sensor.alarm_max_age_ms
    return [sensor.alarm_every_ms or sensor.every_ms, max_age_ms]


def _options(sensor: "Sensor") -> dict[str, Any]:
    """Return the options as the driver takes them: what the file sets, and its address on a bus of several."""
    wire = wire_of(sensor)
    key = ADDRESS_OPTION.get(wire.bus) if DRIVERS[sensor.driver].addresses else None
    return {**sensor.options, **described_options(sensor), **({key: wire.select} if key else {})}


def _broken(reason: str) -> ConfigError:
    return ConfigError([Problem("", None, "", "config_broken", {"reason": reason})])
