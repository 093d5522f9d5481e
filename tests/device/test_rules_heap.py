"""A sample costs no heap: micropython.heap_lock() is the oracle."""

from array import array

from gilmok_rules.biquad import LIMIT
from gilmok_rules.butterworth import HIGH, design
from gilmok_rules.frequency import Frequency
from gilmok_rules.ground_motion import GroundMotion, velocity_scale
from gilmok_rules.level import Level
from gilmok_rules.median import SpikeFilter
from gilmok_rules.quake import QuakeTrigger
from gilmok_rules.sta_lta import StaLta
from gilmok_rules.trend import Trend

try:
    from micropython import heap_lock, heap_unlock
except ImportError:
    heap_lock = heap_unlock = None


def allocates_nothing(run, times=200):
    """Assert that calls of run(i) take nothing from the heap; the first half of them may."""
    for i in range(times):
        run(i)
    if heap_lock:
        heap_lock()
    try:
        for i in range(times):
            run(i)
    finally:
        if heap_lock:
            heap_unlock()


def test_slow_filters_allocate_nothing():
    spikes, mean, slope = SpikeFilter(7, 100), Trend(1000, 20_000, 50), Trend(1000, 60_000)

    def run(i):
        value = None if i % 7 == 3 else (i * 37) & 255
        spikes.add(value)
        mean.add(i * 1000, value)
        slope.add(i * 1000, value)

    allocates_nothing(run)


def test_triggers_allocate_nothing():
    for classic in (False, True):
        trigger = StaLta(5, 50, 48, 16, 100, 1, classic)
        allocates_nothing(lambda i, trigger=trigger: trigger.add(100000 if 120 < i < 140 else i & 255))
        assert trigger.lta


class Vibration:
    """Everything that a sample of three axes can go through; not a closure, since calling one over many names allocates."""

    def __init__(self):
        [coefficients] = design(HIGH, 0.1, 250)
        self.x, self.y, self.z = [array("i", bytearray(4 * 8)) for _ in range(3)]
        self.quake = QuakeTrigger(250)
        self.motion = GroundMotion(coefficients, velocity_scale(250))
        self.level, self.frequency = Level(), Frequency(50)
        self.calls = 0

    def run(self, i):
        x, y, z = self.x, self.y, self.z
        self.calls += 1
        loud = self.calls > 500  # in the half of the calls that the heap is locked for
        for k in range(8):
            x[k] = LIMIT * 3 if loud and (i + k) & 4 else (i * 977 + k * 131) & 1023
            y[k] = -x[k]
            z[k] = (1 << 20) + k
        self.motion.run(x, y, z)
        self.quake.run(x, y, z)
        self.level.run(x)
        self.frequency.run(x)


def test_a_vibration_s_samples_allocate_nothing():
    vibration = Vibration()
    allocates_nothing(vibration.run, 400)
    assert vibration.quake.age < 8 * 310 and vibration.level.take()
