"""The BME280 driver against golden values and against its virtual chip."""

import json

from device.chip_bench import Bench, golden, raises
from gilmok_node.sensors.base import Absent, BadOption, BusStuck, Garbled, NotReady, SensorError
from gilmok_node.sensors.bme280 import Bme280, Compensation
from gilmok_sim.bus import VirtualI2C
from gilmok_sim.chips import Still
from gilmok_sim.chips.bme280 import VirtualBme280


class BmeBench(Bench):
    def __init__(self, options=None, **air):
        self.world = Still(**(air or {"temperature": 21.37, "pressure": 101325.0, "humidity": 47.3}))
        self.chip = VirtualBme280(self.world, self.clock)
        self.bus = VirtualI2C({0x76: self.chip})
        self.driver = Bme280(self.bus, options or {})

    def measure(self):
        self.now += self.driver.start(self.now)
        return self.driver.read(self.now)


def vectors():
    """Yield each golden vector and the compensation of its chip."""
    with open(golden(__file__, "bme280_compensation.json")) as file:
        for vector in json.load(file):
            registers = [bytes.fromhex(vector[name].replace(" ", "")) for name in ("low", "high")]
            yield vector, Compensation(*registers)


def test_golden_compensation():
    for vector, compensation in vectors():
        source = vector["source"]
        t_fine = compensation.t_fine(vector["adc_t"])
        assert t_fine == vector["t_fine"], source
        assert compensation.pressure(vector["adc_p"], t_fine) == vector["pressure"], source
        if "temperature" in vector:
            assert (t_fine * 5 + 128) >> 8 == vector["temperature"], source
        if "humidity" in vector:
            assert compensation.humidity(vector["adc_h"], t_fine) == vector["humidity"], source


def test_integer_and_floating_point_formulae_agree_over_the_operating_range():
    for celsius in (-39.9, -10, 0, 24.99, 60, 84.9):
        for pascal in (30100, 70000, 101325, 109900):
            for percent in (0.5, 20, 55.5, 99):
                bench = BmeBench(temperature=celsius, pressure=pascal, humidity=percent)
                bench.begin()
                temperature, pressure, humidity = bench.measure()
                place = (celsius, pascal, percent, temperature, pressure, humidity)
                assert abs(temperature - celsius * 100) <= 1, place
                assert abs(pressure - pascal) <= 2, place
                assert abs(humidity - percent * 10) <= 1, place


def test_measuring_time_is_that_of_the_data_sheet():
    assert BmeBench({"osrs_t": 1, "osrs_p": 1, "osrs_h": 1}).driver._measuring_ms == 10  # §9.1: 9.3 ms
    bench = BmeBench()
    bench.begin()
    assert bench.driver.start(bench.now) == 47


def test_reading_early_says_so_and_does_no_harm():
    bench = BmeBench()
    raises(NotReady, bench.driver.read, 0)
    bench.begin()
    wait_ms = bench.driver.start(bench.now)
    bench.now += 5
    raises(NotReady, bench.driver.read, bench.now)
    bench.now += wait_ms
    assert bench.driver.read(bench.now)[0] == 2137


def test_starting_before_the_calibration_is_there():
    bench = BmeBench()
    bench.driver.begin(0)
    raises(NotReady, bench.driver.start, 0)
    bench.now += 2
    assert bench.measure()[1] in (101324, 101325, 101326)


def test_each_measurement_is_new():
    bench = BmeBench()
    bench.begin()
    assert bench.measure()[0] == 2137
    bench.world.set(temperature=-3.25, humidity=140.0)
    assert bench.measure()[0] == -325
    assert bench.measure()[2] == 1000


def test_options():
    bench = BmeBench({"address": 0x77})
    assert raises(Absent, bench.driver.begin, 0).fact == 19
    bench.bus.chips[0x77] = bench.chip
    bench.begin()
    assert bench.measure()[0] == 2137
    error = raises(BadOption, Bme280, None, {"osrs_p": 3})
    assert (error.option, error.value) == ("osrs_p", 3)
    assert "osrs_p" in str(error)


def test_another_chip_is_refused():
    bench = BmeBench()
    bench.chip._registers[0xD0] = 0x58  # a BMP280: no humidity
    error = raises(Absent, bench.driver.begin, 0)
    assert error.fact == 0x58
    assert "0x58" in error.reason


def test_silence_and_recovery():
    bench = BmeBench()
    bench.begin()
    bench.measure()
    bench.chip.fault = "silence"
    raises(Absent, bench.measure)
    raises(Absent, bench.begin)
    bench.chip.fault = None
    assert bench.measure()[0] == 2137  # its settings are still there
    bench.begin()
    assert bench.measure()[0] == 2137


def test_stuck_bus_and_recovery():
    bench = BmeBench()
    bench.begin()
    bench.bus.fault = "stuck"
    assert raises(BusStuck, bench.measure).fact == 110
    bench.bus.fault = None
    assert bench.measure()[0] == 2137


def test_noise_is_never_taken_for_a_reading():
    bench = BmeBench()
    for fault in ("noise", "bad_checksum"):
        bench.begin()
        bench.measure()
        bench.chip.fault = fault
        for _ in range(200):
            raises(SensorError, bench.measure)
        for _ in range(200):
            try:
                bench.begin()
            except SensorError:
                continue
            raises(SensorError, bench.measure)
        bench.chip.fault = None
        bench.begin()
        assert bench.measure()[0] == 2137


def test_stuck_values_repeat():
    bench = BmeBench()
    bench.begin()
    first = bench.measure()
    bench.chip.fault = "stuck"
    bench.world.set(temperature=30.0)
    assert bench.measure() == first
    bench.chip.fault = None
    assert bench.measure()[0] == 3000


def test_a_brown_out_of_the_chip_is_noticed():
    bench = BmeBench()
    bench.begin()
    bench.measure()
    bench.driver.start(bench.now)
    bench.chip.write(0xE0, b"\xb6")
    bench.now += 50
    raises(Garbled, bench.driver.read, bench.now)
    bench.begin()
    assert bench.measure()[0] == 2137


def test_values_out_of_range_are_missing():
    bench = BmeBench(temperature=20.0, pressure=20000.0, humidity=50.0)
    bench.begin()
    temperature, pressure, humidity = bench.measure()
    assert temperature == 2000 and pressure is None and abs(humidity - 500) <= 1
    bench.world.set(temperature=95.0)
    assert bench.measure() == (None, None, None)


def test_a_reading_at_the_reset_value_of_one_register_counts():
    driver = Bme280(None, {})
    driver._compensation = next(vectors())[1]
    data = bytearray(13)
    data[5:11] = b"\x65\x5a\xc0\x80\x00\x00"
    assert driver._values(data)[0] is not None
    data[5:11] = b"\x80\x00\x00\x80\x00\x00"
    assert driver._values(data) == (None, None, None)


def test_blank_calibration_is_refused():
    bench = BmeBench()
    bench.begin()
    bench.chip.read(0xF3, bytearray(1))
    for register in range(0x88, 0xA2):
        bench.chip._registers[register] = 0xFF
    raises(Garbled, bench.measure)
