"""The MB7389's pulse-width driver against its virtual chip, triggered and free-running."""

from device.chip_bench import Bench, raises
from gilmok_node.sensors.base import BusStuck, NotReady, SensorError, Silent
from gilmok_node.sensors.mb7389_pulse import Mb7389Pulse
from gilmok_sim.bus_lines import VirtualPulse
from gilmok_sim.chips import Noise, Still
from gilmok_sim.chips.mb7389_pulse import VirtualMb7389Pulse


class PulseBench(Bench):
    def __init__(self, distance=1.953, has_trigger=True):
        self.world = Still(distance=distance)
        self.chip = VirtualMb7389Pulse(self.world, self.clock)
        self.bus = VirtualPulse(self.chip, self.clock, has_trigger)
        self.driver = Mb7389Pulse(self.bus, {})

    def read(self, after_ms=1000, late_ms=0):
        """Return a reading as the sampler gets it: asked again after as many ms as NotReady says."""
        self.now += after_ms
        self.now += self.driver.start(self.now) + late_ms
        self.asked = 0
        while True:
            self.asked += 1
            try:
                values = self.driver.read(self.now)
                self.now += 1 + self.bus.blocked_us // 1000
                return values
            except NotReady as error:
                assert self.bus.blocked_us <= 40000
                self.now += error.fact + self.bus.blocked_us // 1000


def test_triggered():
    bench = PulseBench()
    bench.begin()
    bench.read()
    for mm in range(320, 4981, 61):
        bench.world.set(distance=mm / 1000)
        assert bench.read() == (mm,)
        assert bench.asked == 1 and bench.bus.blocked_us <= 40000


def test_free_running():
    noise = Noise(5)
    bench = PulseBench(has_trigger=False)
    bench.begin()
    for _ in range(100):
        mm = 320 + noise.bits() % 4600
        bench.world.set(distance=mm / 1000)
        assert bench.read(1000 + noise.bits() % 300) == (mm,)
        assert bench.asked <= 6 and bench.bus.blocked_us <= 40000


def test_a_late_loop_triggers_again():
    for late_ms in (5, 10, 11, 13, 20, 100, 400):
        bench = PulseBench()
        bench.begin()
        bench.read()
        assert bench.read(late_ms=late_ms) == (1953,), late_ms
        assert bench.asked <= 4
        assert (bench.asked > 1) == (late_ms > 10), late_ms


def test_range():
    bench = PulseBench()
    bench.begin()
    bench.read()
    for distance, value in ((0.1, None), (0.3, None), (0.319, None), (0.32, 320), (4.98, 4980), (4.99, None), (9.0, None), (None, None)):
        bench.world.set(distance=distance)
        assert bench.read() == (value,), distance


def test_silence_and_recovery():
    for has_trigger in (True, False):
        bench = PulseBench(has_trigger=has_trigger)
        bench.begin()
        bench.read()
        bench.chip.fault = "silence"
        assert raises(Silent, bench.read).fact >= 1000
        bench.chip.fault = None
        bench.begin()
        assert bench.read() == (1953,)


def test_a_line_held_high_and_recovery():
    bench = PulseBench()
    bench.begin()
    bench.read()
    bench.bus.fault = "stuck"
    raises(BusStuck, bench.read)
    bench.bus.fault = None
    bench.begin()
    assert bench.read() == (1953,)


def test_noise_stays_within_the_range():
    bench = PulseBench()
    bench.begin()
    bench.chip.fault = "noise"
    for _ in range(200):
        try:
            (value,) = bench.read()
        except SensorError:
            continue
        assert value is None or 320 <= value <= 4980
    bench.chip.fault = None
    bench.begin()
    bench.read()
    assert bench.read() == (1953,)


def test_stuck_values_repeat():
    bench = PulseBench()
    bench.begin()
    assert bench.read() == (1953,)
    bench.chip.fault = "stuck"
    bench.world.set(distance=1.0)
    assert bench.read() == (1953,)
    bench.chip.fault = None
    bench.read()
    assert bench.read() == (1000,)
