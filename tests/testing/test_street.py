"""A street of simulated nodes: what integrators write in their own tests, on virtual time."""

import pytest
from gilmok.street import Street, StreetError
from gilmok_site.errors import SiteError


def test_what_the_water_does_is_what_the_store_holds(street):
    gate = street.node("p1-gate")
    gate.set(level=0.4)
    street.run("1 min")
    gate.ramp(level=(0.4, 1.3), over="20 min")
    street.run("25 min")

    levels = street.store.readings("p1-gate", "river.water_level")
    assert levels[0].value == pytest.approx(0.4, abs=0.001)
    assert levels[-1].value == pytest.approx(1.3, abs=0.001)
    assert [each.value for each in levels] == sorted(each.value for each in levels)
    middle = next(each for each in levels if each.unix_ms - levels[0].unix_ms >= 11 * 60_000)
    assert middle.value == pytest.approx(0.85, abs=0.01)
    assert street.store.lost == street.store.duplicated == 0


def test_a_distance_is_set_as_the_sensor_sees_it(street):
    street.node("a", mounted=4.0).set(distance=2.5)
    street.run("2 min")
    assert street.store.readings("a", "river.distance")[-1].value == 2.5
    assert street.store.readings("a", "river.water_level")[-1].value == 1.5


def test_history_survives_a_dead_gateway(street):
    gate = street.node("p1-gate", link="usb")
    street.run("1 min")
    street.link("usb").cut()
    street.run("3 h")
    before = street.store.stored(gate)
    gate.power_cut()
    street.run("1 min")
    gate.power_on()
    street.link("usb").mend()
    street.run("15 min")
    assert street.store.stored(gate) > before + 1000
    assert street.store.gaps("p1-gate") == []
    street.drain()
    street.check()


def test_one_of_each_sensor_reaches_the_store(street):
    node = street.node("all", sensors="all")
    node.set(temperature=21.5, humidity=60, pressure=100_800, pm2_5=35)
    street.run("3 min")
    node.capture("bridge")
    street.run("10 s")
    street.drain()
    read = lambda name: street.store.readings(node, name)[-1].value  # noqa: E731
    assert read("air.temperature") == pytest.approx(21.5, abs=0.02)
    assert read("air.pressure") == pytest.approx(100_800, abs=3)
    assert read("dust.pm2_5") == 35
    assert read("bridge.rms_z") < 0.1
    assert len(street.store.readings(node, "bridge.waveform.x")) > 200
    street.check()


def test_a_full_ring_overwrites_and_the_store_knows_the_gap(street):
    small = street.node("small", sensors={"river": {"driver": "a02yyuw", "uart": 1, "every": "1 s"}}, blocks=(5, 3))
    street.run("1 min")
    small.line.cut()
    street.run("1 h")
    small.line.mend()
    street.drain()
    (river,) = [gap for gap in street.store.gaps("small") if gap.stream == "river"]
    assert 2000 < river.end - river.first < 3600
    census = street.census()
    assert census.is_sound and census.gaps > 2000 and not census.untold and not census.held


def test_a_silent_sensor_is_flagged_and_comes_back(street):
    node = street.node("a")
    street.run("1 min")
    node.sensor("river").fault = "silence"
    street.run("3 min")
    silent = len(street.store.readings("a", "river.distance"))
    node.sensor("river").fault = None
    street.run("5 min")
    assert len(street.store.readings("a", "river.distance")) > silent + 10
    assert [each.value for each in street.store.readings("a", "fault.fault")] == [3.0, 0.0]  # Silent, and back


def test_power_fails_in_the_middle_of_a_flash_operation(street):
    node = street.node("a")
    for _ in range(5):
        street.run("1 min")
        node.power_cut(torn=True)
        assert not node.powered
        node.power_on()
    street.drain()
    street.check()
    assert node.machine.boots == 6


def test_a_collector_killed_and_restored_gets_again_what_its_backup_lacks(street):
    node = street.node("a")
    street.run("5 min")
    backup = street.collector.backup()
    street.run("5 min")
    stored, epoch = street.store.stored(node), street.epoch
    street.collector.restore(backup)
    assert street.store.stored(node) < stored and street.epoch > epoch
    street.run("1 min")
    street.collector.kill()
    assert street.store.stored(node) >= stored, "the store answers while its collector is dead"
    street.run("5 min")
    street.collector.start()
    street.drain()
    street.check()
    assert street.store.gaps(node) == []


def test_a_reflashed_and_a_swapped_device_keep_the_nodes_history(street):
    node = street.node("a")
    node.set(level=0.5)
    street.run("3 min")
    street.drain()
    node.measuring = True
    node.reflash()
    street.run("3 min")
    old = node.swap_device()
    node.set(level=0.7)
    street.run("3 min")
    levels = street.store.readings(node, "river.water_level")
    assert len({each.device for each in levels}) == 2 and len({each.log for each in levels}) == 3
    assert (levels[0].value, levels[-1].value) == (0.5, 0.7)
    held = street.census().held
    node.swap_device(old)
    street.drain()
    assert street.census().held < held
    street.check()


def test_an_older_flash_image_forks_the_log(street):
    node = street.node("a")
    street.run("3 min")
    image = node.flash_image()
    street.run("3 min")
    log = node.machine.node.log.log_id
    node.restore_image(image)
    street.run("3 min")
    assert (node.machine.node.log.parent, node.machine.node.log.log_id != log) == (log, True)
    street.drain()
    street.check()


def test_a_full_disk_stops_acknowledging_and_nothing_is_lost(street):
    node = street.node("a")
    street.run("2 min")
    street.collector.fill_disk()
    street.run("30 min")
    stored, backlog = street.store.stored(node), node.backlog
    assert backlog > 100
    street.collector.empty_disk()
    street.run("5 min")
    assert street.store.stored(node) > stored + 100
    street.drain()
    street.check()


def test_the_same_seed_is_the_same_street():
    def run(seed):
        street = Street(seed=seed)
        node = street.node("a")
        street.link("a").noise(0.003, drop=0.001, duplicate=0.1)
        street.run("10 min")
        node.power_cut(torn=True)
        node.power_on()
        street.run("5 min")
        events = [str(event) for event in street.events]
        street.close()
        return events

    assert run(5) == run(5)
    assert run(5) != run(6)


def test_what_cannot_be_is_refused_with_what_can(street):
    node = street.node("a")
    with pytest.raises(ValueError, match='write a number and one of ms, s, min, h, d, as in "25 min"'):
        street.run("25 minutes")
    with pytest.raises(ValueError, match="no link 'b'; there are a"):
        street.link("b")
    with pytest.raises(ValueError, match="cannot set 'levle'; there are level, distance"):
        node.set(levle=1)
    with pytest.raises(ValueError, match="no sensor 'air'; there are river"):
        node.sensor("air")
    with pytest.raises(ValueError, match="there already"):
        street.node("a", sensors="all")
    with pytest.raises(ValueError, match="there are 'level', 'all'"):
        street.node("c", sensors="everything")
    with pytest.raises(SiteError, match="evry"):
        street.node("d", sensors={"river": {"driver": "a02yyuw", "uart": 1, "evry": "1 s"}})
    with pytest.raises(ValueError, match="write sensor.channel"):
        street.store.readings("a", "water_level")
    with pytest.raises(ValueError, match="there is no node 'b'; there are a"):
        street.store.stored("b")
    node.power_cut()
    with pytest.raises(StreetError, match="a: no power"):
        street.drain(at_most="1 min")


@pytest.mark.street(seed=42, nodes=2)
def test_the_marker_gives_seed_and_nodes(street):
    assert street.seed == 42
    assert list(street.nodes) == ["node-1", "node-2"]


def test_dates_hold_what_their_uncertainty_promises(street):
    """A level that tells the time: 1 mm a second, so that each reading says when it was measured."""
    node = street.node("a")
    node.ramp(level=(0.2, 2.6), over="40 min")
    street.run("6 min")
    node.line.cut()
    street.run("3 min")
    node.reboot()
    street.run("6 min")
    node.line.mend()
    street.run("6 min")
    street.collector.kill()
    street.run("2 min")
    node.power_cut()
    node.power_on()
    street.collector.start()
    street.run("6 min")
    street.drain()
    levels = street.store.readings(node, "river.water_level")
    assert len({each.seq for each in levels}) > 150
    began_ms = street.unix_ms() - street.schedule.now_us // 1000
    for each in levels:
        measured_ms = began_ms + (each.value - 0.2) * 1_000_000
        # The chip rounds to 1 mm, which is a second here, and its frame may be as old as the driver's service period.
        assert abs(each.unix_ms - measured_ms) <= each.uncertainty_ms + 2_000, each
