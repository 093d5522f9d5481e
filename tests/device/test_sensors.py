"""What every driver must offer, whatever its chip."""

import os

from device.chip_bench import raises
from gilmok_node import sensors
from gilmok_node.config import BUS_NAMES
from gilmok_node.sensors.base import Absent, BusStuck, SensorError, bus_error, option
from gilmok_node.sensors.between import Between


def drivers():
    """Return the names of all drivers: the files whose class says so."""
    names = [file.split(".")[0] for file in os.listdir(sensors.__path__ if isinstance(sensors.__path__, str) else sensors.__path__[0])]
    found = []
    for name in sorted(set(names) - {"__init__", "__pycache__", "base"}):
        try:
            found.append(sensors.load(name).NAME)
        except ValueError:
            pass  # what drivers share
    return found


def test_every_driver_keeps_the_contract():
    assert "bme280" in drivers()
    for name in drivers():
        driver = sensors.load(name)
        assert name == driver.NAME and driver.BUS in BUS_NAMES
        for channel in driver.CHANNELS + getattr(driver, "WAVEFORM", ()):
            assert len(channel) in (3, 4), channel
            assert isinstance(channel[0], str) and isinstance(channel[1], str) and isinstance(channel[2], int)
        assert len({channel[0] for channel in driver.CHANNELS}) == len(driver.CHANNELS)
        for key, (default, allowed) in driver.OPTIONS.items():
            assert default in allowed, key
        instance = driver(None, {"of": "no concern to a driver"})  # nothing there: the hardware must not be touched
        assert instance.SERVICE_MS >= 0 and instance.WARMUP_MS >= 0


def test_an_unknown_driver_is_named():
    error = raises(ValueError, sensors.load, "bme281")
    assert "bme281" in str(error)
    assert sensors.class_name("current_loop") == "CurrentLoop"


def test_options_have_defaults():
    class Driver:
        OPTIONS = {"colour": ("red", ("red", "blue"))}

    assert option(Driver, {}, "colour") == "red"
    assert option(Driver, {"colour": "blue"}, "colour") == "blue"
    assert "green" in str(raises(ValueError, option, Driver, {"colour": "green"}, "colour"))


def test_integers_between_two_bounds():
    allowed = Between(1, 247)
    assert all([value in allowed for value in (1, 100, 247)])
    assert not any([value in allowed for value in (0, 248, -1, 1.5, "2", True, None)])
    assert "1 … 247" in str(allowed)


def test_bus_errors_have_names():
    for error, kind in (
        (OSError(19), Absent),
        (OSError(5), Absent),
        (OSError(110), BusStuck),
        (OSError(116), BusStuck),
    ):
        named = bus_error(error, "there")
        assert isinstance(named, kind) and isinstance(named, SensorError)
        assert named.fact == error.args[0] and "there" in named.reason
    assert bus_error(OSError(), "there").fact is None
