"""The demo's rainy night: the water comes, the rule is raised, and the barriers are confirmed to be down."""

import time
from pathlib import Path

from gilmok.demo.alarms import Alarms
from gilmok.demo.run import Collector
from gilmok.demo.scenario import ALERT_M, CAUTION_M, TRAVEL_MS, city, rainy_night
from gilmok.demo.scene import INPUTS_MS, Street
from gilmok.demo.summary import summarise
from gilmok_collector.alarms.event import AlarmEvent
from gilmok_sim.world import RainyNight
from gilmok_site import load_site
from gilmok_site.rules import id_of
from pytest import mark

SITE = Path(__file__).parents[1] / "testing" / "sites" / "two-boards.toml"
SPEED = 100
SKIPPED_MS = 300_000  # of the wait for the water
DEADLINE_S = 240  # a loaded machine slows the scenario down; five seconds do else


def barrier_of(account, node):
    """Return the standing of the barrier of `node`, as the first gate's alarm has it."""
    flood = [each for each in account if (each["node"], each["rule"]) == ("p1-gate", "flood")]
    return next((each for alarm in flood for each in alarm["outputs"] if each["output"] == f"{node}.barrier"), {})


def is_closed(account):
    """Tell whether both barriers are confirmed to be down."""
    return all(barrier_of(account, name).get("confirmed") == "down" for name in ("p1-gate", "p2-gate"))


def test_the_flood_closes_both_gates(tmp_path):
    scenario = rainy_night(2, 7, SPEED)
    scenario.begin_ms += SKIPPED_MS
    street = Street(scenario, tmp_path, 7)
    collector = Collector(street)
    alarms = Alarms(street.site)
    try:
        collector.service.start()
        street.start()
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline and not is_closed(alarms.account()):
            assert collector.service.is_alive(), collector.service.failure
            assert all(node.is_running() for node in street.nodes), [node.output for node in street.nodes]
            time.sleep(0.2)
        result = summarise(street, collector)
    finally:
        street.stop()
        collector.close()
    assert result["lost"] == result["duplicated"] == result["changed"] == 0
    flood = next(each for each in result["alarms"] if (each["node"], each["rule"]) == ("p1-gate", "flood"))
    assert (flood["raised"], flood["state"]) == (1, "unacknowledged")
    assert flood["level"] in ("alert", "serious")
    assert {each["output"] for each in flood["outputs"]} == {"p1-gate.siren", "p1-gate.barrier", "p2-gate.barrier"}
    for name in ("p1-gate", "p2-gate"):
        barrier = barrier_of(result["alarms"], name)
        assert (barrier["commanded"], barrier["confirmed"]) == ("down", "down")
        assert barrier["after_ms"] >= TRAVEL_MS, "an arm takes its time"
    assert not [each for each in result["alarms"] if each["rule"] != "flood"], "no alarm of the desk's own making"


def test_a_street_may_lack_the_other_gate(tmp_path):
    scenario = rainy_night(4, 7, SPEED)
    del scenario.nodes[1]
    street = Street(scenario, tmp_path, 7)
    street.stop()
    assert street.site.node["p1-gate"].rule["flood"].alert.outputs == ["siren", "barrier:down"]


WATCHED = """
[node.gate.rule.high]
watch = "river.distance"
caution = { above = "2.00 m", clear = "1.90 m" }

[rule.both]
of = ["gate/high"]
votes = 1
response = { ko = "차량 대피", en = "Move the cars" }

[notify.siren]
command = ["touch", "woken"]
levels = "attention"

[heartbeat]
url = "https://alive.example.org/ping/4711"
"""


def test_a_sites_alarms_are_judged_and_told_to_nobody(tmp_path, monkeypatch):
    """A vote of the collector's own comes of what nodes tell; the program that the site would have called is not."""
    monkeypatch.setenv("GILMOK_LANG", "en")
    path = tmp_path / "site.toml"
    path.write_text(SITE.read_text(encoding="utf-8") + WATCHED, encoding="utf-8")
    street = Street(city(load_site(path), None), tmp_path, 7)
    collector = Collector(street)
    try:
        gate, now_ms = street.device_of["gate"], street.unix_ms()
        where = {"device": gate, "log": 1, "stream": 8, "seq": 1}
        raised = AlarmEvent("gate", "high", id_of("high"), "raise", "unacknowledged", 2, "1", now_ms, now_ms, 2.1, 2.0, "m", **where)
        collector.store.alarms.append([raised])
        for _ in range(2):
            for duty in collector.service.duties:
                duty(0)
            street.began -= 120 / street.scenario.speed  # two minutes, beyond the time for which a vote counts
        assert {(each["node"], each["rule"]) for each in Alarms(street.site).account()} == {("gate", "high"), ("site.two-boards", "both")}
        assert {line.response for line in Alarms(street.site).lines()} >= {"Move the cars"}
        assert collector.store.notices.newest(10) == []
    finally:
        street.stop()
        collector.close()
    assert not list(tmp_path.rglob("woken"))


@mark.parametrize("seed", range(1, 40))
def test_any_seed_floods_within_half_a_minute(seed):
    begin_ms = rainy_night(4, seed, None).begin_ms
    night = RainyNight(seed)
    levels = [night.level(begin_ms + 60_000 * minute) for minute in range(31)]
    assert levels[0] < CAUTION_M < ALERT_M < levels[20], "the alert is there at half a minute less a third, which is for slow machines"


def test_limit_switches_are_looked_at_in_time():
    """What the demo adds to a confirmation, of the scenario's time at its own speed, is a tenth of an arm's travel."""
    assert INPUTS_MS * rainy_night(1, 7, None).speed <= TRAVEL_MS / 10
