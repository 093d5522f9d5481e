"""A frame of history is begun in a pause between readings that drive outputs, and goes as it is when one is near."""

from gilmok_node.log import Entry
from gilmok_node.node import Node
from gilmok_wire.columns import encode_columns
from gilmok_wire.messages import READINGS
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
    stream.agreed = True
    taken = []
    for until_ms in (40, 45, 1000):
        assert stream.take(200, False, pressed=lambda until_ms=until_ms: log.now_ms >= until_ms)
        taken.append((stream.cursor, log.now_ms))
    assert taken[:2] == [(4, 40), (5, 50)], "one record at least, or history would never go on"
    assert taken[2][0] == 5 + ROWS, "unpressed it fills its frame"
