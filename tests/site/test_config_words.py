"""What differs between two compiled configurations, in the words of the site file; and what is never kept."""

import cbor2
import pytest
from gate_cases import GATES
from gilmok_site import Key, Keys, compile_node, node_config, open_node_config, parse_site, public_part
from gilmok_site.config_words import Change, changes, names_of
from site_cases import EXAMPLE, FILE
from site_drivers import catalogue_of_tests

NEW_AIR = 'max_age = "5 s"\n[node.p2-gate.sensor.air]\ndriver = "bme280"\ni2c = 0\nevery = "1 min"'
SECRET = bytes(range(200, 216))


def body_of(node, old="", new=""):
    assert old in EXAMPLE
    site = parse_site(EXAMPLE.replace(old, new) if old else EXAMPLE, FILE)
    keys = Keys(0x9C41E07B, {site.device_of(name): Key(SECRET) for name in site.node})
    return open_node_config(compile_node(site, keys, node))


@pytest.mark.parametrize(
    ("node", "old", "new", "expected"),
    [
        ("p1-gate", 'every = "10 s"\nurgent', 'every = "5 s"\nurgent', [Change("river", "every", "10 s", "5 s")]),
        ("p1-gate", "urgent = true", "urgent = false", [Change("river", "urgent", "true", "false")]),
        ("air-01", "osrs_p = 4", "osrs_p = 8", [Change("air", "osrs_p", "4", "8")]),
        ("air-01", "osrs_p = 4", "", [Change("air", "osrs_p", "4", None)]),
        ("air-01", "address = 0x77\n", "", [Change("air", "wired to", "i2c 0 at 0x77", "i2c 0 at 0x76")]),
        ("air-01", 'health = "5 min"', "", [Change("", "health", "5 min", "1 min")]),
        ("p2-gate", 'max_age = "5 s"', NEW_AIR,
         [Change("", "i2c 0", None, "[22, 21]"), Change("air", "driver", None, "bme280"),
          Change("air", "wired to", None, "i2c 0 at 0x76")]),
        ("air-01", "osrs_p = 4", 'osrs_p = 4\nmean = "10 min"', [Change("air", "mean", None, "10 min")]),
    ],
)  # fmt: skip
def test_what_differs_is_told_in_the_words_of_the_file(node, old, new, expected):
    assert changes(public_part(body_of(node)), public_part(body_of(node, old, new))) == expected


def gates(old="", new="", node="p1-gate"):
    with catalogue_of_tests():
        site = parse_site(GATES.replace(old, new) if old else GATES, "gates.toml")
        keys = Keys(1, {site.device_of(name): Key(SECRET) for name in site.node}, Key(SECRET))
        return public_part(open_node_config(compile_node(site, keys, node))), names_of(site)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('above = "1.20 m", clear = "1.00 m", for = "30 s"', 'above = "1.30 m", clear = "1.00 m", for = "1 min"',
         [Change("", "rule flood.alert", "above 1200, clear 1000, for 30 s, outputs siren barrier 64a7.barrier",
                 "above 1300, clear 1000, for 1 min, outputs siren barrier 64a7.barrier")]),
        ('within = "30 min"', 'within = "1 h"',
         [Change("", "rule flood.serious", "reaches 1500, clear 1500, off_for 10 min, over 10 min, within 30 min",
                 "reaches 1500, clear 1500, off_for 20 min, over 20 min, within 1 h")]),
        ("latching = true\n", "", [Change("", "rule flood.latching", "true", None)]),
        ('suppressed_by = "flood" ', 'suppressed_by = "time" ', [Change("", "rule rising.suppressed_by", "flood", "time")]),
        ('all = ["flood", "flood-2"]', 'any = ["flood", "flood-2"]',
         [Change("", "rule flood-sure.serious", "votes 2, clear 2, members 3", "votes 1, clear 1, members 3")]),
        ('spike = "0.30 m", ', "", [Change("", "health river 1", "[-1300, 3170, 300, 21600000]", "[-1300, 3170, –, 21600000]")]),
        ('min_on = "30 s"', 'min_on = "1 min"',
         [Change("", "output siren", "pin 13, active high, fail_safe 0, min_on 30 s", "pin 13, active high, fail_safe 0, min_on 1 min")]),
        ('alarm_every = "2 s" ', 'alarm_every = "5 s" ', [Change("river", "alarm_every", "2 s", "5 s")]),
    ],
)  # fmt: skip
def test_rules_and_outputs_are_told_by_their_names(old, new, expected):
    before, names = gates()
    after, _ = gates(old, new)
    assert changes(before, after, names) == expected


def test_a_rule_whose_name_nobody_knows_is_told_by_its_number():
    before, _ = gates()
    after, _ = gates("latching = true\n", "")
    assert [each.word for each in changes(before, after)] == ["rule 09522c6f.latching"]


def test_a_detector_that_is_gone():
    before, names = gates(node="bridge")
    tables = cbor2.loads(before)
    del tables[node_config.DETECTORS]
    gone = {each.word: each for each in changes(before, cbor2.dumps(tables, canonical=True), names)}["detector shake"]
    assert gone.before.startswith('["quake", 0, ')
    assert gone.after is None


def test_equal_bodies_do_not_differ():
    for node in ("p1-gate", "p2-gate", "air-01", "bridge-n"):
        assert changes(body_of(node), body_of(node)) == []


def test_the_public_part_holds_no_key_of_a_group():
    public, _ = gates()
    assert SECRET not in public
    assert {node_config.RULES, node_config.VALIDITY, node_config.OUTPUTS} < set(cbor2.loads(public))


def test_the_public_part_holds_no_key():
    for node in ("p1-gate", "bridge-n"):
        body = body_of(node)
        assert SECRET in body
        assert SECRET not in public_part(body)
        assert cbor2.loads(public_part(body)) == {n: v for n, v in cbor2.loads(body).items() if n != node_config.KEY}


def test_a_number_nobody_has_thought_about_is_secret():
    body = cbor2.dumps({**cbor2.loads(body_of("p1-gate")), 99: b"another key"}, canonical=True)
    assert b"another key" not in public_part(body)
