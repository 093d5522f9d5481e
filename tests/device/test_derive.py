"""Derived channels: their formulae, and what they do when the other sensor is silent."""

from gilmok_node.measure.derive import Derived, drift, humidity, level, linear


class Thermometer:
    channels = (("temperature", "Cel", -1), ("humidity", "%", 0))
    period_ms = 1000
    last = None


def derived(*specs):
    thermometer = Thermometer()
    return Derived(specs, {"air": thermometer}), thermometer


LEVEL = ["level", "m", -3, "level", 0, [3200], ["air", 0]]


def test_the_level_is_the_height_less_the_distance():
    derive, _ = derived(["level", "m", -3, "level", 0, [3200], None])
    assert derive((1953,), 0) == (1953, 1247)
    assert derive((None,), 0) == (None, None)
    assert derive((4000,), 0) == (4000, -800)


def test_sound_is_faster_in_warm_air():
    # 331.3 + 0.606 t: 343.42 m/s at 20 °C, 331.3 at 0, 349.48 at 30, 319.18 at -20.
    assert level(1000, [0], 2000) == -1000
    assert level(1000, [0], 0) == -965
    assert level(1000, [0], 3000) == -1018
    assert level(3000, [5000], -2000) == 5000 - 2788


def test_the_level_goes_on_without_a_thermometer():
    derive, thermometer = derived(LEVEL)
    assert derive((1000,), 5000) == (1000, 2200)
    thermometer.last = (5000, (0, 50))
    assert derive((1000,), 5000) == (1000, 2235)
    assert derive((1000,), 8000) == (1000, 2235)
    assert derive((1000,), 8001) == (1000, 2200)  # three periods without a reading
    thermometer.last = (9000, (None, 50))
    assert derive((1000,), 9000) == (1000, 2200)
    assert derive((1000,), 9000) == (1000, 2200)


def test_a_sensor_that_is_not_there():
    derive = Derived([LEVEL, ["pm", "ug/m3", 0, "humidity", 0, [40], ["damp", 0]]], {})
    assert derive((1000,), 0) == (1000, 2200, None)


def test_units_of_the_other_channel_are_brought_to_hundredths():
    derive, thermometer = derived(["x", "1", 0, "drift", 0, [1, 1, 0], ["air", 0]], ["y", "1", 0, "drift", 0, [1, 1, 0], ["air", 1]])
    thermometer.last = (0, (21, 3))  # 2.1 °C, 3 %
    assert derive((1000,), 0) == (1000, 790, 700)
    thermometer.channels = (("temperature", "Cel", -4), ("humidity", "%", 0))
    thermometer.last = (0, (21000, 3))
    assert derive((1000,), 0)[1] == 790


def test_linear_rounds_to_the_nearest():
    assert [linear(value, [1, 2, 0], None) for value in (3, 4, 5, -3, -5)] == [2, 2, 3, -1, -2]
    assert linear(100, [92, 100, -3], None) == 89


def test_dust_without_its_water():
    # Crilley et al. 2018: C = 1 + (0.4 / 1.65) / (1 / 0.8 - 1) = 1.9697 at 80 %.
    assert humidity(197, [40], 8000) == 100
    assert humidity(100, [40], 0) == 100
    assert humidity(100, [0], 8000) == 100
    assert humidity(100, [40], 9501) is None and humidity(100, [40], None) is None


def test_drift_follows_the_temperature():
    assert drift(500, [3, 1000, 2000], 2000) == 500
    assert drift(500, [3, 1000, 2000], 3000) == 497
    assert drift(500, [3, 1000, 2000], 1000) == 503
    assert drift(500, [3, 1000, 2000], None) is None
