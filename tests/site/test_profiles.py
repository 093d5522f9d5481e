"""The profiles: each is a site that works on boards that exist."""

import datetime
import importlib
import re
from functools import cache

import pytest
from gilmok_node.config import Config
from gilmok_site import Key, Keys, compile_node, parse_site
from gilmok_site.alarm_parts import acts_in_group
from gilmok_site.boards import board_names, load_board
from gilmok_site.budget.heap import fits
from gilmok_site.catalogue import DRIVERS
from gilmok_site.check import main as check
from gilmok_site.derived import columns_of
from gilmok_site.gather import PROFILES, profile_names
from gilmok_site.reporting import report_of
from gilmok_site.rules import compile_rules, rules_of
from gilmok_site.starter import starter
from gilmok_site.wires import BUS, gpios_of, pins_for

drivers = importlib.import_module("gilmok_node.sensors")

NAMES = [
    *("chemical-fence", "dam", "rail-cabinet", "river-gauge", "riverside-parking"),
    *("small-reservoir", "steep-slope", "street-air", "utility-tunnel"),
]
SITE = '[site]\nid = "here"\nextends = "{}"\n\n[store]\nurl = "sqlite:here.db"\n'


class Bus:
    """What drivers are given before they begin."""

    line = None
    address = 1


@cache
def site_of(name):
    return parse_site(SITE.format(name), "here.toml")


def nodes():
    return [(name, node) for name in NAMES for node in site_of(name).node]


def sensors():
    return [(name, node, sensor) for name, node in nodes() for sensor in site_of(name).node[node].sensor]


def test_the_profiles():
    assert profile_names() == NAMES


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_check_has_nothing_to_say(name, lang, tmp_path):
    said = []
    file = tmp_path / "here.toml"
    file.write_text(SITE.format(name), encoding="utf-8")
    assert check(file, lang, said.append, datetime.date(2036, 1, 1)) == 0
    assert len(said) == 1  # the table; a second one would be warnings


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_leaves_to_the_site_what_is_the_sites(name):
    """An id from a profile would give the devices of two sites one set of addresses."""
    site = site_of(name)
    assert (site.about.region, site.about.timezone) == ("KR920", "Asia/Seoul")
    assert not site.link
    text = (PROFILES / f"{name}.toml").read_text(encoding="utf-8")
    assert not re.search(r"^(id|device|position|link|keys|serial|calibration) =|^\[store", text, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_people_of_both_languages_read_its_names(name):
    site = site_of(name)
    assert 1 <= len(site.node) <= 4
    for named in (site.about.name, *(node.name for node in site.node.values())):
        assert re.search("[가-힣]", named.text("ko"))
        assert re.fullmatch("[ -~]+", named.text("en"))


@pytest.mark.parametrize("name", NAMES)
def test_every_instrument_says_why(name):
    """A comment stands above every sensor, or above a twin before it."""
    blocks = (PROFILES / f"{name}.toml").read_text(encoding="utf-8").split("\n\n")
    explained = set()
    for block in blocks:
        for sensor in re.findall(r"\.sensor\.([a-z0-9-]+)\]", block):
            driver = re.search(r'^driver = "(.+)"', block, re.MULTILINE)[1]
            assert block.startswith("#") or driver in explained, sensor
            explained.add(driver)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_site_has_to_fill_in_stands_in_its_file(name):
    """What a profile marks with CHANGE is live in the file that `gilmok new` writes, and marked there too."""
    marked = set(re.findall(r"^(\w+) = .*# CHANGE", (PROFILES / f"{name}.toml").read_text(encoding="utf-8"), re.MULTILINE))
    live = set(re.findall(r"^(\w+) = .*# CHANGE", starter(name, "here", "en"), re.MULTILINE))
    assert marked <= live


@pytest.mark.parametrize(("name", "node"), nodes())
def test_a_node_is_compiled_and_read(name, node):
    site = site_of(name)
    keys = Keys(1, {site.device_of(each): Key(bytes(16)) for each in site.node}, Key(bytes(16)))
    config = Config(compile_node(site, keys, node))
    assert {each.name for each in config.sensors} == set(site.node[node].sensor)
    for each in config.sensors:
        assert drivers.load(each.driver)(Bus(), each.options), "the driver takes its options"


@pytest.mark.parametrize(("name", "node"), nodes())
def test_a_node_fits_a_board_that_two_sources_know(name, node):
    """Or a board that one source knows, where no other has room for it on a chip and the bus that it needs."""
    site = site_of(name)
    board, there = load_board(site.node[node].board), site.node[node]
    assert not board.virtual
    others = [load_board(each) for each in board_names() if load_board(each).port == "esp32"]
    wanted = {BUS[DRIVERS[sensor.driver].bus].board for sensor in there.sensor.values()} - {None}
    better = [
        each.name
        for each in others
        if each.status == "confirmed"
        and fits(there, each, acts_in_group(site, node))
        and wanted <= {kind for kind, _ in each.buses}
        and len(each.gpio) >= len(board_pins(there))
    ]
    assert board.status == "confirmed" or not better


def board_pins(node):
    """Return the pins that a node's sensors and outputs name."""
    inputs = [each.pin for output in node.output.values() for each in (output, *output.inputs.values())]
    return inputs + [gpio.pin for sensor in node.sensor.values() for gpio in gpios_of(sensor, DRIVERS[sensor.driver])]


@pytest.mark.parametrize(("name", "node", "sensor"), sensors())
def test_a_sensor_is_wired_to_what_the_board_has(name, node, sensor):
    there = site_of(name).node[node]
    board, wired = load_board(there.board), there.sensor[sensor]
    bus = BUS[DRIVERS[wired.driver].bus]
    assert bus.board is None or (bus.board, getattr(wired, bus.number)) in board.buses
    for gpio in gpios_of(wired, DRIVERS[wired.driver]):
        assert gpio.pin in pins_for(gpio.role, board)
        assert wired.driver not in ("contact", "rain_gauge") or gpio.pin in board.gpio, "input-only pins have no pull-up"


@pytest.mark.parametrize(("name", "node", "sensor"), sensors())
def test_no_rain_is_left_out(name, node, sensor):
    """Rain is what fell since the last reading: a record that `report` leaves out would be rain lost."""
    wired = site_of(name).node[node].sensor[sensor]
    assert wired.driver != "rain_gauge" or (wired.report, wired.mean_ms) == (None, None)


def test_levels_count_from_a_datum():
    for name, node in nodes():
        there = site_of(name).node[node]
        levels = {column[0] for sensor in there.sensor for column in columns_of(there, sensor)} & {"water_level", "depth", "distance"}
        assert not levels or there.datum
        assert "distance" not in levels or "water_level" in levels


@pytest.mark.parametrize(("name", "node", "sensor"), sensors())
def test_a_gas_cell_has_no_figures_of_another(name, node, sensor):
    options = site_of(name).node[node].sensor[sensor].options
    assert not {"sensitivity", "we_zero_uv", "ae_zero_uv"} & set(options)


def test_the_fence_means_its_wind_as_vectors():
    """350° and 10° make 0°: the channel is told to the node as one that goes round."""
    mast = site_of("chemical-fence").node["mast"]
    assert report_of(mast.sensor["vane"], columns_of(mast, "vane")) == ["mean", 60_000, [[0, -1]]]


def rules():
    return [(name, node, rule) for name, node in nodes() for rule in site_of(name).node[node].rule]


@pytest.mark.parametrize(("name", "node", "rule"), rules())
def test_people_of_both_languages_know_what_to_do(name, node, rule):
    """Whoever is woken reads what it is and what to do; from alert on also within which time, where somebody can be hurt."""
    there = site_of(name).node[node].rule[rule]
    for text in (there.name, there.response):
        assert re.search("[가-힣]", text.text("ko"))
        assert re.fullmatch("[ -~]+", text.text("en"))
    for text in (there.call, there.consequence):
        assert text is None or re.search("[가-힣]", text.text("ko"))


@pytest.mark.parametrize("name", NAMES)
def test_every_threshold_says_where_it_comes_from(name):
    """A comment stands above every rule of a quantity, above its detector, or above an earlier rule that says it for several."""
    text = (PROFILES / f"{name}.toml").read_text(encoding="utf-8")
    states = {"flooded", "smoke", "running", "door_open"}  # a contact says yes or no
    is_explained, judged = False, 0
    for block in text.split("\n\n"):
        watched = set(re.findall(r'^watch = "[a-z0-9-]+\.([a-z0-9_]+)"', block, re.MULTILINE))
        is_explained = is_explained or block.startswith("#") and bool(watched or ".detector." in block)
        if watched and not watched <= states:
            judged += 1
            assert is_explained, block
    assert judged


@pytest.mark.parametrize(("name", "node"), nodes())
def test_the_rules_of_a_node_are_no_more_than_it_judges(name, node):
    site = site_of(name)
    assert len(compile_rules(site, node)) == len(rules_of(site.node[node])) <= 20


@pytest.mark.parametrize("name", NAMES)
def test_every_hazard_can_end_and_doubts_its_instrument(name):
    site = site_of(name)
    for node in site.node.values():
        for rule in node.rule.values():
            if rule.is_hazard:
                first = rule.watch.partition(".")[0]
                sensor = node.detector[first].sensor if first in node.detector else first
                assert f"{sensor}-health" in rules_of(node)


def test_rules_of_the_law_are_as_the_law_writes_them():
    """STANDARDS 1.2: PM10 150/100 and 300/150, PM2.5 75/35 and 150/75 ug/m3 of hourly means, for two hours; 0.1 ug/m3 a step."""
    site = site_of("street-air")
    compiled = [rule[4] for rule in compile_rules(site, "air-01")[1:]]
    hour = 3_600_000
    assert [[level, 1, set_ * 10, clear * 10, hour, 0, hour, 75, []] for level, set_, clear in ((2, 150, 100), (3, 300, 150))] in compiled
    assert [[level, 1, set_ * 10, clear * 10, hour, 0, hour, 75, []] for level, set_, clear in ((2, 75, 35), (3, 150, 75))] in compiled


def test_water_at_one_entrance_closes_both():
    site = site_of("riverside-parking")
    for here, there in (("p1-gate", "p2-gate"), ("p2-gate", "p1-gate")):
        outputs = site.node[here].rule["flood"].alert.outputs
        assert outputs == ["barrier:down", f"{there}.barrier:down"]
        assert site.node[here].output["barrier"].fail_safe in (None, "open")
