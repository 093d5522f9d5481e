"""A light sleep that contacts and the radio end: every tip and every change counts once, whatever bounces and whoever sleeps."""

from device.wake_bench import Esp32, Pin, loop
from gilmok_node.sensors.contact import Contact
from gilmok_node.sensors.rain_gauge import RainGauge
from gilmok_node.wake import Wake
from gilmok_sim.chips import Noise, Still
from gilmok_sim.chips.rain_gauge import VirtualRainGauge
from gilmok_sim.chips.switch import Switch


class Door(Switch):
    """A contact that follows what is planned, with its bounces."""

    def __init__(self, host, seed, closed=False):
        Switch.__init__(self, None, host.clock, seed)
        self.level = 0 if closed else 1


class Bench:
    """A node's pins with a rain gauge at 27."""

    def __init__(self, seed=1, rouses=False):
        self.host = Esp32()
        self.wake = Wake(self.host, self.host, rouses)
        self.noise = Noise(seed)
        self.gauge = VirtualRainGauge(Still(rain_rate=0), self.host.clock, seed)
        self.rain = self.connect(27, self.gauge, RainGauge)

    def connect(self, number, chip, driver):
        sensor = driver(self.wake.contact(Pin(self.host, number, chip), self.host.ticks_ms), {})
        sensor.begin(0)
        return sensor

    def run(self, span_ms, *others, erases=True):
        return loop(self.host, self.wake, (self.rain,) + others, span_ms, self.noise, erases)


def test_a_tip_ends_the_sleep_and_counts_once():
    bench = Bench()
    bench.host.advance(10)
    bench.gauge.tip(500.0)
    assert bench.wake.sleep(1000)
    assert 500 < bench.host.now < 510, "awake within a millisecond, long before the time"
    assert bench.rain.read(502) == (1, 1)
    assert bench.wake.sleep(1000), "armed for the other level: it sleeps while the reed is closed"
    assert 590 < bench.host.now < 610
    bench.host.advance(5)
    bench.wake.sleep(1000)
    assert bench.host.now > 1600 and bench.rain.read(1605) == (0, 1)


def test_no_tip_is_lost_or_doubled_whenever_it_falls():
    slept = 0
    for seed in range(1, 41):
        bench = Bench(seed)
        at = 50
        for _ in range(20):
            at += 1000 + bench.noise.bits() % 900
            bench.gauge.tip(at, 60 + bench.noise.bits() % 120)
        total = bench.run(at + 2000)[bench.rain]
        total += bench.rain.read(int(bench.host.now))[0]
        assert total == bench.gauge.tips == 20, seed
        slept += bench.host.slept / bench.host.now
    assert slept / 40 > 0.75


def test_contacts_of_either_level_wake_and_count_their_changes():
    """A gate's two limit switches, one closed at the start, beside a rain gauge."""
    for seed in range(1, 21):
        bench = Bench(seed)
        noise = bench.noise
        doors = Door(bench.host, seed, closed=True), Door(bench.host, seed + 1)
        sensors = bench.connect(25, doors[0], Contact), bench.connect(26, doors[1], Contact)
        at, closed = 100, [True, False]
        for _ in range(20):
            at += 700 + noise.bits() % 1500
            place = noise.bits() % 2
            closed[place] = not closed[place]
            doors[place].plan(closed[place], at)
        changes = [0, 0]
        while bench.host.now < at + 1000:
            bench.run(50)
            for place, sensor in enumerate(sensors):
                changes[place] += sensor.read(int(bench.host.now))[1]
        assert sum(changes) == 20, seed
        assert [sensor.read(int(bench.host.now))[0] for sensor in sensors] == [int(each) for each in closed], seed
        assert bench.host.slept > bench.host.now / 2


def test_a_pulse_shorter_than_waking_up_is_a_disturbance():
    bench = Bench()
    bench.host.advance(10)
    bench.gauge.plan(True, 500.0, bounce=False)
    bench.gauge.plan(False, 500.4, bounce=False)
    bench.wake.sleep(1000)
    assert 500 < bench.host.now < 502 and bench.rain.read(502) == (0, 0)


def test_a_contact_that_stays_closed_lets_the_node_sleep():
    bench = Bench()
    bench.gauge.plan(True, 20.0)
    bench.run(9_000, erases=False)
    assert bench.host.slept > 0.95 * bench.host.now
    assert bench.rain._switch.closings == 1


def test_the_radio_ends_a_sleep_and_prevents_one():
    bench = Bench(rouses=True)
    line = Pin(bench.host, 33, Door(bench.host, 3, closed=True))
    bench.wake.line(line)
    assert bench.wake.look_ms == 1000 and bench.wake.awake_ms == 10, "awake nobody is told by DIO1"
    line.chip.plan(False, 300.0, bounce=False)
    assert bench.wake.sleep(1000) and 300 < bench.host.now < 302
    assert line.value() == 1, "the driver reads it"
    assert not bench.wake.sleep(1000) and bench.host.now < 302, "what has come is looked at first"


def test_a_radio_that_may_not_is_looked_at_as_ever():
    for rouses, number in ((False, 33), (True, 40)):
        bench = Bench(rouses=rouses)
        bench.wake.line(Pin(bench.host, number, level=1))
        assert bench.wake.look_ms == 10 and bench.wake.sleep(50) and bench.host.now >= 50
    assert bench.wake.is_fit


def test_outputs_are_held_while_it_sleeps():
    bench = Bench()
    pin = Pin(bench.host, 13, is_output=True)
    assert bench.wake.hold(pin) is pin
    bench.wake.sleep(100)
    assert bench.host.sleeps == 1 and not pin.held, "and free again to be moved"


class Old:
    """The module esp32 before v1.27."""

    def wake_on_ext1(self, pins, level):
        pass


def test_where_a_contact_cannot_end_a_sleep_nobody_sleeps():
    for esp32, number in ((None, 27), (Old(), 27), (Esp32(), 40)):
        host = Esp32()
        wake = Wake(host, esp32)
        assert wake.is_fit
        wake.contact(Pin(host, number), host.ticks_ms)
        assert not wake.is_fit


def test_without_contacts_the_time_alone_ends_it():
    host = Esp32()
    wake = Wake(host, None)
    wake.hold(Pin(host, 13))
    assert wake.sleep(700) and host.now == 701 and host.interrupts
