"""When the node sends what, and when it asks, on both interpreters."""

from gilmok_wire import messages
from gilmok_wire.link import Link
from gilmok_wire.node_session import BACKOFF_LIMIT_MS, MAX_TRIES
from gilmok_wire.node_stream import ROWS, SAMPLES, StreamInfo
from support.node_bench import ALARM, RIVER, NodeBench, streams_of
from support.wire_pair import Pair

SHAKE = StreamInfo("shake", messages.WAVEFORM, (("x", "[g]", -11, 390625),), max_age_ms=5000)
SLOW = StreamInfo("slow", messages.READINGS, tuple([("c{}".format(index), "1", 0) for index in range(3)]), 600_000)


def test_hello_says_who_we_are_and_what_we_hold():
    bench = NodeBench()
    bench.record(0, 4)
    hello, alarm, river = bench.wait()  # what is urgent is agreed on first
    assert hello == [messages.HELLO, 1, 77, 0, 1, 10, b"conf", "0.1.0"]
    assert river == [messages.STATE, 0, RIVER.digest(), 0, 4]
    assert alarm == [messages.STATE, 1, ALARM.digest(), 0, 0]
    assert bench.header.ask and bench.header.salt == b"node0001"


def test_greeting_backs_off_up_to_a_minute_and_keeps_its_salt():
    bench = NodeBench()
    times = []
    for _ in range(14):
        bench.wait()
        times.append(bench.now)
        assert bench.last[0][0] == messages.HELLO and bench.header.salt == b"node0001"
    pauses = [times[index + 1] - times[index] for index in range(13)]
    assert pauses[0] < 1000 and pauses == sorted(pauses)
    assert all([after <= 2 * before + 50 for before, after in zip(pauses, pauses[1:])])
    assert pauses[-1] <= BACKOFF_LIMIT_MS + 50 and bench.node.counters["restarts"] == 0


def test_nothing_goes_out_before_a_collector_is_there():
    bench = NodeBench().greeted()
    bench.record(0, 100)
    bench.record(1)
    for _ in range(5):
        assert streams_of(bench.wait()) == []


def test_streams_that_were_not_agreed_on_are_stated_first():
    bench = NodeBench().greeted()
    bench.record(0, 40)
    bench.say(bench.ack([1, 0]))
    sent = bench.wait()
    assert [message[:2] for message in sent] == [[messages.STATE, 0]] and bench.header.ask
    bench.say(bench.ack([0, 0]))
    assert streams_of(bench.wait()) == [0]


def test_one_answer_for_a_window_not_one_for_each_frame():
    bench = NodeBench(link=Link(mtu=51, window=8)).ready()
    bench.record(0, 2000)
    asks = []
    while bench.node.backlog():
        frames = bench.drain()
        asks += [ask for _, ask in frames]
        assert len(frames) <= 8 and [ask for _, ask in frames] == [False] * (len(frames) - 1) + [True]
        bench.say(bench.ack([0, bench.streams[0].cursor]))
    assert len(asks) > 60 and sum(asks) <= len(asks) // 8 + 2  # the last window, and a poll behind it


def test_an_idle_node_asks_once_and_is_silent():
    bench = NodeBench().ready()
    answered = bench.now
    bench.record(0, ROWS)
    frames = bench.drain()
    assert [ask for _, ask in frames] == [False, True] and frames[1][0] == [[messages.POLL, 0]]
    assert 0 <= bench.now - answered - bench.link.idle_ms < 10
    bench.settle()
    assert bench.node.phase == "ready" and bench.node.deadline(bench.now) is None
    assert bench.send() is None


def test_a_frame_that_ends_an_idle_time_asks_itself():
    bench = NodeBench().ready()
    bench.now += bench.link.idle_ms
    bench.record(0, ROWS)
    assert [ask for _, ask in bench.drain()] == [True]


def test_urgent_records_overtake_history():
    bench = NodeBench(link=Link(mtu=51)).ready()
    bench.record(0, 500)
    assert streams_of(bench.wait()) == [0] and not bench.header.ask
    bench.record(1)
    assert streams_of(bench.wait())[0] == 1 and bench.header.ask


def test_urgent_records_interrupt_waiting_where_both_may_speak():
    bench = NodeBench(link=Link(full_duplex=True)).awaiting()
    bench.record(1)
    assert bench.node.deadline(bench.now) <= bench.now + 100
    assert streams_of(bench.wait()) == [1] and bench.header.ask and bench.node.phase == "await"


def test_urgent_records_go_with_the_next_try_where_only_one_may_speak():
    bench = NodeBench(link=Link(full_duplex=False)).awaiting()
    asked = bench.now
    bench.record(1)
    assert bench.send() is None
    assert streams_of(bench.wait()) == [1] and bench.header.ask
    assert bench.now - asked <= 2 * bench.link.answer_ms


def test_an_unanswered_alarm_is_repeated_itself():
    bench = NodeBench().ready()
    bench.record(1)
    for _ in range(MAX_TRIES + 1):
        assert streams_of(bench.wait()) == [1] and bench.header.ask
    bench.settle()
    assert bench.node.backlog() == 0


def test_waveforms_wait_for_everything_else():
    bench = NodeBench((SHAKE, RIVER, ALARM), Link(mtu=115)).ready()
    bench.log.append_entry(0, 0, 4, [list(range(0, 4000, 16))])
    bench.record(1, ROWS)
    bench.record(2)
    order = [stream for sent, _ in bench.drain() for stream in streams_of(sent)]
    assert order[:2] == [2, 1] and order[2:3] in ([0], [])


def test_a_waveform_takes_more_rows_than_readings():
    bench = NodeBench((SHAKE, RIVER), Link(mtu=1024)).ready()
    bench.log.append_entry(0, 0, 4, [[0] * 2000])
    bench.record(1, 200)
    counts = {}
    while bench.node.backlog():
        for sent, _ in bench.drain():
            for message in sent:
                if streams_of([message]):
                    counts[message[1]] = max(counts.get(message[1], 0), message[3])
        bench.settle()
    assert counts == {0: SAMPLES, 1: ROWS}


def test_records_wait_for_company_up_to_their_age():
    bench = NodeBench((RIVER, SLOW)).ready()
    bench.record(0)
    bench.log.append(1, 0, [1, 2, 3])
    noticed = bench.now
    assert bench.send() is None
    assert streams_of(bench.wait()) == [0]
    assert 0 <= bench.now - noticed - RIVER.max_age_ms < 10
    bench.settle()
    bench.log.append(1, 0, [1, 2, 4])
    bench.now += 600_000
    assert streams_of(bench.wait()) == [1]


def test_enough_records_for_a_batch_do_not_wait():
    bench = NodeBench().ready()
    bench.record(0, ROWS - 1)
    assert bench.node.deadline(bench.now) > bench.now
    bench.record(0)
    assert bench.node.deadline(bench.now) == bench.now


def test_what_was_sent_before_does_not_wait_again():
    bench = NodeBench().awaiting()
    bench.say(bench.ack([0, 0]))  # the batch was lost
    assert bench.node.deadline(bench.now) <= bench.now
    assert streams_of(bench.wait()) == [0]
    bench.say(bench.ack([0, 1]))
    bench.record(0)
    assert bench.node.deadline(bench.now) > bench.now


def test_a_node_without_time_reads_few_records_for_a_frame():
    """One batch a frame, and what is urgent alone; the rest follows at once."""
    bench = NodeBench((RIVER, SLOW, ALARM)).ready()
    bench.node.most = 4
    bench.record(0, 10)
    for _ in range(10):
        bench.log.append(1, 0, [1, 2, 3])
    bench.record(2)
    bench.now += 600_000
    assert streams_of(bench.wait()) == [2]
    bench.say(bench.ack([2, 1]))
    bench.now += 600_000
    read = []
    while bench.node.deadline(bench.now) is not None and bench.node.phase == "ready":
        before = [stream.cursor for stream in bench.streams]
        assert len(streams_of(bench.wait())) <= 1
        read.append(sum([stream.cursor for stream in bench.streams]) - sum(before))
    assert max(read) == 4 and sum(read) == 20


def test_records_read_few_at_a_time_are_stored_as_others_are():
    pair = Pair([RIVER, ALARM], Link())
    pair.node.most = 4
    for index in range(100):
        pair.log.append(0, index, [index * index])
        pair.log.append(1, index, [index])
    pair.run()
    pair.check()
