"""The SCD41 driver against the data sheet's words and against its virtual chip."""

import json

from device.chip_bench import Bench, golden, raises
from gilmok_node.sensors.base import Absent, BadOption, BusStuck, Garbled, NotReady, SensorError
from gilmok_node.sensors.scd41 import Scd41
from gilmok_sim.bus import VirtualI2C
from gilmok_sim.chips import Still
from gilmok_sim.chips.scd41 import VirtualScd41


class ScdBench(Bench):
    def __init__(self, options=None, co2=612, temperature=21.37, humidity=47.3):
        self.world = Still(co2=co2, temperature=temperature, humidity=humidity)
        self.chip = VirtualScd41(self.world, self.clock)
        self.bus = VirtualI2C({0x62: self.chip})
        self.driver = Scd41(self.bus, options or {})

    def warm_up(self):
        self.begin()
        self.run(20000)

    def measure(self):
        """Start and read as the node does; `waited` is how long the driver asked to be left alone."""
        self.now += self.driver.start(self.now)
        self.waited = 0
        while True:
            try:
                return self.driver.read(self.now)
            except NotReady as error:
                assert error.fact
                self.now += error.fact
                self.waited += error.fact


class Answering:
    """A bus that keeps what is written and whose reads find what was queued."""

    def __init__(self, answers):
        self.answers = answers
        self.written = []

    def writeto(self, address, data):
        self.written.append(bytes(data))
        return len(data)

    def readfrom_into(self, address, buffer):
        buffer[:] = self.answers.pop(0)


def test_golden_frames_of_the_data_sheet():
    with open(golden(__file__, "scd41_frames.json")) as file:
        frames = json.load(file)
    answers = [bytes.fromhex(frames[name]) for name in ("serial", "self_test_passed", "not_ready", "ready", "measurement")]
    driver = Scd41(Answering(list(answers)), {"altitude_m": frames["altitude_m"]})
    now = driver.begin(0)
    while now < 20000:
        driver.service(now)
        now += 500
    assert list(driver.serial) == frames["serial_words"]
    assert bytes.fromhex(frames["set_altitude"]) in driver._bus.written
    now += driver.start(now)
    driver._fresh_ms = now - 100
    raises(NotReady, driver.read, now)
    raises(NotReady, driver.read, now)  # asks again
    raises(NotReady, driver.read, now)  # there is a value, which takes a moment
    assert list(driver.read(now)) == frames["values"]


def test_values_over_the_whole_range():
    for co2 in (1, 400, 1999, 40000):
        for celsius in (-9.9, 0, 24.99, 59.9):
            for percent in (0, 33.3, 100):
                bench = ScdBench(co2=co2, temperature=celsius, humidity=percent)
                bench.warm_up()
                values = bench.measure()
                place = (co2, celsius, percent, values)
                assert values[0] == co2, place
                assert abs(values[1] - celsius * 10) <= 0.61, place
                assert abs(values[2] - percent * 10) <= 0.51, place


def test_values_out_of_range_are_missing():
    bench = ScdBench(co2=0, temperature=-10.2)
    bench.warm_up()
    assert bench.measure() == (None, None, 473)
    bench.run(5000)
    bench.world.set(co2=40001, temperature=60.2)
    bench.run(5000)
    assert bench.measure() == (None, None, 473)


def test_set_up_in_the_order_of_the_data_sheet():
    bench = ScdBench({"altitude_m": 1950, "asc": 0})
    bench.warm_up()
    assert bench.chip.heard == [(0x3F86, []), (0x3682, []), (0x3639, []), (0x2427, [1950]), (0x2416, [0]), (0x21B1, [])]
    assert (bench.chip.altitude_m, bench.chip.asc) == (1950, 0)
    assert bench.driver.serial == VirtualScd41.SERIAL


def test_warm_up_is_missing_values_and_never_an_error():
    bench = ScdBench()
    bench.begin()
    seen = []
    while bench.now < 30000:
        bench.run(1000)
        seen.append((bench.measure(), bench.now))
    missing = [now for values, now in seen if values == (None, None, None)]
    there = [now for values, now in seen if values == (612, 214, 473)]
    assert len(missing) + len(there) == len(seen)
    assert missing[0] < 2000 and missing[-1] < Scd41.WARMUP_MS
    assert 16000 < there[0] < Scd41.WARMUP_MS


def test_a_late_value_is_waited_for():
    bench = ScdBench()
    bench.chip.interval_ms = 5150
    bench.warm_up()
    bench.measure()
    for _ in range(30):
        bench.run(4500)
        assert bench.measure() == (612, 214, 473)
        assert 0 < bench.waited < 1500


def test_every_ten_seconds_no_wait_fails():
    for interval_ms in (4850, 5000, 5150):
        bench = ScdBench()
        bench.chip.interval_ms = interval_ms
        bench.warm_up()
        for tick in range(30000, 330000, 10000):
            bench.run(tick - bench.now)
            assert bench.measure() == (612, 214, 473)
            assert bench.waited < 1000


def test_values_are_the_newest():
    bench = ScdBench(co2=lambda ms: ms // 100)
    bench.warm_up()
    for _ in range(5):
        bench.run(60000)
        assert 0 <= bench.now // 100 - bench.measure()[0] <= 51


def test_a_failed_self_test_is_told():
    bench = ScdBench()
    bench.chip.self_test = 0x0102
    bench.warm_up()
    assert raises(Garbled, bench.driver.start, bench.now).fact == 0x0102
    raises(Garbled, bench.driver.read, bench.now)
    bench.chip.self_test = 0
    bench.warm_up()
    assert bench.measure() == (612, 214, 473)


def test_options():
    for options in ({"altitude_m": 3001}, {"altitude_m": -1}, {"altitude_m": 1.5}, {"asc": 2}):
        error = raises(BadOption, Scd41, None, options)
        assert error.option in options


def test_it_is_stopped_whatever_it_did():
    bench = ScdBench()
    bench.chip.command(b"\x21\xb1")
    bench.warm_up()
    assert bench.measure() == (612, 214, 473)


def test_silence_and_recovery():
    bench = ScdBench()
    bench.warm_up()
    bench.measure()
    bench.chip.fault = "silence"
    assert raises(Absent, bench.measure).fact == 19
    raises(Absent, bench.begin)
    bench.chip.fault = None
    bench.begin()
    bench.chip.fault = "silence"
    bench.run(20000)  # a service never raises
    raises(Absent, bench.measure)
    bench.chip.fault = None
    bench.warm_up()
    assert bench.measure() == (612, 214, 473)


def test_stuck_bus_and_recovery():
    bench = ScdBench()
    bench.warm_up()
    bench.now += bench.driver.start(bench.now)
    bench.bus.fault = "stuck"
    assert raises(BusStuck, bench.driver.read, bench.now).fact == 110
    raises(BusStuck, bench.begin)
    bench.bus.fault = None
    bench.warm_up()
    assert bench.measure() == (612, 214, 473)


def test_noise_and_bad_checksums_are_never_a_reading():
    bench = ScdBench()
    for fault in ("bad_checksum", "noise"):
        bench.warm_up()
        bench.measure()
        bench.chip.fault = fault
        for _ in range(50):
            bench.run(5000)
            raises(SensorError, bench.measure)
        bench.warm_up()
        raises(Garbled, bench.measure)
        bench.chip.fault = None
        bench.warm_up()
        assert bench.measure() == (612, 214, 473)


def test_a_brown_out_is_noticed_and_its_settings_restored():
    bench = ScdBench({"altitude_m": 800, "asc": 0})
    bench.warm_up()
    bench.measure()
    bench.chip.brown_out()
    bench.run(10000)
    error = raises(Garbled, bench.measure)
    assert error.fact >= 10000
    bench.warm_up()
    assert bench.measure() == (612, 214, 473)
    assert (bench.chip.altitude_m, bench.chip.asc) == (800, 0)


def test_stuck_values_repeat():
    bench = ScdBench()
    bench.warm_up()
    first = bench.measure()
    bench.chip.fault = "stuck"
    bench.world.set(co2=900)
    bench.run(10000)
    assert bench.measure() == first
    bench.chip.fault = None
    bench.run(10000)
    assert bench.measure()[0] == 900


def test_reading_before_begin_is_no_reading():
    bench = ScdBench()
    assert bench.driver.read(0) == (None, None, None)
