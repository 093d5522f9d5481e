"""What every driver must offer, whatever its chip."""

from device.chip_bench import raises
from gilmok_node import sensors
from gilmok_node.sensors.base import Absent, BusStuck, SensorError, bus_error, option


def test_every_driver_keeps_the_contract():
    for name in sensors.DRIVERS:
        driver = sensors.load(name)
        assert name == driver.NAME and driver.BUS in ("uart", "i2c", "spi")
        for channel in driver.CHANNELS + getattr(driver, "WAVEFORM", ()):
            assert len(channel) in (3, 4), channel
            assert isinstance(channel[0], str) and isinstance(channel[1], str) and isinstance(channel[2], int)
        assert len({channel[0] for channel in driver.CHANNELS}) == len(driver.CHANNELS)
        for key, (default, allowed) in driver.OPTIONS.items():
            assert default in allowed, key
        instance = driver(None, {"of": "no concern to a driver"})  # nothing there: the hardware must not be touched
        assert instance.SERVICE_MS >= 0 and instance.WARMUP_MS >= 0


def test_an_unknown_driver_is_named_with_those_there_are():
    error = raises(ValueError, sensors.load, "bme281")
    assert "bme281" in str(error) and "bme280" in str(error)


def test_options_have_defaults():
    class Driver:
        OPTIONS = {"colour": ("red", ("red", "blue"))}

    assert option(Driver, {}, "colour") == "red"
    assert option(Driver, {"colour": "blue"}, "colour") == "blue"
    assert "green" in str(raises(ValueError, option, Driver, {"colour": "green"}, "colour"))


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
