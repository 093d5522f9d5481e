"""What a site calls the rules and outputs of its nodes, and what it says of their steps."""

import pytest
from gilmok_collector.alarms.names import SiteNames, scale
from gilmok_rules.lifecycle import EVENTS
from gilmok_site import load_site
from gilmok_site.rules import compile_rules, id_of

SITE = """
[site]
id = "yangjae"
name = "Yangjae"
timezone = "Asia/Seoul"

[store]
url = "sqlite:yangjae.db"

[node.p1-gate]
board = "esp32-devkitc"
device = "c268"
datum = { name = "EL.m" }

[node.p1-gate.sensor.river]
driver = "a02yyuw"
uart = 1
height = "3.20 m"
every = "10 s"

[node.p1-gate.output.barrier]
pin = 13
feedback = 34
states = ["up", "down"]

[node.p1-gate.rule.flood]
watch = "river.water_level"
caution = { above = "0.80 m", clear = "0.70 m", for = "30 s" }
alert = { above = "1.20 m", clear = "1.00 m", for = "30 s", outputs = ["barrier"] }
serious = { reaches = "1.50 m", within = "30 min" }
"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "yangjae.toml").write_text(SITE, encoding="utf-8")
    return load_site(str(tmp_path / "yangjae.toml"))


def test_a_rule_has_its_name_its_unit_and_what_each_level_says(site):
    flood = SiteNames(site).rule(0xC268, id_of("flood"))
    assert (flood.name, flood.factor, sorted(flood.steps)) == ("flood", 1, [2, 3, 4])
    caution, alert, serious = (flood.steps[level] for level in (2, 3, 4))
    assert (caution.unit, caution.clear) == ("m", 700)
    assert caution.facts == {"kind": "channel", "watch": "river.water_level", "quantity": "value", "on_ms": 30_000, "next": 1.2}
    assert alert.facts["next"] == 1.5
    assert (serious.facts["quantity"], serious.facts["more"]) == ("forecast", 1_800_000)


def test_what_every_instrument_and_output_has_is_named_too(site):
    names = SiteNames(site)
    river, barrier = (names.rule(0xC268, id_of(name)) for name in ("river-health", "barrier-unconfirmed"))
    assert [next(iter(each.steps.values())).facts["kind"] for each in (river, barrier)] == ["health", "output"]
    assert next(iter(barrier.steps.values())).facts["watch"] == "barrier"
    assert (names.node(0xC268), names.output(0xC268, id_of("barrier"))) == ("p1-gate", "barrier")


def test_every_rule_a_node_has_is_named(site):
    names = SiteNames(site)
    assert all(names.rule(0xC268, compiled[0]) for compiled in compile_rules(site, "p1-gate"))


def test_what_the_site_does_not_know_has_no_name(site):
    names = SiteNames(site)
    assert names.node(7) is names.rule(7, 1) is names.rule(0xC268, 1) is names.output(0xC268, 1) is None


@pytest.mark.parametrize(
    ("level", "event", "limit", "quantity"),
    [
        (3, "escalate", 1200, 1000),
        (2, "ease", 1000, 1000),  # the alert ended
        (0, "clear", 700, 700),
        (0, "clear", 1000, 1000),  # both at once: the highest is told
        (0, "clear", 5, 700),  # of a rule that has been changed since: the lowest
    ],
)
def test_an_event_is_about_the_step_that_turned(site, level, event, limit, quantity):
    assert event in EVENTS
    assert SiteNames(site).rule(0xC268, id_of("flood")).step(level, event, limit).clear == quantity


def test_a_value_is_rounded_once():
    assert scale(3, 1, -1) == 0.3 and scale(1, 390_625, -11) == 3.90625e-06 and scale(5, 1, 2) == 500.0
    assert scale(None, 1, 0) is None and scale(1, 1, 23) is None
