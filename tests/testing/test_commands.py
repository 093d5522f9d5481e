"""Commands from the store to a real node and back, and the alarm events that come of them: the whole way on virtual time."""

import pytest
from gilmok.street import Street
from gilmok.street.alarm import id_of
from gilmok_collector.alarms.names import NoNames, RuleName, StepName
from gilmok_collector.alarms.projection import Projection
from gilmok_collector.alarms.states import alarm_states, in_order, occurrences, output_states
from support.ruled import give, output, rule, step

# The A02YYUW stands 3 m above the datum and measures a distance in mm: "below" is high water.
FLOOD = rule("flood", step(2, 2200, 2300, quantity=8), step(3, 1800, 2000, targets=[0], quantity=8, on_ms=20_000))
LATCHING = rule("high", step(2, 2200, 2300, quantity=8), flags=1)
SIREN = output("siren", pin=32)


class Names(NoNames):
    """Names as a site gives them."""

    def node(self, device):
        return "gate"

    def rule(self, device, number):
        steps = {3: StepName({"watch": "river.distance", "below": True}, "m", 2000)}
        known = {id_of(name): RuleName(name, 1, steps) for name in ("flood", "high")}
        return known.get(number)

    def output(self, device, number):
        return "siren" if number == id_of("siren") else None


@pytest.fixture
def street(tmp_path):
    street = Street(3, folder=tmp_path)
    gate = street.node("gate", mounted=3.0)
    give(gate, rules=[FLOOD, LATCHING], outputs=[SIREN])
    gate.set(level=0.5)
    street.run("1 min")
    gate.set(level=1.3)
    street.run("45 s")
    assert street.alarm("gate/flood").state == "unacknowledged"
    yield street
    street.close()


def command(street, name, *parameters, **facts):
    return street.collector.command(street.nodes["gate"].device.address, name, *parameters, **facts)


def found(street, number):
    return street.collector.store.commands.find(number)


def project(street):
    Projection(street.collector.store, Names()).run()
    return street.collector.store


def test_an_acknowledgement_reaches_the_node_and_comes_back_with_its_cause(street):
    number = command(street, "ack", id_of("flood"))
    street.run("3 s")
    assert street.alarm("gate/flood").state == "acknowledged"
    done = found(street, number)
    assert (done.state, done.value) == ("done", [2, 3])
    street.run("10 s")
    store = project(street)
    told = in_order(store.alarms.events("gate", "flood"))
    assert [(event.event, event.state, event.level) for event in told] == [
        ("raise", "unacknowledged", 2),
        ("escalate", "unacknowledged", 3),
        ("acknowledge", "acknowledged", 3),
    ]
    assert told[-1].cause == number and store.commands.find(told[-1].cause).author == "duty officer"
    escalated = told[1]
    assert (escalated.value, escalated.limit, escalated.unit, escalated.detail) == (1.7, 1.8, "m", 20_000)
    assert abs(escalated.unix_ms - escalated.received_ms) < 3000
    assert [len(each.events) for each in occurrences(told)] == [3]
    assert [(state.rule, state.state) for state in alarm_states(store)] == [("flood", "acknowledged"), ("high", "unacknowledged")]
    assert [(state.name, state.event, state.commanded) for state in output_states(store)] == [("gate.siren", "commanded", 1)]
    street.check()


def test_shelving_silences_the_siren_until_it_ends(street):
    gate = street.nodes["gate"]
    number = command(street, "shelve", id_of("flood"), 120)
    street.run("3 s")
    assert (gate.output("siren").commanded, street.alarm("gate/flood").state) == ("off", "shelved")
    street.run("2 min")
    assert (gate.output("siren").commanded, street.alarm("gate/flood").state) == ("on", "unacknowledged")
    events = project(street).alarms.events("gate", "flood")
    shelf = next(event for event in events if event.event == "shelve")
    assert (shelf.detail, shelf.cause) == (120_000, number)


def test_commands_given_at_once_are_done_in_their_order(street):
    numbers = [
        command(street, "service", id_of("flood"), 0),
        command(street, "service", id_of("flood"), 1),
        command(street, "ack", id_of("flood")),
    ]
    street.run("10 s")
    assert [found(street, number).state for number in numbers] == ["done"] * 3
    assert street.alarm("gate/flood").state == "acknowledged"


def test_what_makes_no_sense_is_refused_with_what_stands(street):
    number = command(street, "reset", id_of("flood"))
    strange = command(street, "ack", 12345)
    unknown = command(street, "dance")
    street.run("5 s")
    assert (found(street, number).state, found(street, number).value) == ("refused", [1, 3])
    assert [found(street, each).status for each in (strange, unknown)] == [2, 1]


def test_a_latched_alarm_is_reset(street):
    street.nodes["gate"].set(level=0.5)
    street.run("1 min")
    assert street.alarm("gate/high").state == "latched"
    command(street, "reset", id_of("high"))
    street.run("3 s")
    assert street.alarm("gate/high").state == "normal"


def test_a_command_waits_out_dead_collectors_cut_lines_and_power_cuts(street):
    gate = street.nodes["gate"]
    street.link("gate").cut()
    number = command(street, "ack", id_of("flood"), lasts_ms=3_600_000)
    street.run("30 s")
    assert found(street, number).state == "sent"
    street.collector.kill()
    gate.power_cut()
    street.run("1 min")
    gate.power_on()
    street.collector.start()
    street.link("gate").mend()
    street.run("5 min")
    assert found(street, number).state == "done"
    assert street.alarm("gate/flood").state == "acknowledged"
    street.check()
    assert [event.event for event in project(street).alarms.events("gate", "flood")].count("acknowledge") == 1


def test_a_command_that_expired_on_its_way_changes_nothing(street):
    street.link("gate").cut()
    number = command(street, "ack", id_of("flood"), lasts_ms=20_000)
    street.run("30 s")
    street.link("gate").mend()
    street.run("5 min")
    assert found(street, number).state == "expired"
    assert street.alarm("gate/flood").state == "unacknowledged"


def test_maintenance_is_told_and_ends(street):
    gate = street.nodes["gate"]
    command(street, "maintain", 60)
    street.run("5 s")
    assert gate.output("siren").commanded == "off"
    street.run("2 min")
    assert gate.output("siren").commanded == "on"
    told = project(street).alarms.events("gate", "maintenance")
    assert [(event.event, event.detail) for event in told] == [("maintain", 60_000), ("resume", 0)]
