"""The host's catalogue says of each driver what the driver says of itself."""

import importlib
from pathlib import Path

import pytest
from gilmok_site.catalogue import BUSES, DRIVERS, option_names
from gilmok_site.fields import OWN_STREAMS
from gilmok_wire.messages import ANCHOR_SCHEMA

sensors = importlib.import_module("gilmok_node.sensors")


def test_every_driver_is_in_the_catalogue():
    files = {path.stem for path in Path(sensors.__file__).parent.glob("*.py")} - {"__init__", "base", "capture", "frames", "vibration"}
    assert set(DRIVERS) == files


@pytest.mark.parametrize("name", DRIVERS)
def test_catalogue_agrees_with_the_driver(name):
    entry, driver = DRIVERS[name], sensors.load(name)
    assert name == driver.NAME
    assert entry.bus == driver.BUS
    assert entry.bus in BUSES
    assert entry.channels == tuple(driver.CHANNELS)
    assert entry.waveform == tuple(getattr(driver, "WAVEFORM", ()))
    addresses = {"address": entry.addresses} if entry.addresses else {}
    options = {option: tuple(sorted(allowed)) for option, (_, allowed) in driver.OPTIONS.items()}
    assert {**entry.options, **addresses} == options


@pytest.mark.parametrize("name", [name for name in DRIVERS if DRIVERS[name].addresses])
def test_usual_address_is_the_drivers_default(name):
    assert sensors.load(name).OPTIONS["address"][0] == DRIVERS[name].addresses[0]


def test_options_of_a_misspelt_driver_are_anybodys():
    assert option_names("adxl355") == {"sample_ms"}
    assert option_names("pms5003") == frozenset()
    assert option_names("adxl35") == {"sample_ms", "osrs_t", "osrs_p", "osrs_h"}
    assert option_names(3) == option_names("adxl35")


def test_a_node_names_its_own_streams_like_this():
    health = importlib.import_module("gilmok_node.health")
    source = importlib.import_module("inspect").getsource(health)
    assert ANCHOR_SCHEMA[0] in OWN_STREAMS
    assert all(f'StreamInfo("{name}"' in source for name in OWN_STREAMS if name != ANCHOR_SCHEMA[0])
