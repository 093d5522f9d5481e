"""A waveform over a radio of 51 bytes a frame: in pieces, behind everything else, taken up after days where it stopped."""

import pytest
from gilmok.street import Street
from gilmok_site.rules import id_of
from support.ruled import give, output, rule, step
from support.street_radio import StreetRadio

SENSORS = {
    "river": {"driver": "a02yyuw", "uart": 1, "every": "10 s"},
    "deck": {"driver": "adxl355", "spi": 1, "cs": 0, "every": "1 min", "sample_ms": 32},
}
FLOOD = rule("flood", step(3, 1800, 2000, targets=[0], quantity=8, on_ms=20_000))
LOSS = 0.2


@pytest.fixture
def bridge(tmp_path):
    street = Street(5, folder=tmp_path)
    node = street.node("bridge", SENSORS, mounted=3.0)
    StreetRadio(street, node, LOSS)
    give(node, rules=[FLOOD], outputs=[output("siren", 32)])
    node.set(level=0.5)
    street.run("1 min")
    node.line.cut()
    node.capture("deck")
    street.run("30 s")
    node.machine.node.capture("deck", False)
    node.street = street
    yield node
    street.close()


def waveform(node):
    return next(stream for stream in node.machine.node.session.streams if stream.waveform)


def test_a_waveform_goes_in_pieces_behind_all_else_and_goes_on_after_two_days(bridge):
    street = bridge.street
    street.run("2 min")
    samples = bridge.machine.node.log.next(waveform(bridge).number)
    assert samples > 900 and 0.2 * samples < waveform(bridge).backlog() < 0.9 * samples, "in the middle of it"
    bridge.set(level=1.5)
    street.run("1 min")
    with street.store.open() as store:
        assert [record.values[0] for record in store.records(stream="alarm")] == [id_of("flood")], "an alarm overtakes it"
    river = next(stream for stream in bridge.machine.node.session.streams if stream.info and stream.info.name == "river")
    left = waveform(bridge).backlog()
    assert left and river.backlog() <= 6, "readings do too"
    bridge.power_cut()
    street.collector.kill()
    street.run("2 d")
    street.collector.start()
    bridge.power_on()
    street.run_until(lambda: waveform(bridge).agreed, at_most="5 min")
    assert 0 < waveform(bridge).backlog() <= left, "what has come is not sent again"
    street.run_until(lambda: not waveform(bridge).backlog(), at_most="30 min")
    bridge.line.mend()  # for what has been measured since
    street.drain()
    street.check()
    assert street.lost == 0
    assert len(street.store.readings("bridge", "deck.waveform.x")) == samples
