"""The energy meter of a street's node: what is charged for awake, asleep, sensors and power cuts, against sums made by hand."""

import pytest
from gilmok.street import Street
from gilmok_sim.energy import Load, Meter, radio_millijoules, sending_ma
from gilmok_site.budget import budget_of
from gilmok_site.budget.energy import awake_share
from gilmok_site.load import load_site

SITE = """
[site]
id = "meadow"
name = "Meadow"
timezone = "Asia/Seoul"

[store]
url = "sqlite:meadow.db"

[node.awake]
board = "esp32-s3-devkit"
sensor.air = { driver = "sht45", i2c = 0, every = "10 s" }

[node.asleep]
board = "esp32-s3-devkit"
sensor.air = { driver = "sht45", i2c = 0, every = "10 s" }
sensor.gas = { driver = "scd41", i2c = 0, every = "1 min" }
power.sleep = "light"
"""


@pytest.fixture
def street(tmp_path):
    path = tmp_path / "meadow.toml"
    path.write_text(SITE, encoding="utf-8")
    made = Street.of_site(path, seed=3)
    made.path = path
    yield made
    made.close()


def test_a_meter_adds_currents_over_time():
    meter = Meter()
    meter.draw("board", Load(10, 5.0), 0)
    meter.draw("board", Load(2, 5.0), 1_000_000)
    meter.spend("flash", Load(20, 3.3), 50_000)
    assert meter.millijoules(3_000_000) == {"board": pytest.approx(50 + 20), "flash": pytest.approx(3.3)}
    meter.stop(4_000_000)
    assert meter.millijoules(9_000_000)["board"] == pytest.approx(80)


def test_a_radio_is_charged_by_its_power():
    assert [sending_ma(power) for power in (-9, 14, 15, 22)] == [45, 45, 58, 118]
    assert radio_millijoules({"receiving": 1e6, "sending": 7}, {14: 1e6}) == pytest.approx((5.3 + 45) * 3.3)


def test_a_node_awake_uses_what_its_budget_says(street):
    street.run("10 min")
    used = street.nodes["awake"].energy()
    assert used.millijoules["board"] == pytest.approx(31.7 * 3.3 * 600)
    per_reading = (0.32 * 9 + 8e-05 * 9_991) / 1000
    assert used.millijoules["air"] == pytest.approx(per_reading * 3.3 * 60, rel=0.03)
    budget = budget_of(load_site(street.path), "awake").energy.value
    assert used.wh_a_day == pytest.approx(budget, rel=0.01)
    assert used.days(10 * budget) == pytest.approx(10, rel=0.01)


def test_a_node_in_light_sleep_uses_little_more_than_its_sleep(street):
    street.nodes["asleep"].line.cut()
    street.run("2 min")
    before = street.nodes["asleep"].energy()
    street.run("10 min")
    used = street.nodes["asleep"].energy().since(before)
    board = used.millijoules["board"]
    assert used.seconds == 600
    assert 0.8 * 3.3 * 600 < board < 1.2 * 3.3 * 600
    awake = awake_share(load_site(street.path).node["asleep"])
    budget = (awake * 31.7 + (1 - awake) * 0.8) * 3.3 * 600
    assert 0.98 * budget < board < 1.3 * budget, "waits of less than 10 ms, an SHT45's for one, are spent awake"


def test_a_node_without_power_uses_nothing(street):
    node = street.nodes["awake"]
    street.run("1 min")
    node.power_cut()
    used = node.energy().millijoules
    street.run("10 min")
    assert node.energy().millijoules == used
    node.power_on()
    street.run("1 min")
    assert node.energy().millijoules["board"] == pytest.approx(2 * used["board"], rel=0.01)
