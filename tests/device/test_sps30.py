"""The SPS30 driver on I²C against its virtual chip."""

import struct

from device.chip_bench import Bench, raises
from gilmok_node.sensors import sps30_values
from gilmok_node.sensors.base import Absent, BadOption, BusStuck, Garbled, NotReady, SensorError, Stuck
from gilmok_node.sensors.sps30 import Sps30
from gilmok_sim.bus import VirtualI2C
from gilmok_sim.chips import Still
from gilmok_sim.chips.sps30 import FAN, LASER, SPEED, VirtualSps30

MASSES = (52, 95, 114, 133)
MISSING = (None,) * 10


class SpsBench(Bench):
    def __init__(self, options=None):
        self.world = Still(pm1=5.2, pm2_5=9.5, pm10=13.3)
        self.chip = VirtualSps30(self.world, self.clock)
        self.bus = VirtualI2C({0x69: self.chip})
        self.driver = Sps30(self.bus, options or {})

    def warm_up(self):
        self.begin()
        self.run(33000)

    def measure(self):
        self.run(self.driver.start(self.now))
        while True:
            try:
                return self.driver.read(self.now)
            except NotReady as error:
                assert error.fact
                self.now += error.fact


def test_values_and_their_order():
    bench = SpsBench()
    bench.warm_up()
    values = bench.measure()
    assert values[:4] == MASSES
    assert list(values[4:9]) == sorted(values[4:9])
    assert values[4] == 322  # 6.2 × 5.2 /cm³
    assert 40 <= values[9] <= 100


def test_floats_become_integers_at_the_nearest_step():
    for value in (0.0, 0.04, 0.06, 1.25, 77.77, 999.94, 1000.0):
        values = sps30_values.decode(struct.pack(">10f", *[value] * 9, 0.7341))
        for found in values[:9]:
            assert abs(found - value * 10) <= 0.501, (value, found)
        assert values[9] == 73


def test_what_is_out_of_range_or_no_number_is_missing():
    data = struct.pack(">10f", -0.2, 1000.2, float("nan"), float("inf"), 2999.9, 3000.2, 1, 1, float("-inf"), 10.2)
    assert sps30_values.decode(data) == (None, None, None, None, 29999, None, 10, 10, None, None)


def test_set_up_in_order():
    bench = SpsBench()
    bench.warm_up()
    assert bench.chip.heard == [(0xD304, []), (0xD002, []), (0xD100, []), (0x0010, [0x0300])]
    assert bench.driver.version == 0x0202


def test_start_up_is_missing_values_and_never_an_error():
    bench = SpsBench()
    bench.begin()
    seen = []
    while bench.now < 40000:
        bench.run(1000)
        seen.append((bench.measure(), bench.now))
    assert all([values == MISSING or values[:4] == MASSES for values, _ in seen])
    there = [now for values, now in seen if values != MISSING]
    assert 30000 < there[0] < Sps30.WARMUP_MS + 1000


def test_every_two_seconds_no_value_is_missed():
    for interval_ms in (960, 1000, 1040):
        bench = SpsBench()
        bench.chip.optics.interval_ms = interval_ms
        bench.warm_up()
        for tick in range(34000, 200000, 2000):
            bench.run(tick - bench.now)
            assert bench.measure()[:4] == MASSES
            assert bench.now - tick < 1100


def test_asked_too_soon_it_waits():
    bench = SpsBench()
    bench.warm_up()
    bench.measure()
    assert raises(NotReady, bench.driver.read, bench.now).fact == 100


def test_while_the_fan_is_cleaned_values_are_missing():
    bench = SpsBench()
    bench.warm_up()
    bench.measure()
    bench.chip.optics.clean()
    seen = []
    for _ in range(10):
        bench.run(2000)
        seen.append(bench.measure())
    assert seen[0] == MISSING and seen[-1][:4] == MASSES
    assert seen.count(MISSING) in (4, 5)


def test_fan_and_laser_faults_are_told():
    bench = SpsBench()
    bench.warm_up()
    for bit in (FAN, LASER):
        bench.chip.optics.status = bit
        bench.run(2000)
        assert raises(Stuck, bench.measure).fact == bit
        bench.chip.optics.status = 0
        assert bench.measure()[:4] == MASSES
    bench.chip.optics.status = SPEED
    bench.run(2000)
    assert bench.measure() == MISSING
    bench.chip.optics.status = 0
    bench.run(2000)
    assert bench.measure()[:4] == MASSES


def test_older_firmware_has_no_status_to_ask_for():
    bench = SpsBench()
    bench.chip.version = 0x0201
    bench.chip.optics.status = FAN
    bench.warm_up()
    assert bench.measure()[:4] == MASSES
    assert 0xD206 not in [code for code, _ in bench.chip.heard]


def test_another_chip_is_refused():
    bench = SpsBench()
    bench.chip.product = b"00080001"
    bench.warm_up()
    error = raises(Absent, bench.measure)
    assert "00080001" in error.reason


def test_silence_and_recovery():
    bench = SpsBench()
    bench.warm_up()
    bench.measure()
    bench.chip.fault = "silence"
    assert raises(Absent, bench.measure).fact == 19
    raises(Absent, bench.begin)
    bench.chip.fault = None
    bench.begin()
    bench.chip.fault = "silence"
    bench.run(5000)  # a service never raises
    raises(Absent, bench.measure)
    bench.chip.fault = None
    bench.warm_up()
    assert bench.measure()[:4] == MASSES


def test_stuck_bus_and_recovery():
    bench = SpsBench()
    bench.warm_up()
    bench.bus.fault = "stuck"
    assert raises(BusStuck, bench.driver.read, bench.now).fact == 110
    raises(BusStuck, bench.begin)
    bench.bus.fault = None
    bench.warm_up()
    assert bench.measure()[:4] == MASSES


def test_noise_and_bad_checksums_are_never_a_reading():
    bench = SpsBench()
    for fault in ("bad_checksum", "noise"):
        bench.warm_up()
        bench.measure()
        bench.chip.fault = fault
        for _ in range(50):
            bench.run(2000)
            raises(SensorError, bench.measure)
        bench.warm_up()
        raises(Garbled, bench.measure)
        bench.chip.fault = None
        bench.warm_up()
        assert bench.measure()[:4] == MASSES


def test_a_brown_out_is_noticed():
    for period_ms in (2000, 60000):
        bench = SpsBench()
        bench.warm_up()
        bench.measure()
        bench.chip.brown_out()
        for _ in range(10):
            bench.run(period_ms)
            try:
                assert bench.measure() == MISSING
            except Garbled as error:
                assert error.fact > 15000
                break
        else:
            raise AssertionError("never noticed")
        bench.warm_up()
        assert bench.measure()[:4] == MASSES


def test_stuck_values_repeat():
    bench = SpsBench()
    bench.warm_up()
    bench.measure()
    bench.chip.fault = "stuck"
    bench.world.set(pm2_5=12, pm10=30)
    bench.run(4000)
    assert bench.measure()[:4] == MASSES
    bench.chip.fault = None
    bench.run(4000)
    assert bench.measure()[1] == 120


def test_asleep_between_readings():
    bench = SpsBench({"sleep": 1})
    bench.begin()
    assert bench.measure() == MISSING  # not set up yet
    bench.run(3000)
    for pm10 in (13.3, 20.0, 30.0):
        assert not bench.chip.optics.measuring
        bench.world.set(pm10=pm10)
        asked = bench.now
        assert bench.measure()[3] == round(pm10 * 10)
        assert 30000 <= bench.now - asked <= 31500
        assert not bench.chip.optics.measuring
        bench.run(60000)


def test_a_fault_while_it_sleeps_is_found_when_it_is_woken():
    bench = SpsBench({"sleep": 1})
    bench.begin()
    bench.run(3000)
    bench.measure()
    bench.chip.brown_out()
    bench.run(60000)
    assert bench.measure()[:4] == MASSES  # it slept anyway
    bench.run(1000)
    bench.chip.optics.status = FAN
    raises(Stuck, bench.measure)
    bench.chip.optics.status = 0
    bench.begin()
    bench.run(3000)
    assert bench.measure()[:4] == MASSES
    bench.run(1000)
    bench.chip.fault = "silence"
    raises(SensorError, bench.measure)
    bench.chip.fault = None
    bench.begin()
    bench.run(3000)
    assert bench.measure()[:4] == MASSES


def test_options():
    assert raises(BadOption, Sps30, None, {"sleep": 2}).option == "sleep"
