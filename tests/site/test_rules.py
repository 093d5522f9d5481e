"""Rules, outputs and detectors as a node reads them, the alarms nobody has to write, and what is left unsaid."""

import re

import cbor2
import pytest
from gilmok_site import (
    Key,
    Keys,
    KeysError,
    SiteError,
    compile_node,
    create_keys,
    load_keys,
    load_site,
    open_node_config,
    parse_site,
    public_part,
)
from gilmok_site.catalogue import DRIVERS
from gilmok_site.check_outputs import output_warnings
from gilmok_site.detector import Detector
from gilmok_site.detector_parameters import quake_parameters
from gilmok_site.health import Health
from gilmok_site.noise import noise_of
from gilmok_site.output import Output
from gilmok_site.rule import Rule, Step
from gilmok_site.rules import id_of, rules_of
from gilmok_site.write_back import draft_files
from gilmok_wire import cbor
from override_cases import override
from site_cases import GATES
from site_drivers import catalogue_of_tests
from test_node_config import ROOT, check_schema

GROUP_KEY = Key(b"g" * 16)

with catalogue_of_tests():
    SITE = parse_site(GATES, "gates.toml")
    KEYS = Keys(1, {SITE.device_of(node): Key(bytes(16)) for node in SITE.node}, GROUP_KEY)
    FILES = {node: compile_node(SITE, KEYS, node) for node in SITE.node}

P1, P2, BRIDGE = (SITE.device_of(node) for node in ("p1-gate", "p2-gate", "bridge"))
BARRIER, SIREN = 472506197, 460420929  # zlib.crc32(b"barrier") >> 3, b"siren"


def body_of(node):
    body = cbor.decode(open_node_config(FILES[node]))
    return {**body, 18: [cbor.decode(rule) for rule in body.get(18, [])]}


def site_of(old="", new=""):
    assert GATES.count(old) == 1 or not old
    with catalogue_of_tests():
        return parse_site(GATES.replace(old, new) if old else GATES, "gates.toml")


def steps_of(name, old="", new="", node="p1-gate"):
    site = site_of(old, new)
    with catalogue_of_tests():
        body = cbor2.loads(open_node_config(compile_node(site, KEYS, node)))
    return next(rule[4] for rule in map(cbor2.loads, body[18]) if rule[0] == id_of(name))


def test_a_gate_as_its_node_reads_it():
    """Written by hand from gates.toml and protocols/node_config.cddl: mm, ms; members before who counts their votes, else by name."""
    body = body_of("p1-gate")
    assert body[18] == [
        [id_of("barrier-unconfirmed"), [3, 0], 0, None, [[3, 0, 1, 1, 0, 0, 0, 0, []]]],
        [id_of("flood"), [0, 0, 1], 1, None, [
            [2, 0, 800, 700, 30_000, 0, 0, 0, []],
            [3, 0, 1200, 1000, 30_000, 0, 0, 0, [1, 0, [P2, BARRIER]]],
            [4, 3, 1500, 1500, 0, 600_000, 600_000, 1_800_000, []],
        ]],
        [id_of("flood-2"), [0, 1, 1], 0, None, [[3, 0, 1200, 1000, 0, 0, 0, 0, []]]],
        [id_of("rising"), [0, 0, 1], 0, 1, [[1, 2, 500, 500, 0, 600_000, 600_000, 0, []]]],
        [id_of("river-2-health"), [1, 1], 0, None, [[2, 0, 1, 1, 30_000, 0, 0, 0, []]]],
        [id_of("river-health"), [1, 0], 0, None, [[2, 0, 1, 1, 30_000, 0, 0, 0, []]]],
        [id_of("time"), [4], 0, None, [[1, 0, 1440, 1440, 0, 0, 0, 0, []]]],
        [id_of("flood-sure"), [2, [1, 2]], 0, None, [[4, 4, 2, 2, 0, 0, 0, 3, []]]],
    ]  # fmt: skip
    assert body[19] == [[0, 1, -1300, 3170, 300, 21_600_000], [1, 1, -1300, 3170, None, None]]
    assert body[20] == [
        [BARRIER, 14, 1, 0, 0, [[0, 25, 0], [1, 26, 0], [2, 34, 1], [3, 27, 0]], 20_000],
        [SIREN, 13, 1, 0, 30_000, [], 0],
    ]
    assert {sensor[1]: sensor[7].get(2) for sensor in body[7]} == {"river": [2000, 2000], "river-2": None}


def test_a_group_says_who_may_want_what():
    assert body_of("p1-gate")[21] == [b"g" * 16, [[P2, []]], []]
    assert body_of("p2-gate")[21] == [b"g" * 16, sorted([[P1, [BARRIER]], [BRIDGE, [BARRIER]]]), [[2, 17, 16]]]
    assert body_of("bridge")[21] == [b"g" * 16, [[P2, []]], [[2, 17, 16]]]


def test_a_detector_counts_behind_the_sensors():
    body = body_of("bridge")
    assert body[17] == [["quake", "shake", 0, quake_parameters(250)]]
    assert body[18][1] == [id_of("quake"), [0, 1, 3], 2, None, [[2, 0, 4, 4, 0, 0, 0, 0, [[P2, BARRIER]]], [3, 0, 6, 6, 0, 0, 0, 0, []]]]


@pytest.mark.parametrize("node", FILES)
def test_schema_holds(node):
    check_schema(FILES[node])


def test_schema_holds_on_a_board_without_pins():
    with catalogue_of_tests():
        site = parse_site(GATES.replace('"esp32-devkitc"', '"sim"').replace("= 14\n", "= 0\n").replace("pin = 13", "pin = 1").replace(
            "= 25 ", "= 2 ").replace("= 26 ", "= 3 ").replace("= 34 ", "= 4 ").replace("pin = 27", "pin = 5"), "gates.toml")  # fmt: skip
        for node in site.node:
            check_schema(compile_node(site, KEYS, node))


@pytest.mark.parametrize("node", FILES)
def test_the_codecs_agree(node):
    """cbor2 here and gilmok_wire.cbor there, on every byte."""
    body = open_node_config(FILES[node])
    assert cbor.encode(cbor2.loads(body)) == body


def test_a_site_without_rules_is_as_it_was():
    with catalogue_of_tests():
        site = parse_site('[site]\nid = "a"\nname = "A"\ntimezone = "UTC"\n[store]\nurl = "sqlite:a.db"\n[node.n]\nboard = "sim"\n')
    body = cbor2.loads(open_node_config(compile_node(site, Keys(1, {site.device_of("n"): Key(bytes(16))}), "n")))
    assert not {17, 18, 19, 20, 21} & set(body)


FLOOD = 'alert = { above = "1.20 m", clear = "1.00 m", for = "30 s", outputs = ["siren", "barrier:down", "p2-gate.barrier:down"] }'


@pytest.mark.parametrize(
    ("step", "compiled"),
    [
        ('{ below = "20 cm", clear = "0.30 m", off_for = "1 min" }', [3, 8, 200, 300, 0, 60_000, 0, 0]),
        ('{ above = "1.20 m", clear = "1 m", mean = "1 h", for = "2 h" }', [3, 1, 1200, 1000, 3_600_000, 0, 3_600_000, 75]),
        ('{ above = "1.20 m", clear = "1 m", mean = "1 h", for = "1 h", valid = "50 %" }', [3, 1, 1200, 1000, 0, 0, 3_600_000, 50]),
        ('{ below = "1 m", clear = "1.1 m", mean = "1 h" }', [3, 9, 1000, 1100, 0, 0, 3_600_000, 75]),
        ('{ rises = "1 mm/s", over = "5 min", clear = "0.5 m/h" }', [3, 2, 3600, 500, 0, 0, 300_000, 0]),
        ('{ falls = "24 mm/d", over = "6 h", for = "1 h" }', [3, 10, -1, -1, 3_600_000, 21_600_000, 21_600_000, 0]),
        ('{ falls_to = "0 m", within = "1 h", over = "1 h", clear = "10 cm" }', [3, 11, 0, 100, 0, 0, 3_600_000, 3_600_000]),
        ('{ reaches = "1 m", within = "1 min" }', [3, 3, 1000, 1000, 0, 40_000, 40_000, 60_000]),  # four readings at least
    ],
)
def test_quantities(step, compiled):
    assert steps_of("flood", FLOOD, f"alert = {step}")[1][:-1] == compiled


def test_votes_count_members_from_their_own_level_on():
    votes = 'of = ["flood", "flood-2", "rising"]\nvotes = 2\n'
    old = 'all = ["flood", "flood-2"]\nserious = { members = "alert" }'
    assert steps_of("flood-sure", old, votes + "caution = {}\nserious = {}") == [
        [2, 4, 2, 2, 0, 0, 0, 2, []],
        [4, 4, 2, 2, 0, 0, 0, 4, []],
    ]
    assert steps_of("flood-sure", old, 'any = ["flood-2"]\nalert = { for = "5 s", members = "caution" }') == [
        [3, 4, 1, 1, 5000, 0, 0, 2, []]
    ]


def test_the_order_of_the_file_does_not_matter():
    head, *rules = GATES.split("[node.p1-gate.rule.")
    last, tail = rules[-1].split("[node.p2-gate]", 1)
    turned = "[node.p1-gate.rule.".join([head, last, *rules[-2::-1]]) + "[node.p2-gate]" + tail
    with catalogue_of_tests():
        assert compile_node(parse_site(turned, "gates.toml"), KEYS, "p1-gate") == FILES["p1-gate"]


def test_an_output_that_rests_in_its_second_state_is_wanted_in_its_first():
    text = GATES.replace('confirm_within = "20 s"', 'fail_safe = "down"').replace('"barrier:down", "p2', '"barrier:open", "p2')
    with catalogue_of_tests():
        site = parse_site(text, "gates.toml")
        body = cbor2.loads(open_node_config(compile_node(site, KEYS, "p1-gate")))
    assert site.node["p1-gate"].output["barrier"].active_state == "open"
    assert body[20][0][3] == 1


def test_instruments_alarm_by_themselves_unless_told_otherwise():
    health = 'health = { spike = "0.30 m", stuck = "6 h" }'
    names = set(rules_of(SITE.node["p1-gate"]))
    assert {"river-health", "river-2-health", "barrier-unconfirmed"} < names
    with catalogue_of_tests():
        assert set(rules_of(site_of(health, 'health = { level = "none" }').node["p1-gate"])) == names - {"river-health"}
        later = site_of(health, 'health = { level = "alert", for = "5 min" }')
        assert rules_of(later.node["p1-gate"])["river-health"].alert.for_ms == 300_000
        own = rules_of(
            site_of('clock = true\nattention = { above = "24 h" }', 'watch = "river"\nhealth = true\nalert = {}').node["p1-gate"]
        )
    assert set(own) == names - {"river-health"}


def test_the_health_of_an_unwatched_sensor_is_watched_where_it_is_asked_for():
    site = site_of('spi = 2\ncs = 4\nevery = "1 s"', 'spi = 2\ncs = 4\nevery = "1 s"\nhealth = {}')
    assert "deck-health" in rules_of(site.node["bridge"])


def test_the_key_of_the_group_is_secret_made_once_and_missed(tmp_path):
    path = tmp_path / "gates.toml"
    path.write_text(GATES, encoding="utf-8")
    with catalogue_of_tests():
        site = load_site(path)
        keys = create_keys(site)
        assert keys.group is not None
        assert load_keys(site) == keys == create_keys(site)
        for node in site.node:
            body = open_node_config(compile_node(site, keys, node))
            assert bytes(keys.group) in body
            assert bytes(keys.group) not in public_part(body)
        text = site.keys_path.read_text()
        site.keys_path.write_text("\n".join(line for line in text.split("\n") if not line.startswith("group")))
        for refused in (lambda: load_keys(site), lambda: compile_node(site, Keys(1, keys.devices), "bridge")):
            with pytest.raises(SiteError) as error:
                refused()
            assert error.value.problems[0].code == "keys_group_missing"
        site.keys_path.write_text(text.replace(bytes(keys.group).hex(), "00"))
        with pytest.raises(KeysError) as broken:
            load_keys(site)
    assert broken.value.problems[0].code == "keys_group"
    assert "00" not in str(broken.value).replace("gates", "")


def test_an_output_that_nobody_wants_is_a_warning():
    assert output_warnings(SITE) == []
    site = site_of('outputs = ["siren", "barrier:down", "p2-gate.barrier:down"]', 'outputs = ["barrier"]')
    assert [each.key for each in output_warnings(site)] == ["node.p1-gate.output.siren"]


def test_what_a_chip_makes_of_nothing():
    """Density × √bandwidth: 400 µg/√Hz below 100 Hz are 4 mg, of which 3 deviations are 1.2 %g; ADXL355 25 µg below 125 Hz 0.084 %g."""
    assert noise_of("mpu6050", 200)["pga"] == pytest.approx(1200)
    assert noise_of("adxl355", 250)["pga"] == pytest.approx(83.9, abs=0.1)
    assert noise_of("adxl355", 250)["pgv"] == pytest.approx(370, abs=1)  # 3 · 25 µg/√Hz · 9.81 m/s² / (2π √0.1 Hz)
    assert {name: noise_of(name, 250)["level"] for name in ("adxl355", "lis3dh", "mpu6050")} == {"adxl355": 2, "lis3dh": 4, "mpu6050": 5}
    assert noise_of("bme280", 250) is None


@pytest.mark.parametrize(("driver", "lowest"), [("adxl355", 3), ("lis3dh", 5), ("mpu6050", 6)])
def test_a_noisy_chip_is_no_seismometer(driver, lowest):
    wired = "spi = 2\ncs = 4" if DRIVERS[driver].bus == "spi" else "i2c = 0"
    head, _, rest = GATES.partition("[node.p1-gate]")
    bridge = rest[rest.index("[node.bridge]") :].replace("spi = 2\ncs = 4", wired).replace('"adxl355"', f'"{driver}"')
    bridge = bridge.replace(', outputs = ["p2-gate.barrier"]', "").replace('alert = { above = "6" }\n', "")
    parse_site((head + bridge).replace('above = "4"', f'above = "{lowest}"'))
    with pytest.raises(SiteError) as refused:
        parse_site((head + bridge).replace('above = "4"', f'above = "{lowest - 1}"'))
    assert [each.code.removesuffix("_all") for each in refused.value.problems] == ["too_noisy"]
    for lang in ("en", "ko"):
        assert driver in refused.value.text(lang)


def test_a_threshold_is_set_from_the_collector_and_written_back(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "gates.toml"
    path.write_text(GATES, encoding="utf-8")
    key = "node.p1-gate.rule.flood.alert.above"
    with catalogue_of_tests():
        assert load_site("gates.toml", [override(key, "1.30 m")]).node["p1-gate"].rule["flood"].alert.above == "1.30 m"
        for wrong, value, code in (
            (key, "0.50 m", "clear_side"),
            ("node.p1-gate.rule.flod.alert.above", "1.30 m", "override_nowhere"),
            ("node.p1-gate.rule.flood.alert.abov", "1.30 m", "unknown_key"),
            ("node.p1-gate.output.barrier.pin", "35", "pin_wrong"),
        ):
            with pytest.raises(SiteError) as refused:
                load_site("gates.toml", [override(wrong, value)])
            assert code in [each.code for each in refused.value.problems]
        (draft,) = draft_files("gates.toml", [override(key, "1.30 m")])
    assert draft.after == GATES.replace('above = "1.20 m", clear = "1.00 m", for', 'above = "1.30 m", clear = "1.00 m", for')


def test_thresholds_come_from_an_inventory(tmp_path):
    """A row a gate: each its own threshold, the rest of the rule from the template."""
    (tmp_path / "nodes.csv").write_text("node,template,rule.flood.alert.above\ng1,gate,1.10 m\ng2,gate,1.40 m\n", encoding="utf-8")
    path = tmp_path / "many.toml"
    path.write_text(
        '[site]\nid = "a"\nname = "A"\ntimezone = "UTC"\ninventory = "nodes.csv"\n[store]\nurl = "sqlite:a.db"\n'
        '[template.gate]\nboard = "sim"\ndatum = { name = "floor" }\n'
        'sensor.river = { driver = "a02yyuw", uart = 1, every = "10 s", height = "3 m" }\n'
        'rule.flood = { watch = "river.water_level", alert = { above = "1.20 m", clear = "1.00 m" } }\n',
        encoding="utf-8",
    )
    site = load_site(path)
    assert [site.node[name].rule["flood"].alert.above for name in ("g1", "g2")] == ["1.10 m", "1.40 m"]


@pytest.mark.parametrize("page", ["rules.md", "rules.ko.md"])
def test_the_pages_show_the_golden_site(page):
    assert f"```toml\n{GATES}```" in (ROOT / "docs" / page).read_text(encoding="utf-8")


def test_the_pages_name_every_key():
    for page in ("rules.md", "rules.ko.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        for table in (Rule, Step, Output, Detector, Health):
            for name, field in table.model_fields.items():
                assert re.search(rf"\b{field.alias or name}\b", text), (page, table.__name__, name)
