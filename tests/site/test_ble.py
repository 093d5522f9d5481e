"""BLE of a node: what it reads of it, and which readings are advertised."""

import cbor2
import pytest
from gilmok_site import Key, Keys, compile_node, open_node_config, parse_site
from gilmok_site.boards import load_board
from gilmok_site.bthome import OBJECTS, object_of, scale_of
from gilmok_site.budget.heap import heap_of
from gilmok_site.node_config import BLE, public_part
from site_cases import EXAMPLE, FILE


def read(node, table):
    """Return what the node of the example reads with this table `ble`."""
    site = parse_site(EXAMPLE.replace(f"[node.{node}]\n", f"[node.{node}]\nble = {table}\n"), FILE)
    keys = Keys(1, {site.device_of(name): Key(bytes(16)) for name in site.node})
    body = open_node_config(compile_node(site, keys, node))
    assert BLE in cbor2.loads(public_part(body)) or "false" in table
    return cbor2.loads(body).get(BLE)


def test_without_the_table_there_is_none_and_it_can_be_switched_off():
    site = parse_site(EXAMPLE, FILE)
    keys = Keys(1, {site.device_of(name): Key(bytes(16)) for name in site.node})
    assert BLE not in cbor2.loads(open_node_config(compile_node(site, keys, "p1-gate")))
    assert read("p1-gate", "{ enabled = false }") is None


def test_readings_are_chosen_where_none_are_named():
    # Sensor 0 is air: temperature (-2), pressure (0), humidity (-1); a level of the river would come first.
    assert read("p1-gate", "{}") == [500, [[0, 0, 0x02, 2, True, 1, 1], [0, 1, 0x04, 3, False, 1, 1]]]


def test_named_readings():
    table = '{ interval = "2 s", show = ["river.distance", "air.humidity"] }'
    assert read("p1-gate", table) == [2000, [[1, 0, 0x40, 2, False, 1, 1], [0, 2, 0x03, 2, False, 10, 1]]]


def test_the_budget_counts_it():
    plain = parse_site(EXAMPLE, FILE).node["p1-gate"]
    over_ble = parse_site(EXAMPLE.replace("[node.p1-gate]\n", "[node.p1-gate]\nble = {}\n"), FILE).node["p1-gate"]
    board = load_board(plain.board)
    assert 11_000 < heap_of(over_ble, board).value - heap_of(plain, board).value < 13_000


def test_no_bthome():
    assert read("p1-gate", "{ bthome = false }") == [500, None]


@pytest.mark.parametrize(
    ("channel", "name", "scale"),
    [
        (("water_level", "m", -3), "distance", (1, 1)),
        (("temperature", "Cel", -1), "temperature", (10, 1)),
        (("humidity", "%", -1), "humidity", (10, 1)),
        (("pressure", "Pa", 1), "pressure", (10, 1)),
        (("pm2_5", "ug/m3", -1), "pm2_5", (1, 10)),
        (("pm10_dry", "ug/m3", 0), "pm10", (1, 1)),
        (("current", "A", -6), "current", (1, 1000)),
        (("voltage", "V", -2), "voltage", (10, 1)),
    ],
)
def test_objects_and_their_steps(channel, name, scale):
    assert object_of(channel).name == name
    assert scale_of(channel) == scale


@pytest.mark.parametrize(
    "channel",
    [("pm1", "ug/m3", 0), ("pm2_5_cf1", "ug/m3", 0), ("altitude", "m", -1), ("ae", "V", -7), ("x", "[g]", -11, 390625), ("closed", "1", 0)],
)
def test_channels_that_bthome_has_no_object_for(channel):
    assert object_of(channel) is None
    with pytest.raises(ValueError, match=channel[0]):
        scale_of(channel)


def test_objects_are_those_of_the_independent_decoder():
    from bthome_ble.const import MEAS_TYPES

    for each in OBJECTS:
        theirs = MEAS_TYPES[each.number]
        assert (theirs.data_length, theirs.data_format == "signed_integer") == (each.size, each.signed), each
        if each.unit not in ("Pa", "m"):  # theirs are hPa, and mm
            assert theirs.factor == pytest.approx(10**each.exponent), each
    assert MEAS_TYPES[0x04].factor == 0.01 and MEAS_TYPES[0x40].factor == 1
