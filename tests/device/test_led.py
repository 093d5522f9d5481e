"""The status LED: each code counts as it should, whatever the clock, and the node shows the right one."""

from gilmok_node import rescue
from gilmok_node.led import BLINK_MS, CODES, FAST, LONG, ON_MS, PERIOD_MS, STEADY, Led, code_of, level


class Pin:
    def __init__(self):
        self.levels = []

    def __call__(self, value):
        self.levels.append(value)


class Session:
    phase = "greet"


class Sampler:
    error = None


class Node:
    log = True
    measuring = True
    log_faults = 0

    def __init__(self):
        self.samplers = [Sampler(), Sampler()]
        self.session = Session()


class Rescue:
    """It has no log."""


def blinks_seen(blinks, start_ms):
    """Count the risings of the LED in ten periods, looking every 10 ms."""
    count, before = 0, 0
    for now_ms in range(start_ms, start_ms + 10 * PERIOD_MS, 10):
        lit = level(blinks, now_ms)[0]
        count += lit and not before
        before = lit
    return count


def test_groups_count_what_they_say():
    for code, blinks in CODES:
        if blinks > 0:
            assert blinks_seen(blinks, 350) in (10 * blinks, 10 * blinks + 1), code
            assert blinks * BLINK_MS <= PERIOD_MS // 2, code  # a pause as long as the longest group
    assert blinks_seen(STEADY, 0) == 1
    assert blinks_seen(FAST, 0) == 10 * PERIOD_MS // 200
    assert blinks_seen(LONG, 0) == 10 * PERIOD_MS // 2000


def test_codes_differ():
    assert len({blinks for _, blinks in CODES}) == len(CODES)


def test_between_two_changes_nothing_changes():
    for _, blinks in CODES:
        now_ms = 123
        for _ in range(40):
            lit, at = level(blinks, now_ms)
            assert at > now_ms
            assert level(blinks, at - 1)[0] == lit, (blinks, now_ms, at)
            if blinks != STEADY:
                assert level(blinks, at)[0] != lit, (blinks, now_ms, at)
            now_ms = at


def test_the_led_is_lit_while_booting_and_either_level_may_light_it():
    high, low = Pin(), Pin()
    Led(high, 1)
    Led(low, 0)
    assert high.levels == [1] and low.levels == [0]


def test_the_most_urgent_is_shown():
    node, led = Node(), Led(Pin(), 1)
    assert code_of(node, led) == "unanswered"
    node.session.phase = "await"
    assert code_of(node, led) == "synchronised"
    node.samplers[1].error = ValueError()
    assert code_of(node, led) == "sensor_fault"
    node.log_faults = 1
    assert code_of(node, led) == "log_fault"
    node.measuring = False
    assert code_of(node, led) == "maintenance"
    led.alarm = True
    assert code_of(node, led) == "alarm"
    led.alarm = False
    led.maintenance = node.measuring = True
    assert code_of(node, led) == "maintenance"
    assert code_of(Rescue(), led) == "cannot_run"


def test_order_of_the_table_is_that_of_urgency():
    names = [name for name, _ in CODES]
    assert names == ["booting", "alarm", "maintenance", "cannot_run", "log_fault", "sensor_fault", "unanswered", "synchronised"]


def test_poll_sets_the_pin_and_says_when_again():
    pin = Pin()
    led = Led(pin, 0)
    node = Node()
    at = 0
    for expected in (0, 1, 0, 1, 0):  # two blinks, a pause, the next
        at = led.poll(node, at)
        assert pin.levels[-1] == expected
    assert at == PERIOD_MS + ON_MS


class Board:
    """A board with an LED."""

    def __init__(self):
        self.pin = Pin()
        self.led = Led(self.pin, 1)

    def feed(self):
        pass


def test_a_node_that_cannot_run_blinks_five_times():
    board, now = Board(), [0]
    node = rescue.Rescue("no partition", [], lambda: now[0], board)
    risings = 0
    for now[0] in range(0, PERIOD_MS, 50):
        node.poll()
        risings += board.pin.levels[-2:] == [0, 1]
    assert risings in (4, 5)  # it was lit before the first
