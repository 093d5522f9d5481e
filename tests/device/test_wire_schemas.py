"""The schema exchange, and parts of wide records, at the collector, on both interpreters."""

from gilmok_wire import messages
from gilmok_wire.messages import schema_digest
from gilmok_wire.received_schemas import MAX_EXPONENT
from support.collector_bench import LOG, CollectorBench

COLUMNS = [["level", "m", -3], ["x", "[g]", -11, 390625]]
RIVER = schema_digest("river", 0, COLUMNS)


def _items(digest=RIVER, stream=0):
    items = [["river", 0, 2]] + COLUMNS
    return [[messages.SCHEMA, stream, digest, index, item] for index, item in enumerate(items)]


def _state(digest=RIVER, stream=0):
    return [messages.STATE, stream, digest, 0, 0]


def _wanted(answer):
    return [message[1:] for message in answer if message[0] == messages.WANTED]


def test_a_schema_comes_together_in_any_order_and_is_wanted_no_more():
    for order in ((0, 1, 2), (2, 1, 0), (1, 1, 0, 2)):
        bench = CollectorBench().greet(LOG, _state())
        assert _wanted(bench.ask()) == [[0]]
        items = _items()
        for index in order[:-1]:
            assert bench.tell(items[index]) == []
        assert bench.tell(items[order[-1]]) == [("schema", LOG, 0, RIVER, "river", 0, COLUMNS)]
        assert _wanted(bench.ask()) == []
        assert bench.store.schemas[LOG, 0] == (RIVER, "river", 0, COLUMNS)


def test_a_schema_lost_with_its_commit_is_wanted_again():
    bench = CollectorBench().greet(LOG, _state())
    bench.tell(*_items())
    bench.store.drop()
    bench.session.abandoned()
    assert _wanted(bench.ask()) == [[0]]


def test_a_schema_that_is_not_what_its_digest_says_is_none():
    bench = CollectorBench().greet(LOG, _state(b"dgst"))
    assert bench.tell(*_items(b"dgst")) == []
    assert _wanted(bench.ask()) == [[0]] and bench.store.schemas == {}


def test_items_of_two_digests_do_not_mix():
    bench = CollectorBench().greet(LOG, _state())
    items, others = _items(), _items(b"dgst")
    assert bench.tell(items[0], items[1], others[2]) == []
    assert len(bench.tell(items[2])) == 1


def test_malformed_items():
    bench = CollectorBench().greet(LOG, _state())
    for index, item in [
        (0, ["river", 0]),
        (0, ["river", 0, 2, 3]),
        (0, ["river", 0, 0]),
        (0, ["river", 0, 17]),
        (0, ["river", -1, 2]),
        (0, ["river", True, 2]),
        (0, [0, 0, 2]),
        (1, ["level", "m"]),
        (1, ["level", "m", "3"]),
        (1, ["level", 0, 3]),
        (1, ["level", "m", MAX_EXPONENT + 1]),
        (1, ["level", "m", -(1 << 60)]),
        (1, ["level", "m", 0, 0]),
        (1, ["level", "m", 0, -1]),
        (1, ["level", "m", 0, 1, 1]),
        (17, ["level", "m", 0]),
    ]:
        events = bench.tell([messages.SCHEMA, 0, RIVER, index, item])
        assert [event[:2] for event in events] == [("malformed", messages.SCHEMA)], item
    assert bench.tell([messages.SCHEMA, 31, RIVER, 0, ["river", 0, 2]])[0][0] == "malformed"
    assert len(bench.tell(*_items())) == 1


def test_unfinished_schemas_do_not_stand_in_the_way_of_others():
    bench = CollectorBench().greet(LOG, _state())
    for number in range(200):
        bench.tell([messages.SCHEMA, number % 31, b"%04d" % number, 1, ["level", "m", 0]])
    assert len(bench.session._schemas._items) < 40
    assert len(bench.tell(*_items())) == 1


def test_parts_are_rows_when_they_are_whole():
    bench = CollectorBench().greet()
    assert bench.tell(bench.part(0, value=5)) == []
    bench.ask()
    assert bench.acks() == {0: [0]}
    events = bench.tell(bench.part(1, value=6))
    assert events[0][0] == "rows" and events[0][2].columns == [[5], [6]]
    bench.ask()
    assert bench.acks() == {0: [1]} and bench.store.records[LOG, 0] == {0: (1, 0, (5, 6))}


def test_parts_of_two_logs_do_not_mix():
    bench = CollectorBench().greet()
    bench.tell(bench.part(0, value=5))
    bench.node.restart()
    bench.greet(LOG + 1)  # the same numbers and times, as after a restored image
    assert bench.tell(bench.part(1, value=60)) == []
    events = bench.tell(bench.part(0, value=50))
    assert events[0][1] == LOG + 1 and events[0][2].columns == [[50], [60]]
