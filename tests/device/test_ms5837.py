"""The MS5837 driver against the data sheets' worked examples and against its virtual chip."""

import json
import struct

from device.analog_bench import AnalogBench
from device.chip_bench import golden, raises
from gilmok_node.sensors.base import Absent, BadOption, BusStuck, Garbled, NotReady, SensorError
from gilmok_node.sensors.ms5837 import Compensation, Ms5837, crc4
from gilmok_sim.bus import VirtualI2C
from gilmok_sim.chips import Still
from gilmok_sim.chips.ms5837 import VirtualMs5837, checksum, prom


class WaterBench(AnalogBench):
    def __init__(self, model=30, options=None, **water):
        self.world = Still(**(water or {"pressure": 150000.0, "temperature": 12.34}))
        self.chip = VirtualMs5837(self.world, self.clock, 1, model)
        self.bus = VirtualI2C({0x76: self.chip})
        self.driver = Ms5837(self.bus, dict(options or {}, model=model))


def test_worked_examples():
    with open(golden(__file__, "ms5837_compensation.json")) as file:
        vectors = json.load(file)
    assert len(vectors) == 2
    for vector in vectors:
        compensation = Compensation([0] + vector["c"], vector["model"])
        if vector["order"] == 1:
            compensation.second_order = lambda dt, temp: (0, 0, 0)
        assert compensation.values(vector["d1"], vector["d2"]) == (vector["pressure"], vector["temperature"]), vector["source"]


def test_second_order_by_hand():
    both = Compensation([], 30), Compensation([], 2)
    # 10 °C below 20 °C, dT = −2^20: 3·2^40/2^33, 3·10^6/2, 5·10^6/8 and 11·2^40/2^35, 31·10^6/8, 63·10^6/32.
    assert both[0].second_order(-(1 << 20), 1000) == (384, 1500000, 625000)
    assert both[1].second_order(-(1 << 20), 1000) == (352, 3875000, 1968750)
    # −18 °C: 3 °C below −15 °C, 7·300² and 4·300² more.
    assert both[0].second_order(-(1 << 20), -1800) == (384, 3 * 3800**2 // 2 + 630000, 5 * 3800**2 // 8 + 360000)
    # 40 °C: 2·2^40/2^37, 2000²/16.
    assert both[0].second_order(1 << 20, 4000) == (16, 250000, 0)
    assert both[1].second_order(1 << 20, 4000) == (0, 0, 0)


def test_checksum_of_the_application_note():
    # AN520, test table: the same loop over the eight words of an MS5611.
    words = (0x3132, 0x3334, 0x3536, 0x3738, 0x3940, 0x4142, 0x4344, 0x4500)
    assert crc4(struct.pack(">8H", *words)) == 0xB
    for model in (30, 2):
        assert checksum([prom(model)[0] & 0x0FFF] + prom(model)[1:]) == prom(model)[0] >> 12
        data = bytearray(struct.pack(">8H", *prom(model), 0))
        data[0] &= 15
        assert crc4(data) == prom(model)[0] >> 12


def test_integer_and_floating_point_formulae_agree_over_the_operating_range():
    for model, step, pressures in ((30, 10, (100, 101325, 1.2e6, 2.99e6)), (2, 1, (1100, 70000, 101325, 119900))):
        for celsius in (-19.9, -15.2, 0, 19.9, 20.1, 45, 84.9):
            for pascal in pressures:
                bench = WaterBench(model, pressure=pascal, temperature=celsius)
                bench.begin()
                pressure, temperature = bench.measure()
                assert abs(pressure * step - pascal) <= 2 * step, (model, celsius, pascal, pressure)
                assert abs(temperature - celsius * 100) <= 2, (model, celsius, pascal, temperature)


def test_each_model_has_its_step():
    assert Ms5837(None, {}).CHANNELS[0] == ("pressure", "Pa", 1)
    assert Ms5837(None, {"model": 2}).CHANNELS[0] == ("pressure", "Pa", 0)


def test_conversion_times():
    for osr, wait_ms in ((256, 1), (512, 2), (1024, 3), (2048, 5), (4096, 10), (8192, 19)):
        bench = WaterBench(30, {"osr": osr})
        bench.begin()
        since_ms = bench.now
        assert abs(bench.measure()[0] - 15000) <= 1
        assert bench.now - since_ms == 2 * wait_ms


def test_reading_early_says_so_and_spoils_nothing():
    bench = WaterBench()
    assert raises(NotReady, bench.driver.read, 0).fact is None
    bench.begin()
    bench.driver.start(bench.now)
    bench.now += 7
    assert raises(NotReady, bench.driver.read, bench.now).fact == 3
    bench.now += 3
    assert raises(NotReady, bench.driver.read, bench.now).fact == 10
    assert raises(NotReady, bench.driver.read, bench.now).fact == 10
    assert abs(bench.patient(bench.driver.read)[0] - 15000) <= 1


def test_starting_before_the_prom_is_there():
    bench = WaterBench()
    bench.driver.begin(0)
    raises(Absent, bench.driver.start, 0)
    bench.begin()
    assert bench.measure()[1] == 1234


def test_values_out_of_range_are_missing():
    bench = WaterBench(2, pressure=121000.0, temperature=20.0)
    bench.begin()
    assert bench.measure() == (None, 2000)
    bench.world.set(pressure=900.0)
    assert bench.measure()[0] is None
    bench.world.set(pressure=100000.0, temperature=-21.0)
    assert bench.measure() == (None, None)
    bench.world.set(temperature=86.0)
    assert bench.measure() == (None, None)
    bench.world.set(temperature=25.0)
    assert abs(bench.measure()[0] - 100000) <= 1
    deep = WaterBench(30, pressure=3.01e6, temperature=4.0)
    deep.begin()
    assert deep.measure()[0] is None


def test_the_wrong_model_is_refused():
    bench = WaterBench(30)
    bench.driver = Ms5837(bench.bus, {"model": 2})
    bench.begin()
    assert raises(Absent, bench.measure).fact == 0x1A
    early = WaterBench(2, pressure=100000.0, temperature=10.0)
    early.chip.prom[0] &= 0x001F  # an early 02BA: version 0 says nothing
    early.chip.prom[0] |= checksum(early.chip.prom) << 12
    early.begin()
    assert abs(early.measure()[0] - 100000) <= 2


def test_a_damaged_or_blank_calibration_is_refused():
    for word in range(7):
        for bit in range(16):
            bench = WaterBench()
            bench.chip.prom[word] ^= 1 << bit
            bench.begin()
            raises(Garbled, bench.driver.start, bench.now)
    bench = WaterBench()
    bench.chip.prom = [0] * 7
    bench.begin()
    assert "blank" in raises(Garbled, bench.driver.start, bench.now).reason


def test_a_brown_out_is_noticed():
    for at in (0, 1):
        bench = WaterBench()
        bench.begin()
        bench.measure()
        bench.now += bench.driver.start(bench.now)
        if at:
            bench.now += raises(NotReady, bench.driver.read, bench.now).fact
        bench.chip.reset()
        bench.now += 5
        raises(Garbled, bench.driver.read, bench.now)
        bench.begin()
        assert bench.measure()[1] == 1234


def test_another_chip_in_its_place_is_noticed():
    bench = WaterBench()
    bench.begin()
    bench.measure()
    bench.chip.prom[0] ^= 1
    raises(Garbled, bench.measure)


def test_silence_stuck_bus_and_recovery():
    bench = WaterBench()
    bench.begin()
    bench.chip.fault = "silence"
    assert raises(Absent, bench.measure).fact == 19
    raises(Absent, bench.begin)
    bench.chip.fault = None
    bench.bus.fault = "stuck"
    assert raises(BusStuck, bench.begin).fact == 110
    bench.bus.fault = None
    bench.begin()
    assert bench.measure()[1] == 1234


def test_noise_is_never_taken_for_a_reading():
    bench = WaterBench()
    for fault in ("noise", "bad_checksum"):
        for _ in range(100):
            bench.begin()
            bench.measure()
            bench.chip.fault = fault
            raises(SensorError, bench.measure)
            bench.begin()
            raises(SensorError, bench.measure)
            bench.chip.fault = None


def test_stuck_values_repeat():
    bench = WaterBench()
    bench.begin()
    first = bench.measure()
    bench.chip.fault = "stuck"
    bench.world.set(pressure=200000.0)
    assert bench.measure() == first
    bench.chip.fault = None
    assert abs(bench.measure()[0] - 20000) <= 1


def test_options():
    for options in ({"address": 0x77}, {"model": 14}, {"osr": 1000}):
        assert raises(BadOption, Ms5837, None, options).option in options
