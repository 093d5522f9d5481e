"""A log that fails keeps no sensor from being judged and no output from acting."""

from types import SimpleNamespace

import pytest
from gilmok.street import Street
from gilmok_node.log import LogError
from gilmok_node.sampler import Sampler
from support.ruled import give, output, rule, step

FLOOD = rule("flood", step(3, 1800, 2000, targets=[0], quantity=8), source=(0, 1, 0))
SENSORS = {
    "air": {"driver": "bme280", "i2c": 0, "every": "10 s"},
    "river": {"driver": "a02yyuw", "uart": 1, "every": "10 s"},
}


@pytest.fixture
def street(tmp_path):
    street = Street(3, folder=tmp_path)
    yield street
    street.close()


def test_outputs_act_while_the_log_takes_nothing(street):
    gate = street.node("gate", SENSORS, mounted=3.0)
    give(gate, rules=[FLOOD], outputs=[output("siren")])
    gate.set(level=0.5)
    street.run("1 min")

    def refuse(*args):
        raise LogError("worn out")

    gate.machine.node.log.append = refuse
    gate.set(level=1.5)
    street.run("1 min")
    assert gate.output("siren").commanded == "on"
    gate.set(level=0.5)
    street.run("1 min")
    assert gate.output("siren").commanded == "off"
    assert gate.machine.node.log_faults > 4


def test_what_waits_for_a_dead_log_is_bounded(street):
    gate = street.node("gate", SENSORS, mounted=3.0)
    give(gate, rules=[FLOOD], outputs=[output("siren")])
    alarms = gate.machine.node.alarms
    for number in range(200):
        alarms.note(None, number, ())
    assert len(alarms._pending) == 128 and alarms._pending[-1][1] == 199


def test_a_sampler_goes_on_behind_a_record_that_failed():
    taken = []

    def append(tick, values):
        taken.append(tick)
        raise LogError("worn out")

    driver = SimpleNamespace(CHANNELS=(("x", "1", 0),), begin=lambda now: 0, start=lambda now: 0, read=lambda now: (1,))
    sampler = Sampler("x", driver, 1000, SimpleNamespace(append=append), None, lambda sampler, error: None)
    for now_ms in range(0, 3500, 500):
        try:
            sampler.poll(now_ms)
        except LogError:
            pass
    assert taken == [1000, 2000, 3000]
