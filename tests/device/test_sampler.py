"""The sampler's steps: ticks, sensors that ask for more time, faults and the way back."""

from gilmok_node.measure.sampler import Sampler
from gilmok_node.sensors.base import NotReady, Silent


class Driver:
    """Takes `wait_ms` to measure, says so only when asked, and fails while `broken`."""

    CHANNELS = (("level", "m", -3),)
    SERVICE_MS = 0

    def __init__(self, wait_ms=0):
        self.wait_ms = wait_ms
        self.broken = False
        self.begun = 0
        self.ready_ms = None

    def begin(self, now_ms):
        self.begun += 1
        return 0

    def start(self, now_ms):
        if self.broken:
            raise Silent("nothing comes", 1)
        self.ready_ms = now_ms + self.wait_ms
        return 0

    def read(self, now_ms):
        if now_ms < self.ready_ms:
            raise NotReady("it is still measuring", min(5, self.ready_ms - now_ms))
        return (now_ms,)


class Bench:
    def __init__(self, driver, period_ms=100):
        self.rows = []
        self.faults = []
        self.driver = driver
        self.sampler = Sampler("a", driver, period_ms, self, None, self.tell)
        self.now = 0

    def append(self, tick, values):
        self.rows.append((tick, values[0]))

    def tell(self, sampler, error):
        self.faults.append(error and type(error))

    def run(self, until_ms):
        while self.now < until_ms:
            self.now = min(until_ms, self.sampler.poll(self.now))


def test_every_tick_is_measured():
    bench = Bench(Driver())
    bench.run(350)
    assert bench.rows == [(100, 100), (200, 200), (300, 300)]
    assert bench.driver.begun == 1


def test_a_sensor_that_asks_for_time_gets_it():
    bench = Bench(Driver(wait_ms=42))
    bench.run(350)
    assert bench.rows == [(100, 142), (200, 242), (300, 342)]
    assert bench.faults == [] and bench.driver.begun == 1


def test_time_ends_with_the_next_tick():
    bench = Bench(Driver(wait_ms=150))
    bench.run(199)
    assert bench.rows == [(100, None)]
    assert bench.faults == [NotReady]


def test_a_fault_is_one_missing_record_and_told_once():
    bench = Bench(Driver())
    bench.run(150)
    bench.driver.broken = True
    bench.run(30_000)
    assert bench.faults == [Silent] and bench.driver.begun > 3
    bench.driver.broken = False
    bench.run(100_000)
    assert bench.faults == [Silent, None]
