"""The host knows the channels of a sensor without loading its driver: by the tables alone, whatever the options."""

import importlib

import pytest
from gilmok_site.catalogue import DRIVERS
from gilmok_site.channels import channels_of
from gilmok_site.described import described_options
from gilmok_site.options import Between, ChannelName, OneOf
from gilmok_site.sensor import Sensor

sensors = importlib.import_module("gilmok_node.sensors")

TABLES = {
    "modbus": [
        {"name": "flow", "unit": "m3/h", "resolution": "0.01 m3/h", "register": 100, "type": "u32"},
        {"name": "total", "unit": "m3", "resolution": "5 m3", "register": 102, "type": "u16"},
    ],
    "sdi12": [{"name": "depth", "unit": "m", "resolution": "1 mm"}, {"name": "temperature", "unit": "Cel", "exponent": -1}],
    "current_loop": [{"name": "depth", "unit": "m", "resolution": "1 cm"}],
}


def values(allowed):
    if isinstance(allowed, OneOf):
        return allowed
    if isinstance(allowed, Between):
        return {allowed.low, allowed.high, *(allowed.low + (allowed.high - allowed.low) * part // 37 for part in range(37))}
    return ["probe_it"] if isinstance(allowed, ChannelName) else [[]]


def cases():
    for name, driver in DRIVERS.items():
        yield name, {}
        for option, each in driver.options.items():
            for value in values(each.allowed):
                yield name, {option: value}


def sensor_of(name, options):
    tables = {"channel": TABLES[name]} if name in TABLES else {}
    return Sensor.model_validate({"driver": name, "every": "10 s", **tables, **options})


def test_channels_are_the_drivers_own():
    seen = set()
    for name, options in cases():
        sensor = sensor_of(name, options)
        try:
            driver = sensors.load(name)(None, {**options, **described_options(sensor)})
        except ValueError:  # an option that asks for another
            continue
        assert channels_of(sensor) == tuple(map(tuple, driver.CHANNELS)), (name, options)
        seen.add(name)
    assert seen == set(DRIVERS)


@pytest.mark.parametrize("name", [name for name in DRIVERS if DRIVERS[name].described])
def test_described_channels_are_taken_by_the_driver(name):
    described = described_options(sensor_of(name, {}))
    default, allowed = sensors.load(name).OPTIONS[DRIVERS[name].described]
    assert described[DRIVERS[name].described] in allowed
    assert described[DRIVERS[name].described] != default


def test_quantities_are_steps_of_the_channel():
    if "current_loop" in DRIVERS:
        sensor = sensor_of("current_loop", {"at_4ma": "-5 cm", "at_20ma": "5 m"})
        assert described_options(sensor) == {"channel": ["depth", "m", -2], "at_4ma": -5, "at_20ma": 500}
