"""The contact driver against a virtual contact that bounces, and the pin behind both."""

from device.chip_bench import Bench, raises
from gilmok_node.sensors.base import BadOption
from gilmok_node.sensors.contact import Contact
from gilmok_node.sensors.pins import InputPin
from gilmok_node.sensors.switch import Switch
from gilmok_sim.bus_lines import VirtualPin
from gilmok_sim.chips import Still
from gilmok_sim.chips.contact import VirtualContact


class ContactBench(Bench):
    def __init__(self, options=None, closed=False, seed=1):
        self.world = Still(closed=closed)
        self.chip = VirtualContact(self.world, self.clock, seed)
        self.pin = VirtualPin(self.chip, self.clock)
        self.driver = Contact(self.pin, options or {})

    def read(self, after_ms=0):
        self.now += after_ms
        assert self.driver.start(self.now) == 0
        return self.driver.read(self.now)


class Script:
    """A contact whose edges are a list of (ms, level)."""

    def __init__(self, edges, level=1):
        self.edges = list(edges)
        self.level = level

    @property
    def next_ms(self):
        return self.edges[0][0] if self.edges else None

    def step(self):
        return self.edges.pop(0)[1]


def counted(edges, until_ms, debounce_ms=20, hold=None):
    """Return (closings, openings, closed) of a switch on a pin with these edges."""
    now = [0]
    pin = VirtualPin(Script(edges), lambda: now[0])
    switch = Switch(pin, debounce_ms)
    switch.begin()
    if hold:
        now[0] = hold[0]
        pin.hold(hold[1])
    now[0] = until_ms
    switch.poll()
    return switch.closings, switch.openings, switch.closed


def test_state_and_changes():
    for seed in range(1, 20):
        bench = ContactBench(seed=seed)
        bench.begin()
        assert bench.read() == (0, 0)
        assert bench.read(1000) == (0, 0)
        bench.world.set(closed=True)
        assert bench.read(1000) == (1, 1), seed
        assert bench.read(1000) == (1, 0), seed
        bench.world.set(closed=lambda ms: ms // 500 % 2)
        assert bench.read(10000) == (0, 21), seed


def test_normally_closed():
    bench = ContactBench({"invert": 1, "channel": "door_open"}, closed=True)
    assert bench.driver.CHANNELS == (("door_open", "1", 0), ("changes", "1", 0))
    bench.begin()
    assert bench.read(500) == (0, 0)
    bench.world.set(closed=False)
    assert bench.read(500) == (1, 1)


def test_bounces_are_one_change_and_slow_edges_are_two():
    assert counted([(100, 0), (101, 1), (101.5, 0), (110, 1), (112, 0)], 500) == (1, 0, True)
    assert counted([(100, 0), (121, 1)], 500) == (1, 1, False)
    assert counted([(100, 0), (119, 1)], 500) == (1, 0, False)  # a closure shorter than the debounce time is one change
    assert counted([(100, 0), (119, 1)], 500, debounce_ms=19) == (1, 1, False)
    assert counted([(0, 0)], 10) == (0, 0, True)  # closed before anyone looked


def test_edges_under_a_busy_interpreter_come_late_but_come():
    assert counted([(100, 0), (200, 1)], 900, hold=(50, 450)) == (1, 0, False)  # both in one late call
    assert counted([(100, 0), (600, 1)], 900, hold=(50, 450)) == (1, 1, False)
    assert counted([(20, 0), (100, 1)], 900, hold=(50, 450)) == (1, 1, False)
    assert counted([(20, 0)], 900, hold=(50, 450)) == (1, 0, True)


def test_a_busy_interpreter_in_the_midst_of_a_bounce_makes_no_second_change():
    bounce = [(100, 0), (101, 1), (103, 0)]
    assert counted(bounce, 900, hold=(102, 400)) == (1, 0, True)
    assert counted(bounce + [(200, 1)], 900, hold=(102, 400)) == (1, 0, False)
    assert counted(bounce + [(200, 1), (1000, 0)], 1500, hold=(102, 400)) == (2, 0, True)
    release = [(100, 0), (300, 1), (301, 0), (303, 1)]
    for ms in (302, 300.5):  # the last level seen before was closed, and open
        assert counted(release, 900, hold=(ms, 600)) == (1, 1, False), ms
    assert counted([(100, 0), (103, 1), (104, 0)], 900, hold=(102, 400)) == (1, 0, True)


def test_ticks_may_wrap():
    now = [0]
    handlers = []

    class Bus:
        def level(self):
            return now[0]

        def on_edge(self, handler):
            handlers.append(handler)

    switch = Switch(Bus(), 20)
    switch.begin()
    for ms, level, closings, openings in ((2**30 - 30, 1, 0, 1), (5, 0, 1, 1), (2**30 - 1, 1, 1, 2), (3, 0, 1, 2)):
        now[0] = level
        handlers[0](ms)
        assert (switch.closings, switch.openings) == (closings, openings), ms


def test_begin_again_loses_nothing():
    bench = ContactBench()
    bench.begin()
    bench.world.set(closed=lambda ms: ms // 500 % 2)
    bench.now += 5200
    bench.driver._switch.poll()
    bench.begin()
    assert bench.read(0) == (0, 10)


def test_faults():
    bench = ContactBench(closed=True)
    bench.begin()
    assert bench.read(100) == (1, 0)
    bench.chip.fault = "stuck"
    bench.world.set(closed=False)
    assert bench.read(100)[0] == 1
    bench.chip.fault = None
    bench.world.set(closed=True)
    bench.read(1000)
    bench.chip.fault = "silence"  # a cut cable reads open; that is what `invert` is for
    bench.world.set(closed=False)
    bench.read(1000)
    bench.world.set(closed=True)
    assert bench.read(1000)[0] == 0
    bench.chip.fault = "noise"
    assert bench.read(10000)[1] > 20
    bench.chip.fault = None
    bench.world.set(closed=False)
    bench.read(1000)
    assert bench.read(1000) == (0, 0)
    bench.pin.fault = "stuck"  # shorted to ground
    bench.begin()
    assert bench.read(1000) == (1, 0)


def test_options():
    for name, value in (
        ("invert", 2),
        ("invert", True + 1),
        ("debounce_ms", 0),
        ("debounce_ms", 501),
        ("channel", "Door"),
        ("channel", "a" * 15),
        ("channel", ""),
        ("channel", "1st"),
        ("channel", "changes"),
        ("channel", 5),
    ):
        error = raises(BadOption, Contact, None, {name: value})
        assert error.option == name and name in str(error)
    assert Contact(None, {"channel": "a" * 14}).CHANNELS[0][0] == "a" * 14


def test_the_pin_of_a_board():
    class BoardPin:
        IRQ_RISING = 1
        IRQ_FALLING = 2
        level = 1

        def value(self):
            return self.level

        def irq(self, handler, trigger):
            self.handler, self.trigger = handler, trigger

    board = BoardPin()
    ticks = [77]
    pin = InputPin(board, lambda: ticks[0])
    seen = []
    pin.on_edge(seen.append)
    assert board.trigger == 3 and pin.level() == 1
    board.handler(board)
    ticks[0] = 99
    board.handler(board)
    assert seen == [77, 99]
