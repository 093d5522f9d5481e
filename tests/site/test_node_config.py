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
from gilmok_site.channels import channels_of
from gilmok_wire import cbor
from site_cases import CANAL, EXAMPLE, FILE
from site_drivers import catalogue_of_tests
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
            ["bme280", "air", [1, 0, 0x76], 60_000, 30_000, False, {"address": 0x76}, {}],
            ["a02yyuw", "river", [0, 1, None], 10_000, 30_000, True, {}, {}],
        ],
        **{8: 921_600, 9: 60_000},
    },
    "air-01": {
        **{0: "yangjae", 1: "air-01", 2: 0x051F, 3: b"\3" * 16, 4: 0x9C41E07B, 5: BOARD},
        6: [[0, 2, [17, 16]], [1, 0, [22, 21]]],
        7: [
            ["bme280", "air", [1, 0, 0x77], 60_000, 30_000, False, {"address": 0x77, "osrs_p": 4}, {}],
            ["pms5003", "dust", [0, 2, None], 60_000, 600_000, False, {}, {}],
        ],
        **{8: 115_200, 9: 300_000},
    },
    "bridge-n": {
        **{0: "yangjae", 1: "bridge-n", 2: 0x5B92, 3: b"\4" * 16, 4: 0x9C41E07B, 5: BOARD},
        6: [[2, 2, [18, 23, 19]]],
        7: [["adxl355", "deck", [2, 2, 4], 1000, 30_000, False, {"sample_ms": 4}, {}]],
        **{8: 921_600, 9: 60_000},
    },
}

SIM = EXAMPLE.replace('"esp32-devkitc"', '"sim"')


with catalogue_of_tests():
    CANAL_SITE = parse_site(CANAL, "canal.toml")
    CANAL_KEYS = Keys(1, {CANAL_SITE.device_of(node): Key(bytes(16)) for node in CANAL_SITE.node})
    CANAL_FILES = {node: compile_node(CANAL_SITE, CANAL_KEYS, node) for node in CANAL_SITE.node}


def canal_body(node):
    return cbor.decode(open_node_config(CANAL_FILES[node]))


def file_of(body):
    return cbor.encode([1, body, zlib.crc32(body)])


@pytest.mark.parametrize("node", BODIES)
def test_bytes_are_those_of_the_devices_own_encoder(node):
    """Two codecs, cbor2 here and gilmok_wire.cbor there, agree on every byte, so also on deterministic order."""
    assert compile_node(SITE, KEYS, node) == file_of(cbor.encode(BODIES[node]))


def test_golden_file():
    """The file of this release: later firmware must go on reading it. Rewrite it only while no node in a street has one."""
    assert compile_node(SITE, KEYS, "p1-gate") == bytes.fromhex((GOLDEN / "node_config_v1.hex").read_text())


@pytest.mark.parametrize("text", [EXAMPLE, SIM], ids=["esp32", "sim"])
@pytest.mark.parametrize("node", SITE.node)
def test_schema_holds(text, node):
    check_schema(compile_node(parse_site(text, FILE), KEYS, node))


@pytest.mark.parametrize("node", CANAL_FILES)
def test_schema_holds_for_every_kind_of_bus(node):
    check_schema(CANAL_FILES[node])


def check_schema(data):
    result = Validator(SCHEMA).validate(data, "node-config-file", require_deterministic=True)
    assert result.valid, [str(each) for each in result.diagnostics]


@pytest.mark.parametrize(
    "change",
    [
        {2: 0x10000},
        {3: bytes(15)},
        {4: -1},
        {5: ["esp32-devkitc", 2, ["records", 1], ["waveforms", 1]]},
        {6: [[0, 1, [33]]]},
        {6: [[3, 1, []]]},
        {6: [[6, 1, [17]]]},
        {6: [[8, 1, []]]},
        {7: [["a02yyuw", "river", [0, 1, 3], 10_000, 30_000, True, {}, {}]]},
        {7: [["a02yyuw", "river", [0, 1, None], 0, 30_000, True, {}, {}]]},
        {7: [["a02yyuw", "river", [0, 1, None], 10_000, 30_000, True, {"a": None}, {}]]},
        {7: [["contact", "door", [3, 4, 5], 10_000, 30_000, True, {}, {}]]},
        {7: [["modbus", "pump", [6, 1, 248], 10_000, 30_000, True, {}, {}]]},
        {7: [["modbus", "pump", [6, 1, None], 10_000, 30_000, True, {}, {}]]},
        {7: [["sdi12", "soil", [7, 1, 64], 10_000, 30_000, True, {}, {}]]},
        {7: [["a02yyuw", "river", [0, 1, None], 10_000, 30_000, True, {}]]},
        {7: [["a02yyuw", "river", [0, 1, None], 10_000, 30_000, True, {}, {0: []}]]},
        {7: [["a02yyuw", "river", [0, 1, None], 10_000, 30_000, True, {}, {0: [["a", "m", -3, "level", 0, [], None]]}]]},
        {7: [["a02yyuw", "river", [0, 1, None], 10_000, 30_000, True, {}, {1: ["mean", 0]}]]},
        {8: "921600"},
        {9: None},
    ],
    ids=str,
)
def test_schema_can_fail(change):
    body = cbor.encode({**BODIES["p1-gate"], **change})
    assert not Validator(SCHEMA).validate(file_of(body), "node-config-file").valid


def test_simulator_has_the_same_shape_without_pins():
    here, there = (cbor.decode(open_node_config(compile_node(parse_site(text, FILE), KEYS, "p1-gate"))) for text in (EXAMPLE, SIM))
    assert there[5] == ["sim", 1, ["records", 0x100000], ["waveforms", 0x80000]]
    assert there[6] == [[0, 1, []], [1, 0, []]]
    assert {**there, 5: 0, 6: 0} == {**here, 5: 0, 6: 0}


def test_every_kind_of_bus():
    """Written by hand from canal.toml, as BODIES."""
    body = canal_body("weir")
    assert body[6] == [[0, 3, []], [1, 0, []], [1, 1, []], [6, 1, []], [7, 2, []]]
    line = {"baud": 19200, "parity": "even", "de": 3}
    flow = [["flow", "m3/h", -2, 100, "u32"], ["total", "m3", 0, 102, "u16", 5]]
    assert {name: (wire, options) for _, name, wire, _, _, _, options, *_ in body[7]} == {
        "level": ([4, 5, 4], {}),
        "door": ([3, 6, None], {"debounce_ms": 50, "channel": "door_open"}),
        "battery": ([5, 7, None], {}),
        "flow": ([6, 1, 5], {**line, "channels": flow}),
        "pump": ([6, 1, 6], {**line, "channels": [["speed", "Hz", -1, 0, "u16"]]}),
        "soil": ([7, 2, 0x61], {"channels": [["depth", "m", -3], ["wind_direction", "deg", -1]]}),
        "soil2": ([7, 2, 0x30], {"channels": [["moisture", "%", -1]]}),
        "no2": ([1, 0, 0x48], {"address": 0x48, "gas": "no2"}),
        "crack": ([1, 0, 0x48], {"address": 0x48, "input": 2}),
        "probe": ([1, 1, 0x48], {"address": 0x48, "channel": ["depth", "m", -3], "at_4ma": -50, "at_20ma": 5000}),
        "rain": ([3, 2, None], {"tip_um": 500, "missing": [65535]}),
        "place": ([0, 3, None], {"talker": "GP"}),
    }


def test_what_is_made_of_readings():
    """Written by hand from canal.toml, as BODIES: 3.20 m, 0.92 = 23/25, 0.002 deg/K in steps of 0.001 deg and 0.01 K."""
    assert {item[1]: item[7] for item in canal_body("reach")[7]} == {
        "river": {
            0: [["water_level", "m", -3, "level", 0, [3200], ["air", 0]]],
            1: ["change", 600_000, [None, 10]],
        },
        "air": {1: ["mean", 60_000]},
        "dust": {
            0: [
                ["pm2_5_cal", "ug/m3", 0, "linear", 1, [23, 25, 0], None],
                ["pm1_dry", "ug/m3", 0, "humidity", 0, [40], ["air", 2]],
                ["pm2_5_dry", "ug/m3", 0, "humidity", 1, [40], ["air", 2]],
                ["pm10_dry", "ug/m3", 0, "humidity", 2, [40], ["air", 2]],
            ]
        },
        "wall": {
            0: [
                ["tilt_x_comp", "deg", -3, "drift", 0, [1, 50, 2000], ["air", 0]],
                ["tilt_y_comp", "deg", -3, "drift", 1, [-3, 200, 2000], ["air", 0]],
            ]
        },
    }


def test_a_mean_of_directions_is_one_of_vectors():
    assert {item[1]: item[7] for item in canal_body("weir")[7] if item[7]} == {"soil": {1: ["mean", 600_000, [[1, -1]]]}}


def test_channels_are_what_options_make_them():
    with catalogue_of_tests():
        channels = {name: channels_of(sensor) for name, sensor in CANAL_SITE.node["weir"].sensor.items()}
    assert channels["door"] == (("door_open", "1", 0), ("changes", "1", 0))
    assert channels["no2"] == (("no2", "[ppb]", 0),)
    assert channels["probe"] == (("depth", "m", -3), ("current", "A", -6))
    assert channels["rain"] == (("rain", "mm", -3, 500),)
    assert channels["flow"] == (("flow", "m3/h", -2), ("total", "m3", 0, 5))


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
    for driver, _, wire, _, _, _, options, _ in cbor.decode(open_node_config(compile_node(SITE, KEYS, node)))[7]:
        driver_class = sensors.load(driver)
        driver_class(None, options)
        assert set(options) <= set(driver_class.OPTIONS)
        assert options.get("address") == (wire[2] if wire[0] == 1 else None)
