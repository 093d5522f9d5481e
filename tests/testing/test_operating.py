"""Commands to a street's node: carried out once, refused when late, and true after a power cut."""

import sys
from types import SimpleNamespace
from unittest.mock import Mock

import cbor2
import pytest
from gilmok.street import Street
from gilmok_node import console
from gilmok_node.judge import operating
from gilmok_node.judge.operating import operate
from gilmok_rules.lifecycle import STATES
from gilmok_site.rules import id_of
from support.ruled import give, output, rule, step

FLOOD = rule("flood", step(3, 1800, 2000, targets=[0], quantity=8))
SIREN = output("siren", pin=32)
AUTHOR = "duty officer"


@pytest.fixture
def street(tmp_path):
    street = Street(3, folder=tmp_path)
    gate = street.node("gate", mounted=3.0)
    give(gate, rules=[FLOOD], outputs=[SIREN])
    gate.set(level=0.5)
    street.run("1 min")
    yield street
    street.close()


def session_of(street):
    return street.collector.engine.devices[street.nodes["gate"].device.address].session


def send(street, number, name, *argument, expires_s=3600, span="1 s"):
    """Return [status, value] of a command, given to the session as the store does."""
    results = []
    engine = street.collector.engine
    engine._on_event = lambda device, event: results.append(list(event[2:])) if event[:2] == ("result", number) else None
    session_of(street).commands.add(number, name, [AUTHOR, street.unix_ms() // 1000 + expires_s, *argument])
    street.run_until(lambda: results, at_most="15 min")
    street.run(span)
    return results[0]


def last_alarm(street):
    with street.store.open() as store:
        return [record.values for record in store.records(stream="alarm")][-1]


def test_an_acknowledgement_is_read_back_and_recorded_with_its_command(street):
    street.nodes["gate"].set(level=1.5)
    street.run("30 s")
    status, value = send(street, 4711, "ack", id_of("flood"))
    assert (status, STATES[value[0]], value[1]) == (0, "acknowledged", 3)
    assert last_alarm(street)[8] == 4711
    assert street.alarm("gate/flood").state == "acknowledged"
    assert send(street, 4712, "ack", id_of("flood"))[0] == 5
    assert send(street, 4713, "ack", 99)[0] == 2
    assert send(street, 4714, "dance", 99)[0] == 1


def test_a_repeated_command_is_answered_and_not_done_again(street):
    gate = street.nodes["gate"]
    assert send(street, 5, "test", id_of("siren"), 5) == [0, [1, None]]
    gate.reboot()
    street.run("20 s")
    assert send(street, 5, "test", id_of("siren"), 5)[0] == 6
    assert [state for _, state in gate.output("siren").changes] == ["on", "off"]


class Full:
    """A module for whose code a full heap has no room so often."""

    def __init__(self, module, times):
        self.module, self.times = module, times

    def __getattr__(self, name):
        if name in ("operate", "answer") and self.times:
            self.times -= 1
            raise MemoryError
        return getattr(self.module, name)


def test_a_command_that_a_full_heap_has_no_room_for_is_carried_out_when_it_has(street, monkeypatch):
    gate = street.nodes["gate"]
    boot = gate.machine.node.log.boot
    full = Full(operating, 3)
    monkeypatch.setitem(sys.modules, "gilmok_node.judge.operating", full)
    assert send(street, 5, "test", id_of("siren"), 5)[0] == 0 and not full.times
    node = gate.machine.node
    assert node.log.boot == boot and node.session.counters["starved"] == 3
    street.run("20 s")
    assert [state for _, state in gate.output("siren").changes] == ["on", "off"]


def test_a_person_whom_a_full_heap_has_no_room_to_answer_is_told_so(street, monkeypatch):
    node = street.nodes["gate"].machine.node
    said = []
    port = SimpleNamespace(say=said.append)
    monkeypatch.setitem(sys.modules, "gilmok_node.console", Full(console, 1))
    for _ in range(2):
        node._on_line("status", port)
    assert said[0] == "no room in the heap for an answer" and said[1].startswith("gilmok ")
    monkeypatch.setattr(node.log, "fill", Mock(side_effect=MemoryError))
    assert console.answer(node, "status") == ["no room in the heap for the status"]
    port = node.ports[0]
    monkeypatch.setattr(port, "write", Mock(side_effect=MemoryError))
    port.say("a line for people is worth no restart")


def test_late_commands_and_those_without_time_are_refused(street):
    gate = street.nodes["gate"]
    assert send(street, 6, "test", id_of("siren"), 5, expires_s=-1)[0] == 3
    assert gate.output("siren").changes == []


def test_a_shelf_outlives_a_power_cut_and_ends(street):
    gate = street.nodes["gate"]
    assert send(street, 7, "shelve", id_of("flood"), 3600)[0] == 0
    gate.power_cut()
    gate.power_on()
    gate.set(level=1.5)
    street.run("30 min")
    assert street.alarm("gate/flood").state == "shelved"
    assert gate.output("siren").commanded == "off"
    street.run("31 min")
    assert street.alarm("gate/flood").state == "unacknowledged"
    assert gate.output("siren").commanded == "on"


def test_maintenance_keeps_outputs_safe_and_ends_by_itself(street):
    gate = street.nodes["gate"]
    assert send(street, 8, "maintain", 600)[0] == 0
    gate.set(level=1.5)
    street.run("1 min")
    assert gate.output("siren").commanded == "off"
    assert street.alarm("gate/flood").level == "alert"
    assert send(street, 9, "test", id_of("siren"), 20)[1][0] == 1
    street.run("10 min")
    assert gate.output("siren").commanded == "on"
    with street.store.open() as store:
        events = [record.values[:2] for record in store.records(stream="alarm") if record.values[0] == 0]
    assert events == [(0, 13), (0, 14)]


def test_a_threshold_is_set_read_back_and_outlives_a_power_cut(street):
    gate = street.nodes["gate"]
    higher = cbor2.dumps(rule("flood", step(3, 1000, 1200, targets=[0], quantity=8)), canonical=True)
    assert send(street, 10, "rule", higher) == [0, higher]
    gate.power_cut()
    gate.power_on()
    gate.set(level=1.5)
    street.run("30 s")
    assert street.alarm("gate/flood").level == "normal"
    gate.set(level=2.1)
    street.run("30 s")
    assert street.alarm("gate/flood").level == "alert"
    bad = cbor2.dumps(rule("flood", step(3, 1000, 900, targets=[0], quantity=8)), canonical=True)
    status, why = send(street, 11, "rule", bad)
    assert (status, why) == (5, "it would clear where it is active")
    assert send(street, 12, "rule", b"\xff")[0] == 2


def test_an_alarm_out_of_service_comes_back_when_told(street):
    assert send(street, 13, "service", id_of("flood"), 0)[1] == [STATES.index("out_of_service"), 0]
    street.nodes["gate"].set(level=1.5)
    street.run("30 s")
    assert street.nodes["gate"].output("siren").commanded == "off"
    assert send(street, 14, "service", id_of("flood"), 1)[1] == [STATES.index("unacknowledged"), 3]
    assert street.nodes["gate"].output("siren").commanded == "on"


def test_a_lease_ends_without_its_holder(street):
    gate = street.nodes["gate"]
    assert send(street, 15, "lease", id_of("siren"), 77, 30)[0] == 0
    assert gate.output("siren").commanded == "on"
    street.run("30 s")
    assert gate.output("siren").commanded == "off"


def test_what_makes_no_sense_is_answered_and_stops_nothing(street):
    alarms = street.nodes["gate"].machine.node.alarms
    late = [AUTHOR, 1 << 40]
    for number, (name, argument) in enumerate(
        (
            ("ack", {0: AUTHOR, 2: 1}),
            ("ack", None),
            ("ack", 7),
            ("lease", [*late, id_of("siren"), 1 << 60, 10]),
            ("lease", [*late, id_of("siren"), 0, 10]),
            ("lease", [*late, id_of("siren"), -1, 10]),
            ("shelve", [*late, id_of("flood"), 1 << 40]),
            ("rule", [*late, cbor2.dumps({1: 2})]),
            ("rule", [*late, b""]),
            ("rule", [*late, cbor2.dumps([id_of("flood"), 0, 0, None, 0])]),
        )
    ):
        assert operate(alarms, 100 + number, name, argument, 61_000, 1_800_000_000)[0] == 2, name
    assert not alarms.outputs[0].output.commanded
