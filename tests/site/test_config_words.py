"""What differs between two compiled configurations, in the words of the site file; and what is never kept."""

import cbor2
import pytest
from gilmok_site import Key, Keys, compile_node, node_config, open_node_config, parse_site, public_part
from gilmok_site.config_words import Change, changes
from site_cases import EXAMPLE, FILE

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


def test_equal_bodies_do_not_differ():
    for node in ("p1-gate", "p2-gate", "air-01", "bridge-n"):
        assert changes(body_of(node), body_of(node)) == []


def test_the_public_part_holds_no_key():
    for node in ("p1-gate", "bridge-n"):
        body = body_of(node)
        assert SECRET in body
        assert SECRET not in public_part(body)
        assert cbor2.loads(public_part(body)) == {n: v for n, v in cbor2.loads(body).items() if n != node_config.KEY}


def test_a_number_nobody_has_thought_about_is_secret():
    body = cbor2.dumps({**cbor2.loads(body_of("p1-gate")), 99: b"another key"}, canonical=True)
    assert b"another key" not in public_part(body)
