"""The bench's city in small: its nodes are what a node with a radio assembles, and an alarm is known before its record comes."""

from types import SimpleNamespace

import pytest
from gilmok_node.joining import make_uplink
from gilmok_wire.windows import ALWAYS, UNTIL_ANSWERED, lora_link

from bench import radio_fleet, radio_port
from bench.radio_city import City
from bench.radio_fleet import Fleet
from bench.radio_nodes import CHANNELS
from bench.radio_port import make_port

NODES = 4
MINUTE_US = 60_000_000


@pytest.fixture
def fleet(monkeypatch):
    monkeypatch.setattr(radio_fleet, "read_minutes", lambda: [tuple(range(row, row + len(CHANNELS))) for row in range(60)])
    with Fleet(City(1, NODES, loss=0.1), 1, make_port) as fleet:
        yield fleet


def test_its_nodes_have_the_session_that_a_node_with_a_radio_has(fleet):
    config = SimpleNamespace(digest=b"conf", store=None, key=bytes(16), device=1, history=0)
    port = SimpleNamespace(cost=2, link=lora_link((9, 125_000, 128), 2500), up=True)
    uplink = make_uplink(config, fleet.nodes[0].log, {}, [port], lambda: bytes(8), None)
    assert type(uplink.session) is type(fleet.nodes[0].session)


@pytest.mark.parametrize("listens", [ALWAYS, UNTIL_ANSWERED])
def test_who_listens_at_once_hears_the_answer_to_its_alarm(monkeypatch, listens):
    """Its second copy leaves the answer room: right behind the first it met every answer of a quick collector, again and again."""
    monkeypatch.setattr(radio_fleet, "read_minutes", lambda: [tuple(range(row, row + len(CHANNELS))) for row in range(60)])
    monkeypatch.setattr(radio_port, "LISTENS", listens)
    with Fleet(City(1, NODES), 1, make_port, listens=listens) as fleet:
        fleet.run(30 * MINUTE_US)
        for node in fleet.nodes:
            missed, sent = node.port.missed, node.radio.station.sent
            node.raise_alarm()
            fleet.run(3_000_000)
            assert node.session._alert is None and node.port.missed == missed
            assert node.radio.station.sent - sent <= 2, "the alert once, and its record"
        assert len(fleet.late_ms) == NODES and max(late for _, late in fleet.late_ms) < 2_000


def test_alarms_are_known_by_their_alerts_and_everything_is_stored(fleet):
    fleet.run(30 * MINUTE_US)
    fleet.alarms(NODES, MINUTE_US, each_once=True)
    fleet.run(10 * MINUTE_US)
    assert len(fleet.late_ms) == fleet.raised() == NODES
    assert max(late for _, late in fleet.late_ms) <= 10_000, fleet.late_ms
    assert all(node.announced.end_of(0) == len(node.alarms_ms) for node in fleet.nodes)
    fleet.stop_measuring()
    assert fleet.run_until(lambda: fleet.missing() == 0, 120 * MINUTE_US) is not None
    assert fleet.lost() == 0
