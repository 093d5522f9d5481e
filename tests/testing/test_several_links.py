"""A node with a line and a radio on the street: whatever comes and goes, nothing is lost, and the air is spared as its site says."""

import pytest
from gilmok.street import Street
from gilmok_node.console import status
from gilmok_node.uplink import NEVER
from gilmok_site.rules import id_of
from support.ruled import give, output, rule, step
from support.street_radio import StreetRadio

FLOOD = rule("flood", step(3, 1800, 2000, targets=[0], quantity=8, on_ms=20_000))


def make_street(folder, history=0, seed=3, loss=0.3):
    """Return a street, its gate with a flood rule, and the gate's radio."""
    folder.mkdir(exist_ok=True)
    street = Street(seed, folder=folder)
    gate = street.node("gate", mounted=3.0)
    radio = StreetRadio(street, gate, loss, seed)
    give(gate, rules=[FLOOD], outputs=[output("siren", 32)], more={26: history})
    gate.set(level=0.5)
    street.run("1 min")
    return street, gate, radio


@pytest.fixture
def street(tmp_path):
    made = make_street(tmp_path)
    yield made
    made[0].close()


def drained(street):
    """Run until everything is settled, and check the books."""
    street.drain()
    street.check()
    assert street.lost == 0


def stored_alarms(street):
    with street.store.open() as store:
        return [record.values for record in store.records(stream="alarm")]


def test_the_line_carries_all_while_it_answers(street):
    street, gate, radio = street
    street.run("20 min")
    drained(street)
    assert radio.frames <= 3, "at most while it greeted"
    assert any(line.startswith("link     serial") and "not acknowledged" in line for line in status(gate.machine.node))


def test_a_cut_line_is_passed_by_through_the_air_and_taken_again(street):
    street, gate, radio = street
    gate.line.cut()
    street.run("10 min")
    assert gate.machine.node.uplink.port.name == "lora" and radio.frames > 10
    assert gate.backlog < 20, "the air keeps up with a reading every ten seconds"
    gate.line.mend()
    street.run("1 min")
    assert gate.machine.node.uplink.port.name == "serial"
    frames = radio.frames
    street.run("5 min")
    assert radio.frames == frames
    drained(street)


def test_an_alarm_comes_through_the_air_when_the_line_is_cut_in_that_very_moment(street):
    street, gate, radio = street
    radio.loss = 0
    gate.line.cut()
    gate.set(level=1.5)
    street.run_until(lambda: gate.output("siren").commanded == "on", at_most="1 min")
    street.run("1 s")
    assert stored_alarms(street), "one time on air after it was raised"
    assert stored_alarms(street)[-1][0] == id_of("flood")
    gate.line.mend()
    drained(street)


def test_history_waits_for_the_line_and_alarms_do_not(tmp_path):
    street, gate, radio = make_street(tmp_path, NEVER, loss=0.1)
    gate.line.cut()
    gate.set(level=1.5)
    street.run("30 min")
    river = next(stream for stream in gate.machine.node.session.streams if stream.info and stream.info.name == "river")
    assert 180 <= river.backlog() <= 182, "every reading since the cut"
    assert stored_alarms(street) and radio.frames < 250, "health every minute, and the alarm"
    gate.line.mend()
    drained(street)
    street.close()


def test_whatever_comes_and_goes_nothing_is_lost(tmp_path):
    for seed in (1, 2):
        street, gate, radio = make_street(tmp_path / str(seed), seed=seed)
        dice = street.random("disturbance")
        for _ in range(25):
            act = dice.randrange(6)
            if act < 2:
                gate.line.mend() if gate.line.is_cut else gate.line.cut()
            elif act == 2:
                radio.loss = dice.choice((0.1, 0.3, 0.6, 1))
            elif act == 3:
                gate.set(level=dice.choice((0.5, 1.5)))
            elif act == 4 and dice.random() < 0.4:
                gate.reboot()
            elif act == 5:
                street.collector.kill()
                street.collector.start()
            street.run(f"{dice.randrange(1, 90)} s")
        gate.line.mend()
        drained(street)
        street.close()
