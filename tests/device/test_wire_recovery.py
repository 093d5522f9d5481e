"""Both ends together when one of them restarts, is restored or has lost records, on both interpreters."""

from gilmok_wire.errors import DecodeError, SealError
from gilmok_wire.messages import record_digest
from gilmok_wire.ranges import Ranges
from support.memory_store import MemoryStore
from support.nonces import NonceRecorder
from support.wire_scenario import ALARM, RIVER, batches_of, fill, street_pair


def test_a_restarted_node_sends_nothing_again():
    pair = street_pair()
    pair.run()
    with NonceRecorder(keep_plaintexts=True) as recorder:
        pair.boot_node()
        assert pair.node.backlog() > 0  # it knows nothing
        pair.run()
    pair.check()
    assert batches_of(recorder) == [] and pair.store.again == 0


def test_a_restarted_collector_is_noticed_and_gets_nothing_again():
    with NonceRecorder(keep_plaintexts=True) as recorder:
        pair = street_pair()
        pair.run()
        pair.start_collector()
        fill(pair.log, pair.dice, 4, 10**6)
        recorder.plaintexts.clear()
        _run_through_refusals(pair)
    pair.check()
    assert pair.store.again == 0
    assert min([message[2] for message in batches_of(recorder) if message[1] == 0]) == 30
    assert pair.node.counters["restarts"] == 1


def _run_through_refusals(pair):
    """Run, where the collector may refuse frames of a session it does not know."""
    for _ in range(300):
        if pair.node.deadline(pair.now) is None:
            return
        try:
            pair.step()
        except SealError:
            pass
    raise AssertionError("not quiet")


def test_a_collector_that_dies_before_its_commit_acknowledged_nothing():
    pair = street_pair()
    for _ in range(4):
        pair.step()
    frame = pair.up()
    assert pair.deliver_up(frame, commit=False) == []
    pair.start_collector()
    _run_through_refusals(pair)
    pair.check()


def test_a_restored_store_gets_back_what_it_lost_and_no_more():
    pair = street_pair(rows=30)
    pair.run()
    image = pair.store.image()
    fill(pair.log, pair.dice, 30, 10**6)
    pair.run()
    pair.store = image
    pair.store.epoch += 50
    pair.start_collector()
    pair.now += 10**6
    fill(pair.log, pair.dice, 1, 2 * 10**6)
    _run_through_refusals(pair)
    pair.check()
    assert pair.store.again == 0
    assert pair.node.epoch == pair.store.epoch


def test_an_emptied_store_gets_everything_that_is_held():
    pair = street_pair(rows=30)
    pair.run()
    pair.log.overwrite(0, 12)
    pair.store = MemoryStore(epoch=2000)
    pair.start_collector()
    fill(pair.log, pair.dice, 1, 10**6)
    _run_through_refusals(pair)
    pair.check()
    assert pair.store.gaps == {(77, 0): Ranges([(0, 12)])}


def test_what_is_overwritten_before_it_was_sent_is_a_gap():
    pair = street_pair(rows=60)
    pair.step()
    pair.log.overwrite(0, 40)
    pair.log.overwrite(1, 50)
    pair.run()
    pair.check()
    assert pair.store.gaps == {(77, 0): Ranges([(0, 40)]), (77, 1): Ranges([(0, 50)])}


def test_unreadable_records_and_leaps_of_numbers_are_gaps():
    for mtu in (51, 242):
        pair = street_pair(mtu, infos=[RIVER, ALARM])
        for index in range(70_000, 70_200):  # numbers of five bytes
            if index == 70_000:
                pair.log.jump(0, index)
            if index in (70_050, 70_100, 70_101):
                pair.log.jump(0, 1000)
            pair.log.append(0, index, [pair.dice.below(900)])
        pair.log.append_raw(0, 3, 70_300, 1, b"\xff\xff")  # a payload nobody can decode
        pair.log.append(0, 70_400, [5])
        pair.log.spoil(0, 70_010, 70_012)
        pair.log.spoil(0, 70_020, 70_021)
        pair.run()
        pair.check()
        gaps = pair.store.gaps[77, 0]
        assert gaps.pairs[:3] == [(0, 70_000), (70_010, 70_012), (70_020, 70_021)]
        assert len(gaps) == 70_000 + 3 + 3000 + 3


def test_a_log_restored_from_an_image_is_a_child_of_the_lost_one():
    pair = street_pair(rows=20)
    pair.run()
    pair.log, old = pair.log.image(), pair.log
    fill(old, pair.dice, 10, 10**6)
    lost, pair.log = pair.log, old
    pair.run()  # the store has more than the image
    pair.log = lost
    pair.boot_node()
    fill(lost, pair.dice, 5, 2 * 10**6)
    while ("fork",) not in pair.events:
        pair.step()
    lost.fork(78)
    pair.node.restart(pair.now)
    pair.run()
    pair.check()
    assert sorted(pair.store.records[77, 0]) == list(range(30))
    assert sorted(pair.store.records[78, 0]) == list(range(20, 25))  # only what differs
    assert pair.store.parents[78] == 77


def outrun(equal):
    """Return a pair whose log was restored from an image and went on past what its first life had stored."""
    pair = street_pair(rows=20)
    image = pair.log.image()
    for index in range(10):
        pair.log.append(0, 10**6 + index, [index])
    pair.run()
    pair.log = image
    for index in range(12):
        image.append(0, 10**6 + index, [index if equal else -1 - index])
    pair.boot_node(first=True)  # no boot number tells the two lives apart
    return pair


def test_a_log_that_went_on_past_its_lost_life_is_known_by_its_records():
    pair = outrun(equal=False)
    while ("fork",) not in pair.events:
        pair.step()
    assert not pair.node.streams[0].agreed
    pair.log.fork(78)
    pair.node.restart(pair.now)
    pair.run()
    pair.check()
    assert sorted(pair.store.records[78, 0]) == list(range(20, 32))


def test_equal_records_are_no_other_life():
    pair = outrun(equal=True)
    pair.run()
    pair.check()
    assert ("fork",) not in pair.events


def test_a_statement_without_a_witness_agrees_on_nothing():
    pair = street_pair(rows=3)
    seal = pair.deliver_up(pair.up())
    assert len(seal) == 1 and not pair.node.streams[0].agreed
    pair.node._take_statement([0, 2], True, pair.events)
    assert not pair.node.streams[0].agreed and pair.node.streams[0].settled_spans() == []
    pair.node._take_statement([0, 2, b""], True, pair.events)
    assert pair.node.streams[0].settled_spans() == [(0, 2)]


def test_a_witness_that_the_log_no_longer_holds_is_believed():
    pair = street_pair(rows=20)
    pair.run()
    pair.log.overwrite(0, 20)
    pair.boot_node()
    pair.run()
    pair.check()
    assert ("fork",) not in pair.events


def test_a_witness_beyond_the_first_hole_is_compared_too():
    pair = street_pair(rows=20)
    stream = pair.node.streams[0]
    _, (boot, time_ms, values) = sorted(pair.log.held(0).items())[9]
    digest = record_digest(boot, time_ms, values)
    assert not stream.is_denied(9, digest)
    assert stream.is_denied(9, b"\0\0\0") and stream.is_denied(8, digest)
    pair.node._take_statement([0, 2, digest + b"\x10", 5, 10], True, pair.events)
    assert stream.settled_spans() == [(0, 2), (5, 10)] and pair.events == []
    pair.node._take_statement([0, 2, digest + b"\x0e", 5, 10], True, pair.events)
    assert pair.events == [("fork",)]


def test_a_replayed_past_changes_nothing():
    pair = street_pair(rows=20)
    past = []
    while pair.node.deadline(pair.now) is not None:
        past.append(pair.up())
        for answer in pair.deliver_up(past[-1]):
            pair.deliver_down(answer)
    fill(pair.log, pair.dice, 3, 10**6)
    pair.run()
    before = pair.store.image()
    pair.start_collector()  # it knows no session, and so no counter, any more
    for _ in range(2):
        for frame in past:
            try:
                for answer in pair.deliver_up(frame):
                    assert pair.deliver_down(answer) == []
            except DecodeError:
                pass
    assert not pair.collector.confirmed()
    assert (pair.store.records, pair.store.gaps, pair.store.again) == (before.records, before.gaps, 0)
    fill(pair.log, pair.dice, 3, 2 * 10**6)
    _run_through_refusals(pair)
    assert pair.collector.confirmed()
    pair.check()


def test_another_store_does_not_take_over():
    pair = street_pair(rows=20, belongs_to=5)
    stranger = MemoryStore(store_id=6)
    pair.store, home = stranger, pair.store
    pair.start_collector()
    for _ in range(8):
        pair.step()
    assert stranger.records == {} and pair.node.counters["foreign"] > 0
    pair.store = home
    pair.start_collector()
    pair.node.restart(pair.now)
    pair.run()
    pair.check()
