"""The SHT45 driver against published words and against its virtual chip."""

import json

from device.chip_bench import Bench, golden, raises
from gilmok_node.sensors.base import Absent, BadOption, BusStuck, Garbled, NotReady
from gilmok_node.sensors.sensirion import crc8, hundredths_celsius
from gilmok_node.sensors.sht45 import Sht45
from gilmok_sim.bus import VirtualI2C
from gilmok_sim.chips import Still
from gilmok_sim.chips.sensirion import crc
from gilmok_sim.chips.sht45 import VirtualSht45


class ShtBench(Bench):
    def __init__(self, options=None, temperature=21.37, humidity=47.3):
        self.world = Still(temperature=temperature, humidity=humidity)
        self.chip = VirtualSht45(self.world, self.clock)
        self.bus = VirtualI2C({0x44: self.chip})
        self.driver = Sht45(self.bus, options or {})

    def measure(self):
        self.now += self.driver.start(self.now)
        return self.driver.read(self.now)


class Answering:
    """A bus on which every read finds these bytes."""

    def __init__(self, data):
        self.data = data

    def writeto(self, address, data):
        return len(data)

    def readfrom_into(self, address, buffer):
        buffer[:] = self.data


def vectors(name):
    with open(golden(__file__, "sensirion_words.json")) as file:
        return json.load(file)[name]


def test_golden_crcs():
    for text, value, source in vectors("crc"):
        data = bytes.fromhex(text)
        assert crc8(data, 0, len(data)) == value == crc(data), source


def test_every_byte_has_the_crc_that_the_rule_gives():
    for byte in range(256):
        data = bytes((byte, 255 - byte))
        assert crc8(data, 0, 2) == crc(data), byte


def test_golden_temperatures():
    for ticks, celsius, source in vectors("celsius"):
        assert hundredths_celsius(ticks) == celsius, source


def test_conversion_is_that_of_the_data_sheet_for_every_word():
    for ticks in range(0, 65536, 13):
        assert abs(hundredths_celsius(ticks) - (-4500 + 17500 * ticks / 65535)) < 0.502, ticks


def test_values_over_the_whole_range():
    for celsius in (-39.9, -10, 0, 24.99, 60, 124.9):
        for percent in (0.0, 0.5, 20, 55.5, 99, 100):
            bench = ShtBench(temperature=celsius, humidity=percent)
            bench.begin()
            temperature, humidity = bench.measure()
            assert abs(temperature - celsius * 100) <= 1, (celsius, temperature)
            assert abs(humidity - percent * 10) <= 0.51, (percent, humidity)


def test_humidity_beyond_its_ends_is_cropped_and_temperature_missing():
    bench = ShtBench(humidity=-3)
    bench.begin()
    assert bench.measure()[1] == 0
    bench.world.set(humidity=110)
    assert bench.measure()[1] == 1000
    for celsius in (-40.1, 125.1, -60, 200):
        bench.world.set(temperature=celsius)
        assert bench.measure() == (None, None), celsius


def test_lines_held_high_or_low_are_no_reading():
    for data in (b"\xff" * 6, b"\x00" * 6):
        driver = Sht45(Answering(data), {})
        driver.begin(0)
        raises(Garbled, driver.start, 10)


def test_measuring_times_of_each_precision():
    for precision, code, ms in ((2, 0xFD, 10), (1, 0xF6, 6), (0, 0xE0, 3)):
        bench = ShtBench({"precision": precision})
        bench.begin()
        assert bench.driver.start(bench.now) == ms
        assert bench.chip.heard[-1] == (code, [])
        bench.now += ms
        assert bench.driver.read(bench.now) == (2137, 473)


def test_its_serial_number_is_read_once():
    bench = ShtBench()
    bench.begin()
    bench.measure()
    bench.measure()
    assert [code for code, _ in bench.chip.heard] == [0x89, 0xFD, 0xFD]
    assert bench.driver.serial == VirtualSht45.SERIAL


def test_the_heater_stays_off():
    bench = ShtBench()
    for _ in range(3):
        bench.begin()
        bench.measure()
    assert not bench.chip.heated


def test_reading_early_says_so_and_does_no_harm():
    bench = ShtBench()
    assert raises(NotReady, bench.driver.read, 0).fact is None
    bench.begin()
    wait_ms = bench.driver.start(bench.now)
    bench.now += 4
    assert raises(NotReady, bench.driver.read, bench.now).fact == wait_ms - 4
    bench.now += wait_ms - 4
    assert bench.driver.read(bench.now) == (2137, 473)
    raises(NotReady, bench.driver.read, bench.now)  # an answer is not given twice


def test_options():
    bench = ShtBench({"address": 0x45})
    assert raises(Absent, bench.driver.begin, 0).fact == 19
    bench.bus.chips[0x45] = bench.chip
    bench.begin()
    assert bench.measure() == (2137, 473)
    error = raises(BadOption, Sht45, None, {"precision": 3})
    assert (error.option, error.value) == ("precision", 3)


def test_silence_and_recovery():
    bench = ShtBench()
    bench.begin()
    bench.measure()
    bench.chip.fault = "silence"
    raises(Absent, bench.measure)
    raises(Absent, bench.begin)
    bench.chip.fault = None
    bench.begin()
    assert bench.measure() == (2137, 473)


def test_stuck_bus_and_recovery():
    bench = ShtBench()
    bench.begin()
    bench.driver.start(bench.now)
    bench.now += 10
    bench.bus.fault = "stuck"
    assert raises(BusStuck, bench.driver.read, bench.now).fact == 110
    assert raises(BusStuck, bench.begin).fact == 110
    bench.bus.fault = None
    bench.begin()
    assert bench.measure() == (2137, 473)


def test_noise_and_bad_checksums_are_never_a_reading():
    bench = ShtBench()
    for fault in ("bad_checksum", "noise"):
        bench.begin()
        bench.measure()
        bench.chip.fault = fault
        for _ in range(200):
            raises(Garbled, bench.measure)
        bench.begin()
        raises(Garbled, bench.driver.start, bench.now)  # its serial number is no better
        bench.chip.fault = None
        bench.begin()
        assert bench.measure() == (2137, 473)


def test_a_brown_out_while_measuring_is_noticed():
    bench = ShtBench()
    bench.begin()
    bench.driver.start(bench.now)
    bench.chip.brown_out()
    bench.now += 10
    raises(Absent, bench.driver.read, bench.now)
    bench.begin()
    assert bench.measure() == (2137, 473)


def test_stuck_values_repeat():
    bench = ShtBench()
    bench.begin()
    first = bench.measure()
    bench.chip.fault = "stuck"
    bench.world.set(temperature=30.0)
    assert bench.measure() == first
    bench.chip.fault = None
    assert bench.measure()[0] == 3000
