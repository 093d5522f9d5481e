"""What the node makes of answers, of silence and of what fits no frame, on both interpreters."""

from gilmok_wire import cbor, messages
from gilmok_wire.link import Link
from gilmok_wire.node_session import MAX_QUEUE, MAX_TRIES
from gilmok_wire.node_stream import ROWS, StreamInfo
from support.node_bench import EPOCH, RIVER, STORE, NodeBench, streams_of

SLOW = StreamInfo("slow", messages.READINGS, tuple([("c{}".format(index), "1", 0) for index in range(3)]), 600_000)


def test_silence_is_polled_and_then_given_up():
    bench = NodeBench().awaiting()
    salt, asked = bench.seal.salt, bench.now
    pauses = []
    for _ in range(MAX_TRIES):
        assert bench.wait() == [[messages.POLL, 0]] and bench.header.ask
        pauses.append(bench.now - asked)
        asked = bench.now
    assert all([after > 1.5 * before for before, after in zip(pauses, pauses[1:])])
    assert bench.node.counters["timeouts"] == MAX_TRIES and bench.node.counters["restarts"] == 0
    assert bench.wait()[0][0] == messages.HELLO
    assert bench.node.phase == "greet" and bench.seal.salt != salt and bench.header.salt == bench.seal.salt
    assert bench.node.counters["restarts"] == 1


def test_a_late_answer_still_counts():
    bench = NodeBench().awaiting()
    first = bench.counter
    bench.wait()
    bench.wait()
    bench.say(bench.ack([0, 1], counter=first))
    assert bench.node.phase == "ready" and bench.node.backlog() == 0


def test_a_partial_answer_is_asked_for_by_name_at_once():
    bench = NodeBench((RIVER, SLOW)).ready()
    bench.record(0, ROWS)
    for index in range(ROWS):
        bench.log.append(1, index, [1, 2, 3])
    bench.drain()
    bench.say(bench.ack([0, ROWS]))
    assert bench.node.phase == "await" and bench.node.deadline(bench.now) <= bench.now
    assert bench.wait() == [[messages.POLL, 1]]
    bench.say(bench.ack([1, ROWS]))
    assert bench.node.phase == "ready" and bench.node.backlog() == 0


def test_answers_in_small_pieces_are_no_silence():
    infos = [StreamInfo("s{}".format(index), messages.READINGS, (("v", "1", 0),), 1000) for index in range(10)]
    bench = NodeBench(infos, Link(mtu=242)).ready()
    for stream in range(10):
        bench.record(stream)
    bench.now += 10_000
    while bench.node.phase == "ready":
        bench.wait()
    for stream in range(10):  # each answer names one of them, so that nine polls are needed
        bench.say(bench.ack([stream, 1]))
        if stream < 9:
            assert bench.node.phase == "await" and bench.wait()[0][0] == messages.POLL
    assert bench.node.phase == "ready" and bench.node.counters["restarts"] == 0


def test_holes_are_sent_again_and_nothing_else():
    bench = NodeBench(link=Link(mtu=4096)).ready()
    bench.record(0, 128)
    bench.drain()
    bench.say(bench.ack([0, 32, 64, 128]))
    sent = bench.wait()
    assert [message[2:4] for message in sent] == [[32, 32]]


def test_another_store_settles_nothing():
    bench = NodeBench(store=STORE)
    bench.record(0, 3)
    bench.greeted().say(bench.ack([0, 3], [1, 0], store=STORE + 1))
    assert bench.node.backlog() == 3 and bench.node.counters["foreign"] == 1
    assert not bench.streams[0].agreed
    bench.say(bench.ack([0, 3], [1, 0]))
    assert bench.node.backlog() == 0 and bench.node.store == STORE


def test_a_node_keeps_to_the_first_store_that_answers():
    bench = NodeBench().ready()
    bench.record(0)
    bench.say(bench.ack([0, 1], store=STORE + 1))
    assert bench.node.backlog() == 1


def test_a_higher_epoch_makes_everything_unsettled():
    bench = NodeBench().ready()
    bench.record(0, 40)
    bench.drain()
    bench.settle()
    salt = bench.seal.salt
    assert bench.node.backlog() == 0
    bench.say(bench.ack([0, 40], epoch=EPOCH + 1))
    assert bench.node.backlog() == 40 and bench.node.phase == "greet" and bench.seal.salt != salt
    bench.wait()
    bench.say(bench.ack([0, 10], [1, 0], epoch=EPOCH + 1))
    assert bench.node.backlog() == 30


def test_results_and_diagnostics_are_bounded():
    bench = NodeBench().ready()
    for number in range(20):
        bench.node.result(number, 0, "done")
        bench.node.diagnose(1, "line {}".format(number))
    sent = bench.wait()
    assert [message[1] for message in sent if message[0] == messages.RESULT] == [16, 17, 18, 19]
    assert [message[2] for message in sent if message[0] == messages.DIAGNOSTIC] == ["line 16", "line 17", "line 18", "line 19"]
    assert MAX_QUEUE == 4


def test_a_result_is_repeated_until_it_is_answered():
    bench = NodeBench().ready()
    bench.node.result(3, 0, None)
    assert bench.wait() == [[messages.RESULT, 3, 0, None]]
    bench.wait()  # a poll: the answer will not say whether the result was heard
    bench.say(bench.ack())
    assert bench.wait() == [[messages.RESULT, 3, 0, None]]
    bench.say(bench.ack())
    assert bench.node.phase == "ready" and bench.node.deadline(bench.now) is None


def test_a_line_for_the_operator_is_repeated_until_it_is_answered():
    bench = NodeBench().ready()
    bench.node.diagnose(3, "lora reset")
    line = [messages.DIAGNOSTIC, 3, "lora reset"]
    assert bench.wait() == [line]
    bench.wait()  # a poll
    bench.say(bench.ack())
    bench.node.result(3, 0, None)
    for number in range(MAX_QUEUE):  # of a kind, so that neither pushes the other out
        bench.node.diagnose(1, str(number))
    sent = bench.wait()
    assert [messages.RESULT, 3, 0, None] in sent and line not in sent and len(sent) == 1 + MAX_QUEUE
    bench.say(bench.ack())
    assert bench.node.phase == "ready" and bench.node.deadline(bench.now) is None


def test_what_never_fits_a_frame_holds_nothing_up():
    bench = NodeBench(link=Link(mtu=51)).ready()
    bench.node.result(3, 0, "a value that is longer than a frame of 51 bytes can be")
    bench.node.diagnose(1, "a line that is longer than a frame of 51 bytes can be")
    bench.node.diagnose(1, "short")
    bench.record(1)
    sent = []
    while bench.node.deadline(bench.now) is not None:
        sent += [message for frame, _ in bench.drain() for message in frame]
        bench.settle()
    assert streams_of(sent) == [1]
    assert [messages.RESULT, 3, 0, None] in sent and [messages.DIAGNOSTIC, 1, "short"] in sent
    [cut] = [message[2] for message in sent if message[0] == messages.DIAGNOSTIC and message[2] != "short"]
    assert len(cut) > 30 and "a line that is longer than a frame".startswith(cut[:34])


def test_a_state_of_many_ranges_goes_in_pieces():
    bench = NodeBench((RIVER,), Link(mtu=51))
    bench.log.jump(0, 70_000)  # numbers of five bytes, so that only two ranges fit a frame
    bench.record(0, 100)
    bench.greeted().say(bench.ack([0, 70_000]))
    bench.streams[0].unreadable = [(70_010, 70_011), (70_020, 70_021), (70_030, 70_031)]
    stated = []
    for _ in range(6):
        told = [message for message in bench.wait() or [] if message[0] == messages.STATE]
        if told:
            stated.append(told[0][5:])
            bench.say(bench.ack([0, 70_000] + sum(stated, [])))
    assert stated == [[70_010, 70_011, 70_020, 70_021], [70_030, 70_031]]


def test_a_hello_fits_the_smallest_frame():
    bench = NodeBench(link=Link(mtu=51))
    bench.log.log_id, bench.log.parent, bench.log.boot = (1 << 32) - 1, (1 << 32) - 2, (1 << 24) - 1
    bench.node._identity.firmware = "2026.10.3-rc1+yangjae"
    frame = bench.node.transmit(0)
    plaintext, _, _ = bench.collector.open(frame)
    hello = cbor.decode(plaintext)
    assert len(frame) <= 51
    assert hello[2:5] == [(1 << 32) - 1, (1 << 32) - 2, (1 << 24) - 1] and hello[7] == "202"


def test_thirty_one_streams_over_the_smallest_frame():
    infos = [StreamInfo("s{}".format(index), messages.READINGS, (("v", "1", 0),), 1000) for index in range(31)]
    bench = NodeBench(infos, Link(mtu=51)).greeted()
    for stream in range(31):
        bench.record(stream, 2)
    for _ in range(400):
        if not bench.node.backlog():
            break
        bench.wait()
        if bench.last is not None and bench.header.ask and bench.now % 3:
            bench.settle()
    assert bench.node.backlog() == 0
