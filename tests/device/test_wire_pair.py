"""Both ends together, their frames moved by hand: lost, doubled, urgent, wide. On both interpreters."""

from gilmok_wire import cbor, messages
from gilmok_wire.errors import Replayed
from gilmok_wire.node_stream import StreamInfo
from support.nonces import NonceRecorder
from support.wire_scenario import AIR, STREET, batches_of, sent, street_pair


def test_everything_arrives_over_any_frame_size():
    for mtu in (51, 64, 115, 242, 1024, 4096):
        pair = street_pair(mtu)
        with NonceRecorder():
            pair.boot_node()
            pair.start_collector()
            pair.run()
        pair.check()
        assert pair.store.again == 0
        assert pair.node.counters["timeouts"] == pair.node.counters["restarts"] == 0


def test_whichever_frame_is_lost_or_doubled_everything_arrives_once():
    for fault in ("lost", "doubled"):
        for way in ("up", "down"):
            for number in range(100):
                pair = street_pair(mtu=115, rows=10, seed=number)
                if not _run_with_fault(pair, fault, way, number):
                    break
                pair.check()
                if way == "down" or fault == "doubled":
                    assert pair.store.again <= 40
            assert number > 5


def _run_with_fault(pair, fault, way, number):
    """Run to the end; the frame of that number is lost or doubled. False: there are not so many."""
    counts = {"up": 0, "down": 0}

    def times(direction):
        counts[direction] += 1
        return {"lost": 0, "doubled": 2}[fault] if (direction, counts[direction]) == (way, number + 1) else 1

    for _ in range(500):
        if pair.node.deadline(pair.now) is None:
            return counts[way] > number
        frame = pair.up()
        for _ in range(times("up") if frame is not None else 0):
            for answer in _receive(pair, frame):
                for _ in range(times("down")):
                    pair.deliver_down(answer)
    raise AssertionError("not quiet")


def _receive(pair, frame):
    """Give the collector a frame that may be a replay."""
    try:
        return pair.deliver_up(frame)
    except Replayed:
        return []


def test_the_schema_is_told_once_even_in_the_smallest_frames():
    with NonceRecorder(keep_plaintexts=True) as recorder:
        pair = street_pair(mtu=51)
        pair.run()
    for number, info in enumerate(STREET):
        digest, name, kind, columns = pair.store.schemas[77, number]
        assert (digest, name, kind) == (info.digest(), info.name, info.kind)
        assert [tuple(column) for column in columns] == list(info.columns)
    items = [message for message in sent(recorder) if message[0] == messages.SCHEMA]
    assert len(items) == sum([1 + len(info.columns) for info in STREET])


def test_records_too_wide_for_a_frame_go_in_parts():
    wide = StreamInfo("wide", messages.READINGS, tuple([("c{}".format(index), "1", 0) for index in range(16)]), 1000)
    with NonceRecorder(keep_plaintexts=True) as recorder:
        pair = street_pair(mtu=51, infos=[wide])
        for index in range(40):
            pair.log.append(0, 1000 * index, [pair.dice.between(-(1 << 28), 1 << 28) for _ in range(16)])
        pair.run()
    pair.check()
    assert {message[0] for message in batches_of(recorder)} == {messages.PART}
    assert pair.store.again == 0


def test_an_alarm_overtakes_a_long_history():
    pair = street_pair(mtu=51, rows=200)
    for _ in range(12):
        pair.step()
    number = pair.log.next(2)
    pair.log.append(2, pair.now, [9])
    before = pair.node.counters["sent"]
    while pair.store.find(77, 2, number) is None:
        pair.step()
    assert pair.node.counters["sent"] - before <= 1 + 8  # parts under way end first
    assert pair.node.backlog() > 100


def test_answers_are_asked_for_by_the_window():
    pair = street_pair(mtu=51, rows=300)
    pair.run()
    answers = pair.collector_seal.counter + 1
    assert pair.node.counters["sent"] > 100
    assert answers < pair.node.counters["sent"] / 4


def test_both_ends_tell_what_they_do_not_understand():
    pair = street_pair(rows=4)
    pair.step()
    pair.step()
    for answer in pair.deliver_up(pair.node_seal.seal(cbor.encode([99]), ask=True)):
        pair.deliver_down(answer)
    assert ("unsupported", 99) in pair.heard and ("unsupported", 99) in pair.events
    pair.deliver_down(pair.collector_seal.seal(pair.collector_seal.sessions[0], cbor.encode([98])))
    pair.run()
    assert ("unsupported", 98) in pair.events and ("unsupported", 98) in pair.heard
    pair.check()


def test_a_node_of_another_wire_version_is_told_so():
    pair = street_pair(rows=4)
    hello = [messages.HELLO, 3, 77, 0, 1, 10, b"conf", "2.0"]
    for answer in pair.deliver_up(pair.node_seal.seal(cbor.encode(hello), ask=True)):
        pair.deliver_down(answer)
    assert pair.events == [("unsupported", -4)] and pair.store.parents == {}


def test_a_command_comes_back_with_its_result():
    pair = street_pair(rows=4)
    pair.run()
    pair.collector.commands.add(1, "blink", [3])
    pair.log.append(2, pair.now, [1])
    pair.run()
    assert ("command", 1, "blink", [3]) in pair.events
    pair.node.result(1, 0, "done")
    pair.run()
    assert pair.heard[-1] == ("result", 1, 0, "done")
    pair.log.append(2, pair.now, [1])
    told = len(pair.events)
    pair.run()
    assert pair.events[told:] == []


def test_anchors_date_a_frame_within_their_uncertainty():
    pair = street_pair(rows=4)
    pair.now = 5000
    frame = pair.up()
    pair.now += pair.link.air_ms(len(frame))
    arrived = pair.now
    answers = pair.deliver_up(frame)
    pair.now += 130
    events = [event for answer in answers for event in pair.deliver_down(answer)]
    (anchor,) = [event for event in events if event[0] == "anchor"]
    assert anchor == ("anchor", arrived, 1_760_000_000_000 + arrived, 20 + 130)


def test_a_year_of_small_streams_is_quiet():
    quiet = StreamInfo("quiet", messages.READINGS, (("v", "1", 0),), 3_600_000)
    pair = street_pair(infos=[quiet, AIR])
    pair.run()
    for hour in range(50):
        pair.log.append(0, hour * 3_600_000, [hour % 7])
        pair.now = max(pair.now, hour * 3_600_000)
        pair.run()
    pair.check()
    assert pair.node.counters["sent"] < 120
