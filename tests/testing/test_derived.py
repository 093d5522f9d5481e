"""What a site file asks to be made of readings, from the file through a node to the store."""

import pytest

RIVER = {"driver": "a02yyuw", "uart": 1, "every": "10 s", "height": "4.00 m", "temperature": "air.temperature"}
AIR = {"driver": "bme280", "i2c": 0, "every": "10 s"}


def test_level_follows_height_and_temperature(street):
    node = street.node("a", sensors={"river": RIVER, "air": AIR})
    node.set(distance=2.5, temperature=20.0)
    street.run("5 min")
    assert street.store.readings("a", "river.water_level")[-1].value == pytest.approx(1.5, abs=0.003)


def test_slope_and_humidity_stand_beside_what_was_measured(street):
    dust = {"driver": "pms5003", "uart": 2, "every": "10 s", "slope": {"pm2_5": 0.5}, "humidity": "air.humidity"}
    street.node("a", sensors={"dust": dust, "air": AIR}).set(pm2_5=100.0, humidity=50.0)
    street.run("5 min")
    raw, fitted, dry = (street.store.readings("a", f"dust.{name}")[-1].value for name in ("pm2_5", "pm2_5_cal", "pm2_5_dry"))
    assert (raw, fitted) == (100, 50)
    assert dry == pytest.approx(100 / (1 + 0.4 / 1.65), abs=1.5)  # Crilley et al. 2018, equation 5, at 50 %


def test_means_and_changes_are_fewer_records(street):
    quiet = {**RIVER, "report": {"change": {"distance": "5 mm"}, "heartbeat": "10 min"}}
    node = street.node("a", sensors={"river": quiet, "air": {**AIR, "mean": "1 min"}})
    node.set(distance=2.5, temperature=20.0)
    street.run("30 min")
    assert 2 <= len(street.store.readings("a", "river.distance")) <= 5
    assert 28 <= len(street.store.readings("a", "air.temperature")) <= 31
    assert street.store.readings("a", "air.n")[-1].value == 6
