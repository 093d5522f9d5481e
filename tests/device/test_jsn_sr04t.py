"""The JSN-SR04T driver against its virtual chip, and the pins behind it."""

from device.chip_bench import Bench, raises
from gilmok_node.sensors.base import BusStuck, NotReady, Silent
from gilmok_node.sensors.jsn_sr04t import JsnSr04t
from gilmok_node.sensors.pins import PulsePins
from gilmok_sim.bus_lines import VirtualPulse
from gilmok_sim.chips import Still
from gilmok_sim.chips.jsn_sr04t import VirtualJsnSr04t


class JsnBench(Bench):
    def __init__(self, distance=1.953):
        self.world = Still(distance=distance)
        self.chip = VirtualJsnSr04t(self.world, self.clock)
        self.bus = VirtualPulse(self.chip, self.clock)
        self.driver = JsnSr04t(self.bus, {})

    def read(self, after_ms=1000):
        self.now += after_ms
        self.now += self.driver.start(self.now)
        return self.driver.read(self.now)


def test_distances_in_air_of_20_degrees():
    bench = JsnBench()
    bench.begin()
    for mm in range(201, 6000, 37):
        bench.world.set(distance=mm / 1000)
        (value,) = bench.read()
        assert abs(value - mm) <= 1, mm
        assert bench.bus.blocked_us <= 40000


def test_the_error_of_temperature_is_as_documented():
    bench = JsnBench(3.0)
    bench.begin()
    bench.chip.air_cel = -10.0
    assert 3140 <= bench.read()[0] <= 3175


def test_golden_times():
    """343.2 m/s: 1 m there and back takes 5827.5 µs; a vendor's rule is 58 µs a centimetre."""

    class Bus:
        def trigger(self):
            pass

        def measure_us(self, timeout_us):
            return self.us

    driver = JsnSr04t(Bus(), {})
    times = ((5828, 1000), (58 * 100, 995), (0, None), (1162, None), (1163, 200), (34967, 6000), (34968, None), (35999, None))
    for us, value in times:
        driver._bus.us = us
        assert driver.read(0) == (value,), us
    driver._bus.us = -1
    assert driver.read(0) == (None,)


def test_no_echo_and_too_near_are_missing():
    bench = JsnBench()
    bench.begin()
    for distance in (None, 6.5, 0.1):
        bench.world.set(distance=distance)
        assert bench.read() == (None,), distance
        assert bench.bus.blocked_us <= 40000
    bench.world.set(distance=0.5)
    assert bench.read() == (500,)


def test_asked_while_the_last_echo_lasts():
    bench = JsnBench(None)
    bench.begin()
    assert bench.read() == (None,)
    error = raises(NotReady, bench.read, 30)  # the line is high for 60 ms
    assert error.fact == 20
    bench.world.set(distance=2.0)
    bench.now += error.fact
    raises(NotReady, bench.driver.read, bench.now)
    bench.now += 20
    assert bench.driver.read(bench.now) == (2000,)


def test_silence_and_recovery():
    bench = JsnBench()
    bench.begin()
    bench.chip.fault = "silence"
    raises(Silent, bench.read)
    assert bench.bus.blocked_us <= 40000
    bench.chip.fault = None
    bench.begin()
    assert bench.read() == (1953,)


def test_a_line_held_high_and_recovery():
    bench = JsnBench()
    bench.begin()
    bench.bus.fault = "stuck"
    error = raises(NotReady, bench.read)
    for _ in range(9):
        bench.now += error.fact
        raises(NotReady, bench.driver.read, bench.now)
    bench.now += error.fact
    raises(BusStuck, bench.driver.read, bench.now)
    bench.bus.fault = None
    bench.begin()
    assert bench.read() == (1953,)


def test_noise_stays_within_the_range():
    bench = JsnBench()
    bench.begin()
    bench.chip.fault = "noise"
    for _ in range(200):
        (value,) = bench.read()
        assert value is None or 200 <= value <= 6000
    bench.chip.fault = None
    bench.read()
    assert bench.read() == (1953,)


def test_stuck_values_repeat():
    bench = JsnBench()
    bench.begin()
    assert bench.read() == (1953,)
    bench.chip.fault = "stuck"
    bench.world.set(distance=1.0)
    assert bench.read() == (1953,)
    bench.chip.fault = None
    assert bench.read() == (1000,)


def test_the_pins_of_a_board():
    log = []

    class BoardPin:
        def __init__(self, name, level=0):
            self.name, self.level = name, level

        def value(self, level=None):
            if level is None:
                return self.level
            log.append((self.name, level))

    echo = BoardPin("echo")
    pins = PulsePins(echo, BoardPin("trigger"), lambda us: log.append(("sleep", us)), lambda pin, level, us: (pin.name, level, us))
    pins.trigger()
    assert log == [("trigger", 1), ("sleep", 20), ("trigger", 0)] and pins.has_trigger
    assert pins.measure_us(36000) == ("echo", 1, 36000)
    echo.level = 1
    assert pins.measure_us(36000) == -3
    assert not PulsePins(echo, None, None, None).has_trigger
