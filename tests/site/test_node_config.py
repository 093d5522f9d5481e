"""What a node reads: by the schema, by the wire's own codec, and by the node itself."""

import importlib
import zlib
from hashlib import sha256
from pathlib import Path

import cbor2
import pytest
from cddl_verifier import Validator
from gilmok_site import ConfigError, Key, Keys, SiteError, compile_node, config_digest, open_node_config, parse_site
from gilmok_site.boards import PIN_ORDER, load_board
from gilmok_wire import cbor
from site_cases import EXAMPLE, FILE
from site_snapshots import GOLDEN

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = (ROOT / "protocols" / "node_config.cddl").read_text(encoding="utf-8")

SITE = parse_site(EXAMPLE, FILE)
KEYS = Keys(0x9C41E07B, {SITE.device_of(node): Key(bytes([number] * 16)) for number, node in enumerate(SITE.node, 1)})

BOARD = ["esp32-devkitc", 1, ["records", 0x100000], ["waveforms", 0x80000]]

# Written by hand from yangjae.toml, boards/esp32-devkitc.toml and protocols/node_config.cddl.
BODIES = {
    "p1-gate": {
        **{0: "yangjae", 1: "p1-gate", 2: 0xC268, 3: b"\1" * 16, 4: 0x9C41E07B, 5: BOARD},
        6: [[0, 1, [33, 32]], [1, 0, [22, 21]]],
        7: [
            ["bme280", "air", [1, 0, 0x76], 60_000, 30_000, False, {"address": 0x76}],
            ["a02yyuw", "river", [0, 1, None], 10_000, 30_000, True, {}],
        ],
        **{8: 921_600, 9: 60_000},
    },
    "air-01": {
        **{0: "yangjae", 1: "air-01", 2: 0x051F, 3: b"\3" * 16, 4: 0x9C41E07B, 5: BOARD},
        6: [[0, 2, [17, 16]], [1, 0, [22, 21]]],
        7: [
            ["bme280", "air", [1, 0, 0x77], 60_000, 30_000, False, {"address": 0x77, "osrs_p": 4}],
            ["pms5003", "dust", [0, 2, None], 60_000, 600_000, False, {}],
        ],
        **{8: 115_200, 9: 300_000},
    },
    "bridge-n": {
        **{0: "yangjae", 1: "bridge-n", 2: 0x5B92, 3: b"\4" * 16, 4: 0x9C41E07B, 5: BOARD},
        6: [[2, 2, [18, 23, 19]]],
        7: [["adxl355", "deck", [2, 2, 4], 1000, 30_000, False, {"sample_ms": 4}]],
        **{8: 921_600, 9: 60_000},
    },
}

SIM = EXAMPLE.replace('"esp32-devkitc"', '"sim"')


def file_of(body):
    return cbor.encode([1, body, zlib.crc32(body)])


@pytest.mark.parametrize("node", BODIES)
def test_bytes_are_those_of_the_devices_own_encoder(node):
    """Two codecs, cbor2 here and gilmok_wire.cbor there, agree on every byte, so also on deterministic order."""
    assert compile_node(SITE, KEYS, node) == file_of(cbor.encode(BODIES[node]))


def test_golden_file():
    """The file of release 0.1: later firmware must go on reading it. Rewrite it only for a new version number."""
    assert compile_node(SITE, KEYS, "p1-gate") == bytes.fromhex((GOLDEN / "node_config_v1.hex").read_text())


@pytest.mark.parametrize("text", [EXAMPLE, SIM], ids=["esp32", "sim"])
@pytest.mark.parametrize("node", SITE.node)
def test_schema_holds(text, node):
    result = Validator(SCHEMA).validate(compile_node(parse_site(text, FILE), KEYS, node), "node-config-file", require_deterministic=True)
    assert result.valid, [str(each) for each in result.diagnostics]


@pytest.mark.parametrize(
    "change",
    [
        {2: 0x10000},
        {3: bytes(15)},
        {4: -1},
        {5: ["esp32-devkitc", 2, ["records", 1], ["waveforms", 1]]},
        {6: [[0, 1, [33]]]},
        {6: [[8, 1, []]]},
        {6: [[3, 1, [2]]]},
        {6: [[6, 1, [17]]]},
        {7: [["a02yyuw", "river", [0, 1, 3], 10_000, 30_000, True, {}]]},
        {7: [["a02yyuw", "river", [0, 1, None], 0, 30_000, True, {}]]},
        {7: [["a02yyuw", "river", [0, 1, None], 10_000, 30_000, True, {"a": b"b"}]]},
        {7: [["a02yyuw", "river", [0, 1, None], 10_000, 30_000, True, {"a": [["b", [None]]]}]]},
        {7: [["contact", "door", [3, 4, 5], 10_000, 30_000, True, {}]]},
        {7: [["modbus", "pump", [6, 1, 248], 10_000, 30_000, True, {}]]},
        {7: [["modbus", "pump", [6, 1, None], 10_000, 30_000, True, {}]]},
        {7: [["sdi12", "soil", [7, 1, 64], 10_000, 30_000, True, {}]]},
        {8: "921600"},
        {9: None},
    ],
    ids=str,
)
def test_schema_can_fail(change):
    body = cbor.encode({**BODIES["p1-gate"], **change})
    assert not Validator(SCHEMA).validate(file_of(body), "node-config-file").valid


def test_schema_knows_pins_and_lines():
    channels = [["flow", "m3/h", -3, 10, "i32"], ["volume", "m3", 0, 12, "u32", 10]]
    sensors = [
        ["contact", "door", [3, 4, None], 1000, 0, True, {"channel": "door_open", "invert": 1}],
        ["jsn_sr04t", "pit", [4, 5, 18], 1000, 0, False, {}],
        ["mb7389_pulse", "sewer", [4, 19, None], 1000, 0, False, {}],
        ["modbus", "pump", [6, 1, 247], 1000, 0, False, {"channels": channels, "missing": [0x7FFF], "parity": "even"}],
        ["sdi12", "soil", [7, 2, ord("z")], 60_000, 0, False, {"channels": [["soil", "%", -2]]}],
    ]
    buses = [[3, 4, []], [4, 5, []], [4, 19, []], [6, 1, [17, 16]], [7, 2, [33, 32]]]
    body = {**BODIES["p1-gate"], 6: buses, 7: sensors}
    result = Validator(SCHEMA).validate(file_of(cbor.encode(body)), "node-config-file", require_deterministic=True)
    assert result.valid, [str(each) for each in result.diagnostics]
    config = importlib.import_module("gilmok_node.config").Config(file_of(cbor.encode(body)))
    assert [sensor.bus for sensor in config.sensors] == ["pin", "pulse", "pulse", "rs485", "sdi12"]
    assert config.sensors[3].options["channels"] == channels


def test_simulator_has_the_same_shape_without_pins():
    here, there = (cbor.decode(open_node_config(compile_node(parse_site(text, FILE), KEYS, "p1-gate"))) for text in (EXAMPLE, SIM))
    assert there[5] == ["sim", 1, ["records", 0x100000], ["waveforms", 0x80000]]
    assert there[6] == [[0, 1, []], [1, 0, []]]
    assert {**there, 5: 0, 6: 0} == {**here, 5: 0, 6: 0}


def test_order_of_the_file_does_not_matter():
    head, *nodes = EXAMPLE.split("\n[node.p1-gate.sensor.")
    last, tail = nodes[1].split("\n[node.p2-gate]")
    turned = "\n[node.p1-gate.sensor.".join([head, last, nodes[0]]) + "\n[node.p2-gate]" + tail
    assert turned.index("sensor.air") < turned.index("sensor.river")
    assert compile_node(parse_site(turned, FILE), KEYS, "p1-gate") == compile_node(SITE, KEYS, "p1-gate")


def test_digest():
    body = open_node_config(compile_node(SITE, KEYS, "p1-gate"))
    assert config_digest(body) == sha256(body).digest()[:4]


def test_unknown_node():
    with pytest.raises(SiteError) as refused:
        compile_node(SITE, KEYS, "p3-gate")
    assert refused.value.text("en").startswith('no node "p3-gate" in this site; did you mean "p')


def test_every_flipped_bit_is_noticed():
    data = compile_node(SITE, KEYS, "p1-gate")
    for bit in range(8 * len(data)):
        broken = bytearray(data)
        broken[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ConfigError):
            open_node_config(bytes(broken))


def test_cut_and_lengthened_files_are_noticed():
    data = compile_node(SITE, KEYS, "p1-gate")
    for broken in [*(data[:length] for length in range(len(data))), data + b"\0", data + data]:
        with pytest.raises(ConfigError):
            open_node_config(broken)


@pytest.mark.parametrize("value", [[], [1], [2, b"", 0], [1, "", 0], [True, b"", 0], {1: 2, 3: 4, 5: 6}, None], ids=str)
def test_other_cbor_is_noticed(value):
    with pytest.raises(ConfigError) as refused:
        open_node_config(cbor2.dumps(value))
    assert refused.value.text("en")


@pytest.mark.parametrize("node", SITE.node)
def test_the_node_reads_what_was_meant(node):
    config_module = importlib.import_module("gilmok_node.config")
    data = compile_node(SITE, KEYS, node)
    config = config_module.Config(data)
    assert (config.name, config.site, config.store) == (node, "yangjae", 0x9C41E07B)
    assert config.device == SITE.device_of(node)
    assert config.key == bytes(KEYS.devices[config.device])
    assert config.digest == config_digest(open_node_config(data))
    assert config.program_unit == load_board("esp32-devkitc").program_unit
    for sensor in config.sensors:
        meant = SITE.node[node].sensor[sensor.name]
        assert (sensor.driver, sensor.period_ms, sensor.urgent) == (meant.driver, meant.every_ms, meant.urgent)
        assert sensor.bus_number == getattr(meant, sensor.bus)
        assert any((kind, number) == (sensor.bus, sensor.bus_number) for kind, number, _ in config.buses)
    for kind, _, pins in config.buses:
        assert len(pins) == len(PIN_ORDER[kind])


@pytest.mark.parametrize("node", SITE.node)
def test_the_drivers_take_the_options(node):
    """A driver refuses what it does not know by name or value; an I2C one must get its address."""
    sensors = importlib.import_module("gilmok_node.sensors")
    for driver, _, wire, _, _, _, options in cbor.decode(open_node_config(compile_node(SITE, KEYS, node)))[7]:
        driver_class = sensors.load(driver)
        driver_class(None, options)
        assert set(options) <= set(driver_class.OPTIONS)
        assert options.get("address") == (wire[2] if wire[0] == 1 else None)
