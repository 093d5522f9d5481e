"""The rain gauge: no tip is lost and none counted twice, whatever bounces and however busy the interpreter is."""

from device.chip_bench import Bench, raises
from gilmok_node.sensors.base import BadOption, Stuck
from gilmok_node.sensors.rain_gauge import RainGauge
from gilmok_sim.bus_lines import VirtualPin
from gilmok_sim.chips import Noise, Still
from gilmok_sim.chips.rain_gauge import VirtualRainGauge


class RainBench(Bench):
    def __init__(self, options=None, rain_rate=0, seed=1):
        self.world = Still(rain_rate=rain_rate)
        self.chip = VirtualRainGauge(self.world, self.clock, seed)
        self.chip.configure(options or {})
        self.pin = VirtualPin(self.chip, self.clock)
        self.driver = RainGauge(self.pin, options or {})

    def read(self, after_ms=0):
        self.now += after_ms
        assert self.driver.start(self.now) == 0
        return self.driver.read(self.now)


def test_an_hour_of_rain():
    for options, tips in (({}, 100), ({"tip_um": 500}, 40), ({"tip_um": 254}, 78)):
        bench = RainBench(options, rain_rate=20)  # 20 mm/h
        bench.begin()
        total = 0
        for _ in range(60):
            since, since_boot = bench.read(60000)
            total += since
            assert since_boot == total
        assert abs(total - tips) <= 1
        name, unit, exponent, step = bench.driver.CHANNELS[0]
        assert (name, unit) == ("rain", "mm")
        assert abs(total * step * 10**exponent - 20) <= 2 * step / 1000


def test_no_tip_is_lost_or_doubled_by_bounces_or_a_busy_interpreter():
    """The property, over seeded schedules: tips at least 1 s apart, erases of up to 400 ms anywhere, readings anywhere."""
    for seed in range(1, 61):
        noise = Noise(seed)
        bench = RainBench(seed=seed)
        bench.begin()
        at = 50
        held = total = 0
        for _ in range(30):
            at += 1000 + noise.bits() % 900
            bench.chip.tip(at, 60 + noise.bits() % 120)
            while bench.now < at:
                bench.now += 1 + noise.bits() % 300
                if noise.bits() % 3 == 0 and bench.now > held:
                    bench.now = max(bench.now, min(at - 1 + noise.bits() % 5, bench.now + 100))  # often within a bounce
                    held = bench.now + noise.bits() % 400
                    bench.pin.hold(held)
                if noise.bits() % 4 == 0:
                    total += bench.read()[0]
            bench.now = max(bench.now, at)
        bench.now += 1000
        since, since_boot = bench.read()
        assert since_boot == bench.chip.tips == 30, seed
        assert total + since == 30, seed


def test_a_shorted_cable_is_told_and_nothing_is_lost():
    bench = RainBench()
    bench.begin()
    bench.chip.tip(100)
    assert bench.read(1000) == (1, 1)
    bench.chip.plan(True, 2000)  # it closes and stays so
    assert bench.read(4000) == (1, 2)
    error = raises(Stuck, bench.read, 10000)
    assert error.fact == 10000
    bench.begin()
    raises(Stuck, bench.read, 5000)
    bench.chip.plan(False, bench.now + 10)
    bench.chip.tip(bench.now + 1000)
    bench.begin()
    assert bench.read(2000) == (1, 3)


def test_a_reading_within_a_tip_is_no_fault():
    bench = RainBench()
    bench.begin()
    for k in range(20):  # once a minute the reading falls on a closed reed
        bench.chip.tip(bench.now + 59950)
        assert bench.read(60000) == (1, k + 1)


def test_noise_counts_but_ends():
    bench = RainBench()
    bench.begin()
    bench.chip.fault = "noise"
    try:
        bench.read(5000)
    except Stuck:
        pass
    bench.chip.fault = None
    bench.chip.plan(False, bench.now + 50)
    bench.read(1000)
    bench.chip.tip(bench.now + 100)
    before = bench.driver._told
    assert bench.read(1000) == (1, before + 1)


def test_silence_looks_like_dry_weather():
    bench = RainBench(rain_rate=100)
    bench.begin()
    assert bench.read(60000)[0] > 5
    bench.chip.fault = "silence"
    bench.read(60000)
    assert bench.read(60000)[0] == 0
    bench.chip.fault = None
    assert bench.read(60000)[0] > 5
    bench.pin.fault = "stuck"
    bench.begin()
    bench.read(1000)
    raises(Stuck, bench.read, 60000)


def test_options():
    for name, value in (("tip_um", 9), ("tip_um", 5001), ("tip_um", 0.2), ("debounce_ms", 0), ("debounce_ms", 91)):
        assert raises(BadOption, RainGauge, None, {name: value}).option == name
