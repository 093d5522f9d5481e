"""The heap that nodes are said to take: what is measured counts once for all that share it, and what a node decides comes on top."""

import copy
import json

import pytest
from budget_cases import HEAD, LATER, MORE, QUAKE, SHAKE, WALL, WAVE
from gate_cases import GATES
from gilmok_site import parse_site
from gilmok_site.alarm_parts import acts_in_group
from gilmok_site.boards import load_board
from gilmok_site.budget import budget_of, heap
from gilmok_site.budget.deciding import deciding_costs
from gilmok_site.budget.heap import MEASURED, heap_of
from gilmok_site.catalogue import DRIVERS
from gilmok_site.detector import DETECTORS
from gilmok_site.detector_parameters import capture_parameters
from gilmok_site.errors import SiteError
from site_cases import EXAMPLE, FILE


@pytest.fixture
def site():
    return parse_site(MORE, FILE)


def test_heap_of_every_driver_is_measured():
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    assert set(measured["drivers"]) == set(DRIVERS)
    assert measured["unit"] == "bytes on the 64-bit Unix port"
    modules = {*measured["shared"], *measured["drivers"]}
    assert set(measured["deciding"]) == {"rules", "outputs", "trend", "validity", "group", *DETECTORS}
    assert {module for each in measured["deciding"].values() for module in each} == set(measured["decides"])
    assert all(size > 0 for size in measured["decides"].values())
    assert all(set(names) <= modules for names in measured["needs"].values())
    sizes = [*measured["shared"].values(), *(size for sizes in measured["drivers"].values() for size in sizes)]
    assert min(sizes) >= 0  # code that frees memory was measured with something else in its way
    assert measured["node"] > 50_000 and measured["stream"] > 0


CROWD = """
[node.crowd]
board = "esp32-c3-devkit"
sensor.air = { driver = "bme280", i2c = 0, address = 0x77, every = "1 min" }
sensor.depth = { driver = "ms5837", i2c = 0, every = "1 min" }
sensor.warmth = { driver = "sht45", i2c = 0, every = "1 min" }
sensor.feed = { driver = "ina219", i2c = 0, every = "1 min" }
sensor.crack = { driver = "crack_meter", i2c = 0, every = "1 min" }
sensor.wall = { driver = "mpu6050", i2c = 0, every = "1 min" }
sensor.gate = { driver = "lis3dh", i2c = 0, every = "1 min" }
sensor.where = { driver = "gnss", uart = 1, every = "1 min" }
"""


def test_a_node_that_is_too_large_for_its_board_is_told_where_it_fits():
    with pytest.raises(SiteError) as refused:
        parse_site(HEAD + CROWD, FILE)
    (problem,) = refused.value.problems
    heap_of_c3 = load_board("esp32-c3-devkit").heap_bytes // 1024
    assert (problem.line, problem.key) == (10, "node.crowd.board")
    assert problem.message("en") == (
        f"this node needs {problem.facts['need']} KB of heap, esp32-c3-devkit has {heap_of_c3} KB; "
        "leave sensors out, or use one of: esp32-devkitc, esp32-s3-devkit, heltec-lora32-v3, lilygo-t-beam, rpi-pico-w"
    )
    assert problem.message("ko").endswith("쓰십시오: esp32-devkitc, esp32-s3-devkit, heltec-lora32-v3, lilygo-t-beam, rpi-pico-w")
    assert problem.facts["need"] > heap_of_c3
    for name in problem.facts["known"]:
        assert parse_site(HEAD + CROWD.replace("esp32-c3-devkit", name), FILE)


def test_a_node_that_fits_no_board_is_to_become_two(monkeypatch):
    monkeypatch.setattr(heap, "CHIP", 100_000)
    with pytest.raises(SiteError) as refused:
        parse_site(HEAD + CROWD, FILE)
    (problem,) = refused.value.problems
    assert problem.code == "heap_full_everywhere"
    assert "two nodes" in problem.message("en") and "두 노드" in problem.message("ko")


def test_each_sensor_takes_heap_and_code_is_shared(site):
    board = load_board("esp32-devkitc")
    example = parse_site(EXAMPLE, FILE)
    one, two = (heap_of(example.node[name], board).value for name in ("p2-gate", "p1-gate"))
    assert 0 < one < two < board.heap_bytes
    node = example.node["p2-gate"]
    twin = node.model_copy(update={"sensor": {**node.sensor, "pond": node.sensor["river"]}})
    measured = heap._measured()
    added = (measured["drivers"]["a02yyuw"][1] + measured["stream"]) * heap.CHIP // heap.DESK
    assert abs(heap_of(twin, board).value - one - added * 1.05) <= 1  # and the holes between
    assert not heap_of(site.node["pi"], load_board("rpi-zero-2w")).applies


def test_what_is_made_of_readings_takes_its_code(site):
    """`derive` and `report` are imported by nodes that want them, and by no others."""
    names = {name: {line.name for line in budget_of(site, name).heap.lines} for name in site.node}
    assert "report" in names["dark"] and "report" not in names["dust"]
    level = EXAMPLE.replace('device = "7f3a"', 'datum = { name = "EL.m" }').replace('max_age = "5 s"', 'height = "3.2 m"')
    made = {line.name for line in budget_of(parse_site(level, FILE), "p2-gate").heap.lines}
    assert "derive" in made and "derive" not in names["dark"]


def heap_in(text, in_group=False):
    """Return what the wall's node takes: bytes on the desk of what decides, by label and name, and all of it on its chip."""
    node = parse_site(HEAD + WALL + text, FILE).node["wall"]
    costs = {(cost.line.label, cost.line.name): cost.size for cost in deciding_costs(node, heap._measured(), in_group)}
    return costs, heap_of(node, load_board(node.board), in_group).value


def test_what_decides_takes_heap_and_its_code_is_shared():
    """A detector is judged, and so brings the judge; a rule and its steps take little, and a mean its code once."""
    measured = heap._measured()
    bare, shaking, ruled, more = (heap_in(text)[0] for text in ("", SHAKE, SHAKE + QUAKE, SHAKE + QUAKE + LATER))
    code = {kind: sum(measured["decides"][module] for module in modules) for kind, modules in measured["deciding"].items()}
    assert not bare
    assert shaking["heap_code", "rules"] == code["rules"]
    assert shaking["heap_code", "quake"] == code["quake"] - measured["decides"]["gilmok_rules"]  # which the judge has loaded
    assert sum(ruled.values()) - sum(shaking.values()) == 2 * (15 + 48)  # and the alarm of the instrument that it relies on
    assert ("heap_code", "trend") not in ruled
    added = code["trend"] - measured["decides"]["gilmok_rules"]
    assert sum(more.values()) - sum(ruled.values()) == added + 2 * 48 + 520  # the two means are of one window


def test_a_mean_in_the_making_takes_heap_for_each_column():
    air = '[node.wall.sensor.air]\ndriver = "bme280"\ni2c = 0\nevery = "10 s"\n'
    plain, mean = (heap_in(air + more)[1] for more in ("", 'mean = "1 min"\n'))
    added = heap._measured()["shared"]["report"] + 3 * 72
    assert abs(mean - plain - added * heap.CHIP / heap.DESK * 1.05) <= 2


def test_a_waveform_before_its_event_is_as_large_on_a_chip():
    """Bytes do not halve, as objects do."""
    short, long = (heap_in(WAVE + f'before = "{seconds} s"\n') for seconds in (2, 5))
    assert short[0] == long[0]
    sizes = [capture_parameters(250, seconds)[2] for seconds in (2, 5)]
    assert abs(long[1] - short[1] - (sizes[1] - sizes[0]) * 1.05) <= 2  # and the holes between


def test_acting_at_others_takes_heap():
    alone, among = (heap_in(SHAKE, in_group) for in_group in (False, True))
    assert set(among[0]) - set(alone[0]) == {("heap_code", "group"), ("heap_group", "")}
    gates = parse_site(GATES, FILE)
    for name in gates.node:
        labels = {line.label for line in budget_of(gates, name).heap.lines}
        assert ("heap_group" in labels) == acts_in_group(gates, name), name


def test_a_driver_nobody_measured_is_not_refused(monkeypatch):
    node = parse_site(EXAMPLE, FILE).node["p2-gate"]
    measured = copy.deepcopy(heap._measured())
    del measured["drivers"]["a02yyuw"]
    monkeypatch.setattr(heap, "_measured", lambda: measured)
    part = heap_of(node, load_board("esp32-c3-devkit"))
    assert (part.value, part.known) == (None, False)
    assert heap.fits(node, load_board("esp32-c3-devkit"))
