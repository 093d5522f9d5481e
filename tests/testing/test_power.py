"""A node whose supply runs down sheds work step by step, says so once, and leaves its flash alone; its alarms are told last of all."""

import pytest
from gilmok.street import Street
from gilmok_node import power, uplink
from gilmok_site.rules import id_of
from support.ruled import give, output, rule, step
from support.street_radio import StreetRadio

SENSORS = {
    "battery": {"driver": "battery", "pin": 1, "every": "10 s", "divider_upper_kohm": 470, "divider_lower_kohm": 100},
    "river": {"driver": "a02yyuw", "uart": 1, "every": "10 s"},
    "weather": {"driver": "bme280", "i2c": 0, "every": "10 s"},
}
BATTERY, RIVER, WEATHER = range(3)
LIMITS = [0, BATTERY, 0, 1180, 1120, 30]  # 11.80 V, 11.20 V, 0.30 V
FLOOD = rule("flood", step(3, 1800, 2000, targets=[0], quantity=8, on_ms=20_000), source=(0, RIVER, 0))


@pytest.fixture
def gauge(tmp_path):
    street = Street(5, folder=tmp_path)
    node = street.node("gauge", sensors=SENSORS, mounted=3.0)
    give(node, rules=[FLOOD], outputs=[output("siren", pin=32)], more={24: LIMITS})
    node.set(level=0.5, voltage=12.6)
    street.run("2 min")
    node.run, node.street = street.run, street
    yield node
    street.check()
    street.close()


def counts(node):
    """Return how many records of each sensor there are."""
    log = node.machine.node.log
    infos = {stream.info.name: stream.number for stream in node.machine.node.session.streams if stream.info}
    return {name: log.next(infos[name]) for name in ("battery", "river", "weather", "health")}


def grown(node, span):
    before = counts(node)
    node.run(span)
    return {name: count - before[name] for name, count in counts(node).items()}


def test_a_full_battery_changes_nothing(gauge):
    assert grown(gauge, "10 min") == {"battery": 60, "river": 60, "weather": 60, "health": 10}


def test_what_no_rule_watches_is_shed_first(gauge):
    gauge.set(voltage=11.5)
    gauge.run("2 min")
    assert grown(gauge, "10 min") == {"battery": 60, "river": 60, "weather": 10, "health": 10}
    gauge.set(voltage=11.9)  # not above the margin yet
    gauge.run("2 min")
    assert grown(gauge, "10 min")["weather"] == 10
    gauge.set(voltage=12.2)
    gauge.run("2 min")
    assert grown(gauge, "10 min")["weather"] == 60


def test_a_dip_sheds_nothing(gauge):
    gauge.set(voltage=10.0)
    gauge.run("20 s")
    gauge.set(voltage=12.6)
    assert grown(gauge, "10 min")["weather"] == 60
    assert not gauge.machine.node.log.is_closed


def records(node, stream="alarm"):
    """Return (log, number, boot, event) of all that is stored of a stream of events."""
    with node.street.store.open() as store:
        return [(each.log, each.seq, each.boot, each.values[1]) for each in store.records(stream=stream)]


def test_below_the_last_limit_nothing_is_written_outputs_act_and_people_are_told(gauge):
    gauge.set(voltage=11.0)
    gauge.run("1 min")
    operations, kept, health = gauge.device.operations, gauge.device.load_kept(), counts(gauge)["health"]
    gauge.run("1 h")
    gauge.set(level=1.5)
    gauge.run("35 s")  # the rule waits for 20
    assert gauge.output("siren").commanded == "on"
    told, moves = records(gauge), records(gauge, "output")
    assert len(told) == 1 and len(moves) == 1, "as soon as it is judged"
    assert gauge.device.operations == operations
    gauge.run("1 h")
    gauge.set(level=0.5)
    gauge.run("10 min")
    assert gauge.output("siren").commanded == "off"
    told, moves = records(gauge), records(gauge, "output")
    assert len(told) == 2 and len(moves) == 2 and gauge.drained
    assert gauge.device.operations == operations and gauge.device.load_kept() == kept
    gauge.set(voltage=12.6)
    gauge.run("2 min")
    assert counts(gauge)["health"] >= health + 1
    gauge.run("5 min")
    assert (records(gauge), records(gauge, "output")) == (told, moves) and not gauge.street.store.gaps("gauge")
    gauge.reboot()
    alarm = next(stream.number for stream in gauge.machine.node.session.streams if stream.info and stream.info.name == "alarm")
    assert [gauge.machine.node.log.read(alarm, number).sequence for _, number, _, _ in told] == [0, 1], "and it is on flash by now"


@pytest.mark.parametrize("voltage", [12.6, 11.0])
def test_power_that_fails_in_the_dark_takes_back_nothing_that_was_told(gauge, voltage):
    gauge.set(voltage=11.0)
    gauge.run("1 min")
    gauge.set(level=1.5)
    gauge.run("1 min")
    told = records(gauge)
    assert len(told) == 1
    gauge.line.cut()
    gauge.set(level=0.5)
    gauge.run("10 min")  # the end of the alarm is told to nobody before power fails
    gauge.power_cut()
    gauge.line.mend()
    gauge.set(voltage=voltage, level=1.5)
    gauge.run("1 min")
    gauge.power_on()
    gauge.run("10 min")
    found = records(gauge)
    assert gauge.output("siren").commanded == "on" and gauge.machine.node.log.is_closed == (voltage == 11.0)
    assert found[:1] == told and len(found) == 2 and found[1][2] > found[0][2]
    assert found[1][0] == found[0][0], "the log goes on: what it holds need not be sent again"
    gaps = [gap for gap in gauge.street.store.gaps("gauge") if gap.stream == "alarm"]
    assert [(gap.first, gap.end) for gap in gaps] == [(found[0][1] + 1, found[1][1])], "all that may have been is a gap"
    assert not any(stream.backlog() for stream in gauge.machine.node.session.streams if stream.urgent)


def test_a_flood_in_the_dark_comes_by_radio(tmp_path):
    street = Street(5, folder=tmp_path)
    node = street.node("gauge", sensors=SENSORS, mounted=3.0)
    radio = StreetRadio(street, node, loss=0.3)
    give(node, rules=[FLOOD], outputs=[output("siren", pin=32)], more={24: LIMITS})
    node.street = street
    node.set(level=0.5, voltage=12.6)
    node.line.cut()
    street.run("5 min")
    node.set(voltage=11.0)
    street.run("5 min")
    frames = radio.frames
    street.run("1 h")
    quiet = radio.frames - frames
    node.set(level=1.5)
    street.run("1 min")
    assert len(records(node)) == 1 and node.machine.node.log.is_closed
    assert quiet < 12, "who is dark has nothing else to say"
    street.check()
    street.close()


def test_the_last_that_is_written_says_how_it_stood(gauge):
    before = counts(gauge)["health"]
    gauge.set(voltage=11.0)
    gauge.run("31 s")
    after = counts(gauge)["health"]
    gauge.run("10 min")
    assert counts(gauge)["health"] == after > before
    assert gauge.drained  # and it is with the collector


def test_a_gauge_that_fails_in_the_dark_silences_nobody_for_good(gauge):
    gauge.set(voltage=11.0)
    gauge.run("1 min")
    assert gauge.machine.node.log.is_closed
    gauge.set(voltage=20.0)  # beyond what the divider brings into the ADC's range: missing
    gauge.run("11 min")
    assert not gauge.machine.node.log.is_closed


def test_a_missing_voltage_is_no_empty_battery(gauge):
    gauge.sensor("battery").fault = "silence"
    gauge.run("10 min")
    assert not gauge.machine.node.log.is_closed
    assert grown(gauge, "10 min")["weather"] == 60


def test_history_waits_on_a_radio_while_the_supply_is_low_and_alarms_do_not(tmp_path):
    street = Street(5, folder=tmp_path)
    node = street.node("gauge", sensors=SENSORS, mounted=3.0)
    radio = StreetRadio(street, node, loss=0)
    give(node, rules=[FLOOD], outputs=[output("siren", pin=32)], more={24: LIMITS})
    node.set(level=0.5, voltage=12.6)
    node.line.cut()
    street.run("5 min")
    river = next(stream for stream in node.machine.node.session.streams if stream.info and stream.info.name == "river")
    assert node.machine.node.uplink.port.name == "lora" and river.backlog() < 12
    node.set(voltage=11.5)
    street.run("1 min")
    frames, held = radio.frames, river.backlog()
    node.set(level=1.5)
    street.run("20 min")
    assert river.backlog() == held + 120, "every reading since the supply ran low"
    with street.store.open() as store:
        assert [record.values[0] for record in store.records(stream="alarm")][-1] == id_of("flood")
    assert radio.frames - frames < 80, "health every minute, and the alarm"
    node.set(voltage=12.6)
    street.run("20 min")
    assert river.backlog() < 12
    street.check()
    street.close()


def test_power_means_the_policy_that_the_uplink_means():
    assert power._NEVER == uplink.NEVER
