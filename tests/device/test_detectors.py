"""Detectors fed by a driver: what they tell, and that a sample costs no heap."""

import math
from array import array

from device.chip_bench import Bench, raises
from gilmok_node.measure.detectors import make_detector
from gilmok_node.sensors.adxl355 import Adxl355
from gilmok_node.sensors.base import SpiDevice
from gilmok_rules.butterworth import HIGH, band_pass, design
from gilmok_rules.detector import mend
from gilmok_rules.ground_motion import velocity_scale
from gilmok_rules.limit_lines import LINES
from gilmok_rules.ppv import limit_at
from gilmok_sim.bus import VirtualSpi
from gilmok_sim.chips import Still
from gilmok_sim.chips.adxl355 import VirtualAdxl355

try:
    from micropython import heap_lock, heap_unlock
except ImportError:
    heap_lock = heap_unlock = None

SHAKING, PGA, PGV, LEVEL, FREQUENCY = range(5)
PPV_FREQUENCY, SHARE = 3, 4


def quake_parameters(rate_hz=250, chunk=8):
    every = 1
    while every < 8 and rate_hz >= 100 * every:
        every += every
    return [band_pass(1, 10, rate_hz / every), design(HIGH, 0.1, rate_hz)[0], velocity_scale(rate_hz), 64, 24, 300, chunk]


def ppv_parameters(chunk=8, window=250, tell=100):
    scale = velocity_scale(250, 1)
    return [design(HIGH, 1, 250)[0], [], scale, 65, LINES["din4150-3/2"], window, tell, chunk]


class DetectorBench(Bench):
    """A detector on an ADXL355; `told` is [(tick, values, worth a record)]."""

    def __init__(self, kind, parameters, **chip):
        self.world = Still(x=0.0, y=0.0, z=1.0)
        self.chip = VirtualAdxl355(self.world, self.clock, **chip)
        self.spi = VirtualSpi()
        self.driver = Adxl355(SpiDevice(self.spi, self.spi.attach(self.chip)), {})
        self.detector = make_detector([kind, "d", 0, parameters], self.driver)
        self.told = []
        self.detector.on_values = self.on_values
        self.begin()

    def on_values(self, tick_ms, values):
        self.told.append((tick_ms, values, self.detector.record))

    def forget(self):
        self.told = []


def tone(amplitude, hz, begins_ms=0, ends_ms=1 << 30, offset=0.0):
    def value(ms):  # a cosine: its velocity begins at rest
        return offset + (amplitude * math.cos(2 * math.pi * hz * (ms - begins_ms) / 1000) if begins_ms <= ms < ends_ms else 0)

    return value


def test_an_earthquake_from_its_first_sample_to_its_end():
    for chunk in (8, 32):
        bench = DetectorBench("quake", quake_parameters(chunk=chunk))
        bench.run(15000)
        ((first, quiet, record),) = [told for told in bench.told if told[2]]
        assert 10000 < first < 10500 and quiet == (0, 0, 0, 0, None)  # since then it listens
        bench.forget()
        began = bench.now
        bench.world.set(x=tone(0.02, 3, began, began + 10000))
        bench.run(9000)
        times = [told[0] for told in bench.told]
        assert times == sorted(times) and max([b - a for a, b in zip(times, times[1:])]) <= 1032  # rules count their delays
        records = [told for told in bench.told if told[2]]
        tick, values, _ = records[0]
        assert 0 < tick - began < 300 and values[SHAKING] == 1 and values[LEVEL] == 0 and values[FREQUENCY] is None
        levels = [values[LEVEL] for _, values, _ in records[1:]]
        assert levels == sorted(levels) and len(set(levels)) == len(levels)
        tick, values, _ = records[-1]
        assert tick - began < 1500
        assert abs(values[PGA] - 2000) < 150 and abs(values[FREQUENCY] - 30) <= 1
        pgv = 0.02 * 9806.65 / (2 * math.pi * 3)  # mm/s
        assert values[LEVEL] == 5 and abs(values[PGV] / 1000 - pgv) < 0.1 * pgv  # from 5.4 mm/s on it is V, from 14.6 VI
        bench.forget()
        bench.run(15000)
        last, end = [told for told in bench.told if told[2]][-2:]
        assert last[1][:1] == (1,) and last[1][LEVEL] == 5 and end[1] == (0, 0, 0, 0, None) and last[0] == end[0]
        assert not bench.detector.busy and bench.told[-1][0] > bench.now - 1100 and not bench.told[-1][2]


def test_a_machine_beside_the_node_has_no_level():
    bench = DetectorBench("quake", quake_parameters())
    bench.run(15000)
    bench.forget()
    began = bench.now
    bench.world.set(x=tone(0.3, 60, began))
    bench.run(5000)
    assert [values for _, values, _ in bench.told if values[SHAKING]], "it triggers"
    assert max([values[LEVEL] for _, values, _ in bench.told]) == 0
    assert {values[FREQUENCY] for _, values, _ in bench.told if values[FREQUENCY]} <= {599, 600, 601}


def test_the_sensor_s_noise_does_not_hide_how_slow_a_weak_motion_is():
    bench = DetectorBench("quake", quake_parameters())
    bench.run(15000)
    began = bench.now
    bench.world.set(y=tone(0.0015, 1.5, began))
    bench.run(8000)
    assert [values for _, values, _ in bench.told if values[LEVEL] >= 2]
    assert all([values[FREQUENCY] is None or values[FREQUENCY] < 40 for _, values, _ in bench.told])


def test_a_lone_spike_is_no_motion():
    for spike in (0.05, 1.0, -1.9):
        bench = DetectorBench("quake", quake_parameters())
        bench.run(15000)
        bench.forget()
        at = bench.now + 102
        bench.world.set(x=lambda ms, at=at, spike=spike: spike if at <= ms < at + 4 else 0.0)
        bench.run(3000)
        assert [values for _, values, _ in bench.told if values[SHAKING]] == [], spike


def test_mending_takes_the_one_that_stands_alone():
    quiet = [5, -3, 2, 0, 1, -1, 4, 2]
    for at in range(8):
        for spike in (1 << 20, -(1 << 20), 30000):
            samples = array("i", quiet)
            samples[at] = spike
            mend(samples, 0, 8)
            assert samples[at] == quiet[at - 1 if at else 1] and max(samples) <= 5
    wave = array("i", [0, 70000, 100000, 70000, 0, -70000, -100000, -70000])
    kept = array("i", wave)
    mend(wave, 0, 8)
    assert wave == kept
    step = array("i", [0] * 6 + [100000] * 2)
    mend(step, 0, 8)
    assert step[7] == 100000


def test_holes_in_the_samples_are_no_motion():
    bench = DetectorBench("quake", quake_parameters(chunk=32))
    bench.run(15000)
    bench.forget()
    for held_up_ms in (400, 3000):
        bench.now += held_up_ms
        bench.run(1000)
    assert bench.driver.overruns == 2
    assert not [values for _, values, _ in bench.told if values[SHAKING]]


def test_ppv_of_a_tone_and_its_share_of_the_line():
    for hz, limit in ((8, 5.0), (30, 10.0), (45, 13.75)):
        bench = DetectorBench("ppv", ppv_parameters())
        velocity = 6.0  # mm/s
        bench.world.set(y=tone(velocity / 9806.65 * 2 * math.pi * hz, hz))
        bench.run(5000)
        tick, values, record = bench.told[-1]
        assert bench.now - 1032 <= tick <= bench.now and record and bench.detector.busy
        assert abs(values[1] / 1000 - velocity) < 0.04 * velocity, (hz, values)
        assert abs(values[PPV_FREQUENCY] - 10 * hz) <= 1
        assert abs(values[SHARE] / 10 - 100 * velocity / limit) < 0.04 * 100 * velocity / limit
        assert values[0] < 300 and values[2] < 300


def test_a_quiet_building_is_worth_a_record_a_minute():
    bench = DetectorBench("ppv", ppv_parameters())
    bench.run(150000)
    assert 140 <= len(bench.told) <= 150
    assert 2 <= len([1 for _, _, record in bench.told if record]) <= 3
    assert max([values[SHARE] for _, values, _ in bench.told[2:]]) < 60 and not bench.detector.busy


def test_limits_between_and_beyond_the_points_of_a_line():
    din2 = LINES["din4150-3/2"]
    assert [limit_at(din2, hz * 10) for hz in (1, 10, 30, 50, 75, 100, 200)] == [5000, 5000, 10000, 15000, 17500, 20000, 20000]
    assert limit_at(din2, None) == 5000
    bs2 = LINES["bs7385-2/2"]
    assert [limit_at(bs2, hz * 10) for hz in (4, 15, 40, 80)] == [15000, 20000, 50000, 50000]
    for hz in (1, 2, 3):  # 0.6 mm of displacement
        assert abs(limit_at(bs2, hz * 10) - 2 * math.pi * hz * 600) < 60
    assert limit_at(LINES["bs7385-2/1"], 10) == limit_at(LINES["bs7385-2/1"], 900) == 50000


def test_times_are_those_of_the_samples():
    bench = DetectorBench("ppv", ppv_parameters(chunk=8), noise=0)
    heard = []
    hear = bench.detector.hear

    def note(start_ms, period_ms, x, y, z):
        heard.append((start_ms, x[0]))
        hear(start_ms, period_ms, x, y, z)

    bench.detector.hear = note
    bench.world.set(x=lambda ms: ms / 256000)
    bench.run(5000)
    assert len(heard) > 140 and all([abs(start - x) <= 8 for start, x in heard])


def test_what_raises_while_it_is_told_costs_no_sample():
    bench = DetectorBench("ppv", ppv_parameters())
    bench.run(1500)

    def fail(tick_ms, values):
        raise ValueError

    bench.detector.on_values = fail
    raises(ValueError, bench.run, 2000)
    bench.detector.on_values = bench.on_values
    before = bench.driver._next_ms
    now = bench.now
    bench.run(5000)
    assert abs(bench.driver._next_ms - before - (bench.now - now)) <= 40 and bench.driver.lost == 0


def test_a_kind_nobody_knows_and_a_sensor_without_samples_are_refused():
    bench = DetectorBench("ppv", ppv_parameters())
    raises(ValueError, make_detector, ["seer", "d", 0, []], bench.driver)

    class Thermometer:
        NAME = "thermometer"

    raises(ValueError, make_detector, ["quake", "d", 0, quake_parameters()], Thermometer())


class Feed:
    """Chunks of quiet and of shaking for a detector whose every telling is counted; nothing here allocates."""

    def __init__(self, kind, parameters):
        class Driver:
            STEPS = (1049, 8)
            _period_ms = 4

            def listen(self, detector):
                pass

        self.detector = make_detector([kind, "d", 0, parameters], Driver())
        self.detector.on_values = self.on_values
        self.x, self.y, self.z = [array("i", bytearray(32)) for _ in range(3)]
        self.told = self.ms = 0

    def on_values(self, tick_ms, values):
        self.told += 1

    def run(self, chunks, size):
        x, y, z = self.x, self.y, self.z
        for i in range(chunks):
            for k in range(8):
                x[k] = ((i * 977 + k * 131) & 63) + (size if (8 * i + k) % 80 < 40 else -size)
                y[k] = -x[k]
                z[k] = 256000 + k
            self.detector.hear(self.ms, 4, x, y, z)
            self.ms += 32


def test_samples_allocate_nothing():
    for kind, parameters, between in (("quake", quake_parameters(), 14), ("ppv", ppv_parameters(32), 28)):
        for size in (0, 20000):
            feed = Feed(kind, parameters)
            feed.run(320, 0)
            feed.run(60, size)
            told = feed.told
            while feed.told == told:
                feed.run(1, size)
            told = feed.told
            assert feed.detector.values[0] >= (kind == "quake" and size > 0)
            if heap_lock:
                heap_lock()
            try:
                feed.run(between, size)
            finally:
                if heap_lock:
                    heap_unlock()
            assert feed.told == told, (kind, size)
