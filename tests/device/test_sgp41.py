"""The SGP41 driver against the data sheet's frames and against its virtual chip."""

import json

from device.chip_bench import Bench, golden, raises
from gilmok_node.sensors.base import Absent, BusStuck, Garbled, SensorError, Stuck
from gilmok_node.sensors.sgp41 import Sgp41
from gilmok_sim.bus import VirtualI2C
from gilmok_sim.chips import Still
from gilmok_sim.chips.sensirion import crc
from gilmok_sim.chips.sgp41 import VirtualSgp41

try:
    from micropython import heap_lock, heap_unlock
except ImportError:
    heap_lock = heap_unlock = None

MISSING = (None, None)


class SgpBench(Bench):
    def __init__(self, voc_raw=30123, nox_raw=15432):
        self.world = Still(voc_raw=voc_raw, nox_raw=nox_raw)
        self.chip = VirtualSgp41(self.world, self.clock)
        self.bus = VirtualI2C({0x59: self.chip})
        self.driver = Sgp41(self.bus, {})

    def warm_up(self):
        self.begin()
        self.run(300000)

    def measure(self):
        self.now += self.driver.start(self.now)
        return self.driver.read(self.now)


class Answering:
    """A bus that keeps what is written and answers every read with the same bytes."""

    def __init__(self, answer):
        self.answer = answer
        self.written = []

    def writeto(self, address, data):
        self.written.append(bytes(data))
        return len(data)

    def readfrom_into(self, address, buffer):
        buffer[:] = self.answer


def test_golden_frames():
    with open(golden(__file__, "sgp41_frames.json")) as file:
        frames = json.load(file)
    passed = bytes.fromhex(frames["passed"])
    assert crc(passed[:2]) == passed[2]
    driver = Sgp41(Answering(passed), {})
    now = driver.begin(0)
    assert now == 321
    driver.service(now)
    driver.service(now + 1000)
    driver.service(now + 9000)
    names = ("self_test", "condition", "condition", "measure")
    assert driver._bus.written == [bytes.fromhex(frames[name]) for name in names]


def test_values():
    bench = SgpBench()
    bench.warm_up()
    assert bench.measure() == (30123, 15432)
    bench.world.set(voc_raw=28000)
    bench.run(2000)
    assert bench.measure() == (28000, 15432)


def test_values_are_of_the_last_seconds():
    bench = SgpBench(voc_raw=lambda ms: 20000 + ms // 1000)
    bench.warm_up()
    for _ in range(5):
        bench.run(1500)
        assert 0 <= 20000 + bench.now // 1000 - bench.measure()[0] <= 2


def test_what_is_no_signal_is_missing():
    bench = SgpBench(voc_raw=0, nox_raw=65535)
    bench.warm_up()
    assert bench.measure() == MISSING
    bench.world.set(voc_raw=1, nox_raw=64999)
    bench.run(2000)
    assert bench.measure() == (1, 64999)
    bench.world.set(voc_raw=65000)
    bench.run(2000)
    assert bench.measure() == (None, 64999)


def test_warm_up_is_missing_values_and_never_an_error():
    bench = SgpBench()
    assert bench.driver.read(0) == MISSING
    bench.begin()
    seen = {}
    while bench.now < 310000:
        bench.run(1000)
        seen.setdefault(bench.measure(), bench.now)
    assert len(seen) == 3 and seen[MISSING] < 2000
    assert 60000 <= seen[30123, None] < 61100
    assert 300000 <= seen[30123, 15432] < 301100


def test_it_is_conditioned_for_no_more_than_ten_seconds():
    bench = SgpBench()
    bench.begin()
    bench.run(15000)
    assert 8000 < bench.chip.conditioned_ms <= 10000
    codes = [code for code, _ in bench.chip.heard]
    assert codes[0] == 0x280E
    assert codes[1:10] == [0x2612] * 9 and set(codes[10:]) == {0x2619}
    assert bench.chip.heard[-1][1] == [0x8000, 0x6666]


def test_a_fault_while_conditioned_cools_it():
    bench = SgpBench()
    bench.begin()
    bench.run(4000)
    bench.chip.fault = "bad_checksum"
    bench.run(2000)
    assert bench.chip.heard[-1][0] == 0x3615
    bench.run(60000)
    raises(Garbled, bench.measure)
    assert bench.chip.conditioned_ms < 7000


def test_a_failed_self_test_is_told():
    for found in (0xD401, 0x0002, 0x4B03):
        bench = SgpBench()
        bench.chip.self_test = found
        bench.begin()
        bench.run(1000)
        assert raises(Stuck, bench.measure).fact == found
        bench.chip.self_test = 0xD400
        bench.now += 1000  # the node's first pause after a fault
        bench.warm_up()
        assert bench.measure() == (30123, 15432)


def test_silence_and_recovery():
    bench = SgpBench()
    bench.warm_up()
    bench.chip.fault = "silence"
    bench.run(2000)  # a service never raises
    assert raises(Absent, bench.measure).fact == 19
    raises(Absent, bench.begin)
    bench.chip.fault = None
    raises(Absent, bench.measure)  # only begin() is the way back
    bench.warm_up()
    assert bench.measure() == (30123, 15432)


def test_stuck_bus_and_recovery():
    bench = SgpBench()
    bench.warm_up()
    bench.bus.fault = "stuck"
    bench.run(2000)
    assert raises(BusStuck, bench.measure).fact == 110
    raises(BusStuck, bench.begin)
    bench.bus.fault = None
    bench.warm_up()
    assert bench.measure() == (30123, 15432)


def test_noise_and_bad_checksums_are_never_a_reading():
    bench = SgpBench()
    for fault in ("bad_checksum", "noise"):
        for _ in range(20):
            bench.chip.fault = None
            bench.warm_up()
            assert bench.measure() == (30123, 15432)
            bench.chip.fault = fault
            bench.run(5000)
            raises(SensorError, bench.measure)
        bench.begin()
        bench.run(2000)
        raises(SensorError, bench.measure)


def test_a_brown_out_is_noticed():
    bench = SgpBench()
    bench.warm_up()
    bench.chip.brown_out()
    bench.run(2000)
    raises(Absent, bench.measure)
    bench.warm_up()
    assert bench.measure() == (30123, 15432)


def test_stuck_values_repeat():
    bench = SgpBench()
    bench.warm_up()
    bench.chip.fault = "stuck"
    bench.world.set(voc_raw=25000)
    bench.run(5000)
    assert bench.measure() == (30123, 15432)
    bench.chip.fault = None
    bench.run(5000)
    assert bench.measure() == (25000, 15432)


class Canned:
    """A bus whose every read finds the same bytes, and which allocates nothing."""

    def __init__(self, answer):
        self.answer = answer

    def writeto(self, address, data):
        return len(data)

    def readfrom_into(self, address, buffer):
        for i in range(len(buffer)):
            buffer[i] = self.answer[i]


def test_service_allocates_nothing():
    driver = Sgp41(Canned(b"\x80\x00\xa2\x66\x66\x93"), {})
    driver.begin(0)
    for now in range(1000, 15000, 1000):
        driver.service(now)
    if heap_lock:
        heap_lock()
    try:
        for now in range(15000, 30000, 1000):
            driver.service(now)
    finally:
        if heap_lock:
            heap_unlock()
    assert driver.read(300000) == (0x8000, 0x6666)
