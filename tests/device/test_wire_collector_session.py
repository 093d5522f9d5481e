"""What the collector makes of each message, when it answers, and what it never acknowledges, on both interpreters."""

from gilmok_wire import cbor, messages
from gilmok_wire.collector_commands import MAX_COMMANDS
from gilmok_wire.collector_session import ANCHOR_EVERY_MS
from gilmok_wire.errors import DecodeError, EncodeError, Unsupported
from gilmok_wire.link import Link
from gilmok_wire.ranges import Ranges
from support.collector_bench import DIGEST, LOG, CollectorBench

STATE = [messages.STATE, 0, DIGEST, 0, 0]


def _names(events):
    return [event[0] for event in events]


def test_a_hello_is_answered_with_statements_an_anchor_and_what_is_wanted():
    bench = CollectorBench()
    events = bench.tell(bench.hello(), bench.state(0), bench.state(2, 3, 9), ask=True)
    assert events[0] == ("hello", LOG, 0, 1, 10, b"conf", "0.1.0")
    assert events[1:] == [("stream", LOG, 0, DIGEST), ("stream", LOG, 2, DIGEST), ("gap", LOG, 2, 0, 3)]
    assert bench.commit() == [
        [messages.ACK, 5, 1000, 0, [0, 0, b""], [2, 3, b""]],
        [messages.ANCHOR, 0, bench.now, 20],
        [messages.WANTED, 0, 2],
    ]


def test_a_state_is_answered_with_a_witness_of_the_newest_record_that_is_stored():
    bench = CollectorBench().greet(LOG, STATE)
    bench.ask(bench.batch(0, 4))
    assert bench.acks() == {0: [4]} and bench.witnesses() == {}
    digest = messages.record_digest(1, 30_000, (3,))
    bench.ask(bench.state(0, 0, 20))
    assert bench.acks() == {0: [4]} and bench.witnesses() == {0: digest}
    bench.ask(bench.batch(8, 4), bench.state(0, 0, 20))
    assert bench.acks() == {0: [4, 8, 12]}
    assert bench.witnesses() == {0: messages.record_digest(1, 30_000, (11,)) + b"\x10"}  # number 11 is 8 beyond below - 1
    bench.ask([messages.POLL, 0])
    assert bench.acks() == {0: [4, 8, 12]} and bench.witnesses() == {}


def test_nothing_is_answered_before_the_commit():
    bench = CollectorBench().greet(LOG, STATE)
    bench.tell(bench.batch(0, 4), ask=True)
    assert bench.session.transmit() is None
    bench.commit()
    assert bench.acks() == {0: [4]}


def test_nothing_of_a_failed_commit_is_acknowledged():
    bench = CollectorBench().greet(LOG, STATE)
    bench.tell(bench.batch(0, 4), bench.state(0, 2, 9), ask=True)
    bench.store.drop()
    bench.session.abandoned()
    assert bench.session.transmit() is None
    bench.ask([messages.POLL, 0])
    assert bench.acks() == {0: [0]}
    bench.ask(bench.batch(0, 4))
    assert bench.acks() == {0: [4]}
    assert bench.store.records[LOG, 0] == {index: (1, 10_000 * index, (index,)) for index in range(4)}


def test_frames_without_the_bit_are_not_answered_but_remembered():
    bench = CollectorBench().knowing(0).greet()
    for first in (0, 4, 12):
        bench.tell(bench.batch(first, 4))
        assert bench.commit() == []
    assert bench.ask() == [[messages.ACK, 5, 1000, 5, [0, 8, 12, 16]]]
    assert bench.ask() == [[messages.ACK, 5, 1000, 6]]


def test_the_last_of_several_questions_is_answered():
    bench = CollectorBench().knowing(0).greet()
    bench.tell(bench.batch(0, 4), ask=True)
    bench.tell(bench.batch(4, 4), ask=True)
    assert bench.commit() == [[messages.ACK, 5, 1000, 3, [0, 8]]]


def test_a_poll_names_what_is_to_be_stated():
    bench = CollectorBench().greet(LOG, STATE, [messages.STATE, 1, DIGEST, 0, 0])
    bench.ask([messages.POLL, 1, 99, 1 << 40])
    assert bench.acks() == {1: [0]}


def test_known_records_cause_no_event():
    bench = CollectorBench().greet()
    assert _names(bench.tell(bench.batch(0, 4))) == ["rows"]
    bench.commit()
    assert bench.tell(bench.batch(0, 4), bench.batch(1, 2)) == []
    assert _names(bench.tell(bench.batch(2, 4))) == ["rows"]


def test_a_restarted_collector_knows_what_the_store_knows():
    bench = CollectorBench().greet()
    bench.ask(bench.batch(0, 4))
    bench.start()
    bench.node.restart()
    bench.ask(bench.hello(), bench.state(0, 0, 4))
    assert bench.acks() == {0: [4]}


def test_a_salt_without_hello_is_nobody():
    bench = CollectorBench()
    assert bench.tell(bench.batch(0, 4), ask=True) == []
    assert bench.commit() == [] and bench.store.records == {}


def test_a_malformed_message_costs_only_itself():
    say = CollectorBench()
    for message in [
        say.batch(0, 4)[:7] + [b""],
        say.state(0, 9, 3),
        say.state(0, 0, 9, 4, 4),
        say.state(31, 0, 9),
        say.part(2, total=2),
        [messages.SCHEMA, 0, DIGEST, 0, ["river", 0]],
    ]:
        bench = CollectorBench().greet()
        events = bench.tell(bench.batch(100, 4), message, bench.batch(104, 4), ask=True)
        assert _names(events) == ["rows", "malformed", "rows"], message
        assert events[1][1] == message[0]
        bench.commit()
        stored = bench.store.records[LOG, 0]
        assert sorted(stored) == list(range(100, 108))
        assert bench.acks() == {0: [0, 100, 108]}, message


def test_what_is_no_sequence_of_messages_changes_nothing():
    bench = CollectorBench().greet()
    frame = bench.node.seal(cbor.encode(bench.batch(0, 4)) + b"\x81", ask=True)
    try:
        bench.session.receive(frame, bench.now)
        raise AssertionError("accepted")
    except DecodeError:
        pass
    assert bench.commit() == []
    bench.ask([messages.POLL, 0])
    assert bench.acks() == {0: [0]}


def test_messages_of_another_release_are_told_apart():
    bench = CollectorBench().knowing(0).greet()
    events = bench.tell([99, "new"], bench.batch(0, 4), [24], ask=True)
    assert events[:2] == [("unsupported", 99), ("unsupported", 24)] and _names(events[2:]) == ["rows"]
    answer = bench.commit()
    assert answer[:2] == [[messages.UNSUPPORTED, 99], [messages.UNSUPPORTED, 24]]
    assert bench.acks() == {0: [4]}
    assert bench.ask() == [[messages.ACK, 5, 1000, 3]]


def test_unsupported_codes_are_bounded():
    bench = CollectorBench(Link(mtu=4096)).greet()
    for start in range(40, 4000, 400):
        bench.tell(*[[code] for code in range(start, start + 400)])
    answer = bench.ask()
    assert [message[0] for message in answer] == [messages.UNSUPPORTED] * 4 + [messages.ACK]


def test_a_hello_of_another_wire_version_is_answered_and_nothing_else_is_read():
    bench = CollectorBench()
    events = bench.tell(bench.hello(version=2), bench.state(0, 5, 9), bench.batch(5, 4), ask=True)
    assert events == [("unsupported", -3)]
    assert bench.commit() == [[messages.UNSUPPORTED, -3]]
    assert bench.tell(bench.batch(0, 4), ask=True) == [] and bench.commit() == []
    assert bench.store.records == {}
    bench.ask(bench.hello(), bench.state())  # updated
    assert bench.acks() == {0: [0]}


def test_a_frame_of_another_wire_version_is_unsupported():
    bench = CollectorBench().greet()
    frame = bytearray(bench.node.seal(b""))
    frame[0] ^= 3
    try:
        bench.session.receive(frame, bench.now)
        raise AssertionError("accepted")
    except Unsupported as error:
        assert error.args[0] == -3


def test_a_second_hello_before_the_answer():
    bench = CollectorBench()
    bench.tell(bench.hello(), bench.state(), ask=True)
    bench.tell(bench.hello(log=LOG + 1), bench.state())
    assert bench.commit() == []
    bench.ask([messages.POLL, 0])
    assert bench.acks() == {0: [0]}


def test_the_schema_of_a_stream_whose_state_was_lost_is_wanted_too():
    bench = CollectorBench().greet()
    assert bench.ask(bench.batch(0, 4))[-1] == [messages.WANTED, 0]


def test_anchors_come_with_each_hello_and_every_ten_minutes():
    bench = CollectorBench().greet()
    assert messages.ANCHOR not in _names(bench.ask())
    bench.now += ANCHOR_EVERY_MS - 1
    assert messages.ANCHOR not in _names(bench.ask())
    bench.now += 1
    assert bench.ask()[-1] == [messages.ANCHOR, 4, bench.now, 20]
    assert messages.ANCHOR not in _names(bench.ask())
    assert bench.ask(bench.hello())[-1] == [messages.ANCHOR, 6, bench.now, 20]


def test_gaps_are_what_nobody_holds_and_nobody_stored():
    bench = CollectorBench().greet()
    bench.ask(bench.batch(0, 4), bench.batch(10, 4))
    events = bench.tell(bench.state(0, 6, 30, 8, 12, 20, 25))
    assert events[1:] == [("gap", LOG, 0, 4, 6), ("gap", LOG, 0, 8, 10), ("gap", LOG, 0, 20, 25)]
    bench.ask()
    assert bench.acks() == {0: [6, 8, 14, 20, 25]}
    assert bench.tell(bench.state(0, 6, 30, 8, 12, 20, 25)) == []
    assert bench.store.gaps[LOG, 0] == Ranges([(4, 6), (8, 10), (20, 25)])


def test_a_gap_ends_where_the_log_does():
    bench = CollectorBench().greet()
    assert bench.tell(bench.state(0, 0, 9, 5, 40))[1:] == [("gap", LOG, 0, 5, 9)]


def test_a_log_that_went_back_is_a_fork():
    bench = CollectorBench().greet(LOG, STATE)
    bench.ask(bench.batch(0, 20))
    bench.node.restart()
    events = bench.tell(bench.hello(), bench.state(0, 0, 19), bench.batch(0, 4), ask=True)
    assert _names(events) == ["hello", "stream", "fork"] and events[2] == ("fork", LOG)
    assert bench.commit() == [[messages.FORK, LOG]]
    assert bench.tell(bench.batch(19, 4), ask=True) == []  # what a fork numbers is not this log's
    assert bench.commit() == [[messages.FORK, LOG]]
    assert len(bench.store.records[LOG, 0]) == 20


def test_a_log_that_stands_where_it_stood_is_no_fork():
    bench = CollectorBench().greet(LOG, STATE)
    bench.ask(bench.batch(0, 20))
    bench.node.restart()
    assert "fork" not in _names(bench.tell(bench.hello(), bench.state(0, 0, 20)))
    # A delayed state of the same session says less, and means nothing.
    assert "fork" not in _names(bench.tell(bench.state(0, 0, 12)))


def test_commands_are_repeated_until_their_result():
    bench = CollectorBench().greet()
    assert bench.session.commands.add(1, "blink", {"times": 3}) and bench.session.commands.add(2, "stop")
    commands = [[messages.COMMAND, 1, "blink", {"times": 3}], [messages.COMMAND, 2, "stop", None]]
    for _ in range(2):
        assert bench.ask()[-2:] == commands
    assert bench.tell([messages.RESULT, 1, 0, "done"]) == [("result", 1, 0, "done")]
    assert bench.ask()[-1:] == commands[1:] and messages.COMMAND not in _names(bench.answer[:-1])


def test_commands_go_to_confirmed_sessions_only_and_are_bounded():
    bench = CollectorBench()
    assert all([bench.session.commands.add(number, "blink") for number in range(MAX_COMMANDS)])
    assert not bench.session.commands.add(99, "blink")
    assert messages.COMMAND not in _names(bench.ask(bench.hello()))
    assert len([message for message in bench.ask() if message[0] == messages.COMMAND]) == MAX_COMMANDS


def test_a_device_that_listens_is_told_at_once():
    bench = CollectorBench()
    bench.session.commands.add(1, "blink")
    assert not bench.session.push() and bench.commit() == []  # nobody is there
    bench.ask(bench.hello())
    assert not bench.session.push() and bench.commit() == []  # the device has not proved that it knows this collector
    assert bench.session.commands.sent == set()
    bench.ask()
    bench.tell([messages.RESULT, 1, 0, None])
    bench.session.commands.add(2, "stop")
    assert bench.session.push() and bench.commit() == [[messages.COMMAND, 2, "stop", None]]
    assert bench.session.commands.sent == {2} and 2 in bench.session.commands


def test_what_expired_is_not_repeated():
    bench = CollectorBench().greet()
    bench.session.commands.add(1, "blink")
    bench.session.commands.drop(1)
    assert messages.COMMAND not in _names(bench.ask()) and bench.session.commands.ids() == []


def test_a_command_that_no_frame_holds_is_refused():
    bench = CollectorBench(Link(mtu=51))
    assert bench.session.commands.add(1, "blink", b"x" * 20)
    try:
        bench.session.commands.add(1, "blink", b"x" * 40)
        raise AssertionError("accepted")
    except EncodeError:
        pass


def test_diagnostics_and_strangers_are_told():
    bench = CollectorBench().greet()
    assert bench.tell([messages.DIAGNOSTIC, 3, "hot"]) == [("diagnostic", 3, "hot")]
    assert bench.tell([messages.UNSUPPORTED, 20]) == [("unsupported", 20)]
    assert bench.tell([messages.ACK, 1, 1, 1]) == []  # a downlink going up


def test_answers_fit_the_smallest_frame():
    bench = CollectorBench(Link(mtu=51))
    top = messages.MAX_SEQUENCE - 1000
    bench.tell(bench.hello(), ask=True)
    bench.tell(*[bench.state(stream, top, top + 900) for stream in range(31)], ask=True)
    for stream in range(31):
        for first in range(top + 100, top + 900, 100):
            bench.tell(bench.batch(first, 4, stream))
    bench.commit()
    assert max([len(frame) for frame in bench.frames]) <= 51
    assert sorted(bench.acks()) == list(range(31))
    assert len([message for message in bench.answer if message[0] == messages.WANTED][0]) == 17
    bench.ask([messages.POLL] + list(range(31)))
    assert max([len(frame) for frame in bench.frames]) <= 51
    assert all([statement[0] == top and len(statement) >= 3 for statement in bench.acks().values()])


def test_of_one_stream_as_many_holes_are_named_as_fit_the_smallest_frame():
    bench = CollectorBench(Link(mtu=51))
    bench.tell(bench.hello(), ask=True)
    bench.tell(bench.state(0, 0, 900), ask=True)
    bench.commit()
    for first in range(0, 800, 40):
        bench.tell(bench.batch(first, 20, 0))
    bench.ask([messages.POLL, 0])
    assert max([len(frame) for frame in bench.frames]) <= 51
    below, *beyond = bench.acks()[0]
    assert below == 20 and beyond[:4] == [40, 60, 80, 100] and len(beyond) > 4


def test_logs_are_asked_for_again_when_too_many_are_kept():
    bench = CollectorBench()
    for log in range(1, 9):
        bench.node.restart()
        bench.greet(log, bench.state())
        bench.ask(bench.batch(0, log))
        assert bench.acks() == {0: [log]}
    for log in range(1, 9):
        bench.node.restart()
        bench.ask(bench.hello(log), bench.state(0, 0, log))
        assert bench.acks() == {0: [log]}
    assert len(bench.session._logs) <= 4
