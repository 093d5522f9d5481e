"""A rule of one node brings down the barrier of another: through the collector, past it, and for no longer than somebody alive wants it."""

import pytest
from gilmok.street import Street
from gilmok_node.console import status
from gilmok_site.rules import id_of
from gilmok_wire.group import LEASE_S
from support.ruled import give, output, rule, step

KEY = bytes(range(100, 116))
BARRIER = output("barrier", pin=33, inputs=[(0, 34, 1), (1, 35, 1)], confirm_ms=20_000)


SITE = """
[site]
id = "yangjae"
name = "Yangjae"
timezone = "Asia/Seoul"
[store]
url = "sqlite:yangjae.db"
[node.p1-gate]
board = "sim"
[node.p1-gate.peer]
uart = 2
[node.p1-gate.sensor.river]
driver = "a02yyuw"
uart = 1
every = "10 s"
[node.p1-gate.rule.flood]
watch = "river.distance"
alert = { below = "1.80 m", clear = "2.00 m", for = "20 s", outputs = ["p2-gate.barrier:down"] }
[node.p2-gate]
board = "sim"
[node.p2-gate.peer]
uart = 3
[node.p2-gate.output.barrier]
pin = 5
feedback = 6
states = ["open", "down"]
fail_safe = "open"
"""


@pytest.fixture
def street(tmp_path):
    """p1-gate with a flood rule and p2-gate with a barrier, a line between them, and a stranger."""
    street = Street(3, folder=tmp_path)
    first, second, _ = street.node("p1-gate", mounted=3.0), street.node("p2-gate"), street.node("stranger")
    here, there = first.device.address, second.device.address
    flood = rule("flood", step(3, 1800, 2000, targets=[[there, id_of("barrier")]], quantity=8, on_ms=20_000))
    give(first, rules=[flood], more={21: [KEY, [[there, []]], [[2, 17, 16]]]})
    give(second, outputs=[BARRIER], more={21: [KEY, [[here, [id_of("barrier")]]], [[2, 17, 16]]]})
    street.peer("p1-gate", "p2-gate")
    second.output("barrier").take(6)
    first.set(level=0.5)
    street.run("2 min")
    yield street
    street.close()


def barrier(street):
    return street.nodes["p2-gate"].output("barrier")


def flood(street, on=True):
    """Let the water rise or fall, and the rule's delay and a measurement pass."""
    street.nodes["p1-gate"].set(level=1.3 if on else 0.5)
    street.run("32 s")
    assert (street.alarm("p1-gate/flood").level != "normal") == on


def test_the_remote_barrier_comes_down_and_is_confirmed_to_who_wants_it(street):
    first, second = street.nodes["p1-gate"], street.nodes["p2-gate"]
    flood(street)
    street.run("8 s")
    assert barrier(street).confirmed == barrier(street).actual == "on"
    states = first.machine.node.alarms.remote.states
    assert states[second.device.address, id_of("barrier")][:2] == (1, 1)
    with street.store.open() as store:
        events = [record.values for record in store.records(stream="output")]
    assert [(values[1], values[4]) for values in events][:2] == [(0, id_of("flood")), (1, id_of("flood"))], "the rule behind it is known"
    street.run("20 min")
    assert barrier(street).actual == "on" and len(barrier(street).changes) == 1, "renewed without a pause"
    flood(street, on=False)
    street.run("8 s")
    assert barrier(street).confirmed == "off"
    assert first.machine.node.session.counters["refused"] == 0
    assert street.nodes["stranger"].machine.node.session.counters["refused"] == 0
    street.drain()
    street.check()


def test_a_site_file_says_all_of_it(tmp_path):
    path = tmp_path / "yangjae.toml"
    path.write_text(SITE, encoding="utf-8")
    street = Street.of_site(path, folder=tmp_path)
    try:
        street.peer("p1-gate", "p2-gate")
        street.nodes["p1-gate"].set(distance=2.5)
        street.run("2 min")
        assert barrier(street).confirmed == "open"
        street.collector.kill()
        street.nodes["p1-gate"].set(distance=1.5)
        street.run("40 s")
        assert street.alarm("p1-gate/flood").level == "alert"
        assert barrier(street).confirmed == "down"
    finally:
        street.close()


def test_with_the_collector_killed_it_acts_over_the_line_between_them(street):
    street.collector.kill()
    flood(street)
    street.run("8 s")
    assert barrier(street).confirmed == "on"
    flood(street, on=False)
    street.run("8 s")
    assert barrier(street).confirmed == "off"


def test_with_the_line_cut_it_acts_through_the_collector(street):
    street.link("p1-gate:p2-gate").cut()
    flood(street)
    street.run("8 s")
    assert barrier(street).confirmed == "on"
    assert street.collector.engine.relay.counters.relayed > 0


def test_with_the_disk_full_it_acts_through_the_collector(street):
    street.link("p1-gate:p2-gate").cut()
    street.collector.fill_disk()
    flood(street)
    street.run("8 s")
    assert barrier(street).confirmed == "on"


def test_from_the_alarm_to_the_remote_pin_it_takes_a_moment(street):
    for way in ("line", "collector"):
        if way == "collector":
            street.link("p1-gate:p2-gate").cut()
        street.nodes["p1-gate"].set(level=1.3)
        street.run_until(lambda: street.alarm("p1-gate/flood").level == "alert", at_most="1 min")
        street.run("100 ms")
        assert barrier(street).commanded == "on", way
        flood(street, on=False)
        assert barrier(street).commanded == "off", way


def test_a_barrier_out_of_reach_is_known_at_the_collector_and_at_the_port(street):
    first, second = street.nodes["p1-gate"], street.nodes["p2-gate"]
    second.power_cut()
    street.run("4 min")
    line = f"output {id_of('barrier')} of node {second.device.address:04x} does not answer"
    assert [event.what for event in street.events if line in event.what and "diagnostic" in event.what], street.describe()
    shown = status(first.machine.node)[-1]
    assert shown.startswith(f"remote   {second.device.address:04x} output {id_of('barrier')} is 0, confirmed · 2")
    assert shown.endswith("s ago · DOES NOT ANSWER")
    second.power_on()
    street.run("1 min")
    assert "DOES NOT" not in status(first.machine.node)[-1]


def test_with_both_ways_dead_the_lease_ends_fail_safe(street):
    flood(street)
    street.run("8 s")
    street.link("p1-gate:p2-gate").cut()
    street.collector.kill()
    street.run(f"{LEASE_S - 70} s")
    assert barrier(street).commanded == "on"
    street.run("75 s")
    assert barrier(street).commanded == "off"
    street.link("p1-gate:p2-gate").mend()
    street.run("5 s")
    assert barrier(street).commanded == "on", "the alarm stands, and is heard again"


def test_who_wants_it_dies_and_the_lease_ends(street):
    flood(street)
    street.run("8 s")
    street.nodes["p1-gate"].power_cut()
    street.run(f"{LEASE_S - 70} s")
    assert barrier(street).commanded == "on"
    street.run("75 s")
    assert barrier(street).commanded == "off"
    street.nodes["p1-gate"].power_on()
    street.run("40 s")
    assert barrier(street).commanded == "on", "the water is still there"


def test_the_owner_of_the_barrier_restarts_and_it_comes_down_again(street):
    flood(street)
    street.run("8 s")
    second = street.nodes["p2-gate"]
    second.power_cut()
    street.run("10 s")
    assert barrier(street).actual == "off", "fail-safe without power"
    second.power_on()
    street.run("2 s")
    assert barrier(street).commanded == "on"


def test_over_a_noisy_line_alone_it_comes_down(street):
    street.collector.kill()
    street.link("p1-gate:p2-gate").noise(drop=0.01)  # of bytes: a third of the frames, and as many of the answers
    flood(street)
    street.run("10 s")
    assert barrier(street).commanded == "on"
    street.run("10 min")
    assert barrier(street).commanded == "on" and len(barrier(street).changes) == 1


def test_frames_of_the_group_that_come_again_move_nothing(street):
    heard = []
    line = street.link("p1-gate:p2-gate")
    line.taps.append(lambda direction, data: heard.append((direction, data)))
    flood(street)
    street.run("2 min")
    flood(street, on=False)
    street.run("10 s")
    assert barrier(street).commanded == "off"
    count = len(barrier(street).changes)
    for _ in range(2):
        for direction, data in list(heard):
            getattr(line, direction).deliver(data)
            street.run("20 ms")
        street.nodes["p2-gate"].reboot()
        street.run("1 s")
    assert barrier(street).commanded == "off" and len(barrier(street).changes) == count


def test_a_peer_that_is_not_there_is_refused(street):
    with pytest.raises(ValueError, match="no node 'p9'"):
        street.peer("p1-gate", "p9")
    with pytest.raises(ValueError, match="already"):
        street.peer("p1-gate", "p2-gate")
