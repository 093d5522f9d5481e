"""A street's node behind a LoRaWAN modem: it sleeps, the modem sleeps, nothing is lost, and the meter says what that is worth."""

import pytest
from gilmok.street import Street
from gilmok.street.modem import StreetModem
from gilmok_sim.energy import MODEM_MA, SUPPLY_V

from bench.boot import GREETING

SITE = """
[site]
id = "meadow"
name = "Meadow"
timezone = "Asia/Seoul"

[store]
url = "sqlite:meadow.db"

[node.gauge]
board = "esp32-devkitc"
power.sleep = "{sleep}"
sensor.air = {{ driver = "sht45", i2c = 0, every = "1 min" }}
sensor.rain = {{ driver = "rain_gauge", pin = 27, every = "1 min" }}
"""


def meadow(tmp_path, sleep):
    """Return a street of one node, rained upon, and its modem."""
    path = tmp_path / "meadow.toml"
    path.write_text(SITE.format(sleep=sleep), encoding="utf-8")
    street = Street.of_site(path, seed=3)
    node = street.nodes["gauge"]
    node.line.cut()
    modem = StreetModem(street, node, sleep == "light")
    node.reboot()
    return street, node, modem


def chip_of(node):
    return node.machine.instruments.chips["rain"]


@pytest.fixture
def asleep(tmp_path):
    street, node, modem = meadow(tmp_path, "light")
    yield street, node, modem
    street.close()


def test_everything_arrives_though_both_sleep(asleep):
    street, node, modem = asleep
    node.set(rain_rate=30)
    street.run("20 min")
    node.set(rain_rate=0)
    street.run("5 min")
    assert node.backlog <= 6 and len(modem.chip.uplinks) > 20
    street.check()
    assert street.store.readings("gauge", "rain.tips")[-1].value == chip_of(node).tips > 40
    report = node.machine.node.ports[-1].report()
    assert report == {"sent": len(modem.chip.uplinks), "heard": report["heard"], "noise": 0, "mtu": 115} and report["heard"] > 5


def test_a_new_session_begins_with_two_frames(asleep):
    street, node, modem = asleep
    street.run("10 min")
    node.reboot()
    before = len(modem.chip.uplinks)
    street.run("1 min")
    sizes = [len(frame) for _, frame in modem.chip.uplinks[before : before + 2]]
    assert sizes == pytest.approx(GREETING, abs=15), "bench/boot.py reckons with these"


def test_what_sleep_is_worth(tmp_path):
    used = {}
    for sleep in ("none", "light"):
        folder = tmp_path / sleep
        folder.mkdir()
        street, node, modem = meadow(folder, sleep)
        street.run("2 min")
        before = node.energy()
        street.run("8 min")
        used[sleep] = node.energy().since(before).millijoules
        street.close()
    assert used["none"]["board"] == pytest.approx(44 * 3.3 * 480)
    assert used["light"]["board"] < used["none"]["board"] / 5
    assert used["none"]["modem"] > MODEM_MA["awake"] * SUPPLY_V * 480
    assert used["light"]["modem"] < used["none"]["modem"] / 5


def test_each_edge_of_a_contact_is_a_wake_up(tmp_path):
    used = {}
    for rain_rate in (0, 60):
        folder = tmp_path / str(rain_rate)
        folder.mkdir()
        street, node, _ = meadow(folder, "light")
        node.set(rain_rate=rain_rate)
        street.run("2 min")
        tips, before = chip_of(node).tips, node.energy()
        street.run("10 min")
        used[rain_rate] = node.energy().since(before).millijoules["board"], chip_of(node).tips - tips
        street.close()
    (dry, none), (wet, tips) = used[0], used[60]
    assert none == 0 and 45 < tips < 55
    assert wet - dry == pytest.approx(2 * tips * 0.002 * (44 - 0.8) * 3.3, rel=0.5), "beside what the readings themselves cost"


def test_a_boot_is_charged(asleep):
    _, node, _ = asleep
    assert node.energy().millijoules["boot"] == pytest.approx(2 * 1.4 * 44 * 3.3), "the first, and the reset to which the modem was there"
