"""A frame of history is begun in a pause between readings that drive outputs, and goes as it is when one is near."""

from gilmok_node.flash.log import Entry
from gilmok_node.node import Node
from gilmok_wire.columns import encode_columns
from gilmok_wire.identity import Identity
from gilmok_wire.link import Link
from gilmok_wire.messages import EVENTS, READINGS
from gilmok_wire.node_session import NodeSession
from gilmok_wire.node_stream import ROWS, NodeStream, StreamInfo


class Driving:
    def __init__(self, reading_at, period_ms):
        self.reading_at, self.period_ms = reading_at, period_ms


class Standing:
    """What of a node the question needs."""

    measuring = True

    _is_quiet = Node._is_quiet

    def __init__(self, *driving):
        self._driving = driving


def test_no_frame_shortly_before_a_reading_nor_while_it_is_overdue():
    node = Standing(Driving(1000, 1000))
    told = {now_ms: Node._is_quiet(node, now_ms, 300) for now_ms in (600, 701, 999, 1000, 1090, 5301)}
    assert told == {600: True, 701: False, 999: False, 1000: False, 1090: False, 5301: False}


def test_one_of_several_is_enough():
    assert not Node._is_quiet(Standing(Driving(5000, 1000), Driving(1000, 1000)), 900, 300)


def test_where_there_is_never_such_a_pause_history_does_not_wait():
    assert Node._is_quiet(Standing(Driving(1000, 20)), 995, 300)


def test_a_frame_that_is_being_made_goes_as_it_is_once_a_reading_is_near():
    node = Standing(Driving(1000, 1000))
    told = []
    for now_ms in (850, 899, 901, 1000, 3000):
        node.now = lambda now_ms=now_ms: now_ms
        told.append(Node._is_pressed(node))
    assert told == [False, False, True, True, True], "a reading that waits presses for as long as it waits"


class Entries:
    """A log of one stream whose every record takes 10 ms to read."""

    def __init__(self, count):
        self.count, self.now_ms = count, 0

    def oldest(self, stream):
        return 0

    def next(self, stream):
        return self.count

    def read(self, stream, sequence):
        self.now_ms += 10
        return Entry(stream, sequence, 1, 1, sequence * 1000, 0, encode_columns([(sequence % 7,)]))


def test_a_pressed_stream_takes_no_more_than_it_has_and_goes_on_behind_it():
    log = Entries(100)
    stream = NodeStream(1, b"1234", StreamInfo("level", READINGS, (("level", "m", -3),)), log)
    stream.settle(0, [])
    taken = []
    for until_ms in (40, 45, 1000):
        assert stream.take(200, False, pressed=lambda until_ms=until_ms: log.now_ms >= until_ms)
        taken.append((stream.cursor, log.now_ms))
    assert taken[:2] == [(4, 40), (5, 50)], "one record at least, or history would never go on"
    assert taken[2][0] == 5 + ROWS, "unpressed it fills its frame"


class Turning(Standing):
    """A node of one sensor that drives an output and one that does not, each of whose readings takes 35 ms of the loop."""

    alarms = _power = _led = reading = None

    poll, _logging = Node.poll, Node._logging

    def __init__(self):
        super().__init__(self)
        self._others = (self,)
        self._health = self.log = self.uplink = self.board = self
        self.period_ms, self.reading_at, self.now_ms, self.done, self._cuts = 1000, 1000, 0, [], 0
        self.sync = self.feed = self._prepare = lambda: None

    def now(self):
        return self.now_ms


def pieces_around_a_tick():
    """Return (piece, uptime) of all that a node does from 45 ms before a tick on; its reading is taken 2 ms after it was begun."""
    node = Turning()
    node.now_ms = 955
    driving, other = Driving(1000, 1000), Driving(0, 1000)

    def drive(now_ms):
        if now_ms >= driving.reading_at:
            node.done.append(("begin" if driving.reading_at == 1000 else "take", now_ms))
            driving.reading_at = 1002 if driving.reading_at == 1000 else 2000
        return driving.reading_at

    def measure(now_ms):
        node.done.append(("other", now_ms))
        node.now_ms += 35
        return now_ms + 1

    class Part:
        def poll(self, now_ms, *args):
            return now_ms + 3_600_000

    driving.poll, other.poll = drive, measure
    node._driving, node._others, node._health, node.uplink = (driving,), (other,), Part(), Part()
    node._measure = None
    while node.now_ms < 1030:
        at = node.poll()
        node.now_ms = max(node.now_ms, at)
    return node.done


def test_between_tick_and_reading_nothing_else_is_done_that_takes_long():
    assert pieces_around_a_tick() == [("other", 955), ("begin", 1000), ("take", 1002), ("other", 1002)], (
        "the second would have begun at 990"
    )


def test_a_sensor_that_is_always_near_starves_nothing():
    node = Turning()
    near, others = Driving(0, 1000), []

    class Part:
        def poll(self, now_ms, *args):
            return now_ms + 1

    def other(now_ms):
        others.append(now_ms)
        return now_ms + 1

    def again(now_ms):
        near.reading_at = now_ms + 1
        return near.reading_at

    near.poll = again
    rest = Part()
    rest.poll = other
    node._driving, node._others, node._health, node.uplink, node._measure = (near,), (rest,), Part(), Part(), None
    for _ in range(50):
        node.now_ms = node.poll()
    assert len(others) == 16, "every third turn is a whole one"


class Key:
    """A seal that seals nothing."""

    overhead, counter, peer_salt = 0, 0, None

    def seal(self, plaintext, ask=False):
        return bytes(plaintext)


def test_what_is_urgent_waits_for_a_reading_that_is_due():
    log = Entries(100)
    stream = NodeStream(1, b"1234", StreamInfo("alarm", EVENTS, (("level", "m", -3),), urgent=True), log)
    other = NodeStream(2, b"1235", StreamInfo("output", EVENTS, (("level", "m", -3),), urgent=True), log)
    stream.settle(0, [])
    other.settle(0, [])
    session = NodeSession(Key(), Link(), log, [stream, other], Identity(b"1234", "1"))
    session.pressed = lambda: log.now_ms >= 40
    assert session.is_urgent(0)
    out = bytearray()
    assert session._append_batches(out, 200, 0, only_urgent=True)
    assert (sorted((stream.cursor, other.cursor)), log.now_ms) == ([0, 4], 40), "the frame goes with what it has"
    assert not session.is_urgent(0)
    session.pressed = lambda: False
    assert session.is_urgent(0)
