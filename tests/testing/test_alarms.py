"""A street's node that judges: outputs act at once, alarms are recorded and survive, commands are carried out once."""

import pytest
from gilmok.street import Street
from gilmok_node.console import answer
from support.ruled import give, output, rule, step

# The A02YYUW stands 3 m above the datum and measures a distance in mm: "below" is high water.
FLOOD = rule("flood", step(2, 2200, 2300, quantity=8), step(3, 1800, 2000, targets=[0, 1], quantity=8, on_ms=20_000))
SIREN = output("siren", pin=32)
BARRIER = output("barrier", pin=33, inputs=[(0, 34, 1), (1, 35, 1), (2, 36, 0)], confirm_ms=20_000)
JAMMED = rule("barrier-unconfirmed", step(3, 1, 1), source=(3, 1))
TABLES = {"rules": [FLOOD, JAMMED], "outputs": [SIREN, BARRIER]}


@pytest.fixture
def street(tmp_path):
    street = Street(3, folder=tmp_path)
    gate = street.node("gate", mounted=3.0)
    give(gate, **TABLES)
    gate.output("barrier").take(6)
    gate.set(level=0.5)
    street.run("1 min")
    yield street
    street.close()


def records(street, stream):
    with street.store.open() as store:
        return [record.values for record in store.records(stream=stream)]


def test_high_water_brings_the_barrier_down_and_it_is_confirmed(street):
    gate = street.nodes["gate"]
    gate.set(level=1.3)
    street.run("25 s")
    assert street.alarm("gate/flood").level == "caution"
    street.run("10 s")
    assert street.alarm("gate/flood").level == "alert"
    assert (gate.output("siren").commanded, gate.output("barrier").commanded) == ("on", "on")
    street.run("10 s")
    assert gate.output("barrier").confirmed == gate.output("barrier").actual == "on"
    gate.set(level=0.5)
    street.run("30 s")
    assert street.alarm("gate/flood").level == "normal"
    assert street.alarm("gate/flood").state == "returned_unacknowledged"
    assert gate.output("barrier").confirmed == "off"
    assert [values[1] for values in records(street, "alarm")] == [0, 1, 3]
    assert [values[:3] for values in records(street, "output")] != []
    street.check()


def test_the_output_acts_without_any_link(street):
    gate = street.nodes["gate"]
    street.collector.kill()
    street.link("gate").cut()
    gate.set(level=1.3)
    street.run("40 s")
    assert gate.output("barrier").confirmed == "on"
    street.link("gate").mend()
    street.collector.start()
    street.run("3 min")
    assert [values[1] for values in records(street, "alarm")] == [0, 1]


def test_a_barrier_that_jams_raises_its_own_alarm(street):
    gate = street.nodes["gate"]
    gate.output("barrier").jam()
    gate.set(level=1.3)
    street.run("70 s")
    assert gate.output("barrier").commanded == "on"
    assert gate.output("barrier").confirmed == "off"
    assert street.alarm("gate/barrier-unconfirmed").level == "alert"
    gate.output("barrier").jam(on=False)
    street.run("10 s")
    assert street.alarm("gate/barrier-unconfirmed").level == "normal"


def test_a_car_under_the_barrier_keeps_it_up(street):
    gate = street.nodes["gate"]
    gate.output("barrier").press("presence")
    gate.set(level=1.3)
    street.run("50 s")
    assert gate.output("siren").commanded == "on"
    assert gate.output("barrier").actual == "off"
    gate.output("barrier").press("presence", on=False)
    street.run("10 s")
    assert gate.output("barrier").actual == "on"


def test_a_power_cut_neither_forgets_nor_invents(street):
    gate = street.nodes["gate"]
    gate.set(level=1.3)
    street.run("45 s")
    gate.power_cut()
    assert gate.output("barrier").commanded == "off"
    street.run("1 min")
    assert gate.output("barrier").actual == "off"
    gate.sensor("river").fault = "silence"
    gate.power_on()
    street.run("10 s")
    assert street.alarm("gate/flood").level == "alert"  # nothing has said otherwise
    assert gate.output("barrier").confirmed == "on"
    gate.sensor("river").fault = None
    gate.set(level=0.5)
    street.run("2 min")
    assert gate.output("barrier").confirmed == "off"


def test_a_silent_sensor_neither_raises_nor_clears(street):
    gate = street.nodes["gate"]
    gate.set(level=1.3)
    street.run("45 s")
    gate.sensor("river").fault = "silence"
    gate.set(level=0.5)
    street.run("1 h")
    assert street.alarm("gate/flood").level == "alert"
    assert gate.output("barrier").commanded == "on"


def test_a_technician_at_the_port_begins_maintenance_which_ends_by_itself(street):
    node = street.nodes["gate"].machine.node
    assert answer(node, "maintain 9999")[0].startswith("commands:")
    assert answer(node, "maintain 10") == ["maintenance for 10 min: outputs stay fail-safe"]
    street.nodes["gate"].set(level=1.3)
    street.run("1 min")
    assert street.nodes["gate"].output("siren").commanded == "off"
    lines = answer(node, "status")
    assert "alarms   1 of 2 rules active, worst level 3" in lines
    assert "MAINTENANCE for 9 min more: outputs stay fail-safe" in lines or "MAINTENANCE for 10 min more: outputs stay fail-safe" in lines
    street.run("10 min")
    assert street.nodes["gate"].output("siren").commanded == "on"
    assert [values[:2] for values in records(street, "alarm") if values[0] == 0] == [(0, 13), (0, 14)]
