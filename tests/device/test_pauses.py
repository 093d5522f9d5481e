"""A frame of history is made in a pause between readings that drive outputs, and is no longer work than a pause is long."""

from gilmok_node.node import Node
from gilmok_wire.node_stream import ROWS


class Driving:
    def __init__(self, reading_at, period_ms):
        self.reading_at, self.period_ms = reading_at, period_ms


class Session:
    most = 16


class Standing:
    """What of a node the question needs."""

    measuring = True

    def __init__(self, *driving):
        self._driving = driving
        self._span_ms = self._frame_ms = 250
        self.session = Session()


def test_no_frame_shortly_before_a_reading_nor_when_it_has_just_become_due():
    node = Standing(Driving(1000, 1000))
    told = {now_ms: Node._is_quiet(node, now_ms, 300) for now_ms in (600, 701, 999, 1000, 1090, 1301)}
    assert told == {600: True, 701: False, 999: False, 1000: False, 1090: False, 1301: True}


def test_one_of_several_is_enough():
    assert not Node._is_quiet(Standing(Driving(5000, 1000), Driving(1000, 1000)), 900, 300)


def test_where_there_is_never_such_a_pause_history_does_not_wait():
    assert Node._is_quiet(Standing(Driving(1000, 20)), 995, 300)


def test_a_long_frame_halves_the_next_and_short_ones_let_them_grow():
    node = Standing()
    Node._fit_frames(node, 251)
    assert node.session.most == 8
    for _ in range(3):
        Node._fit_frames(node, 9999)
    assert node.session.most == 4 and node._frame_ms == 500, "a pause of a frame this long is still to be found"
    for _ in range(100):
        Node._fit_frames(node, 20)
    assert node.session.most == ROWS and node._frame_ms < 150
