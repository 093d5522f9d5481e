"""A session that goes on over another link in the middle of anything, on both interpreters."""

from gilmok_wire import messages
from gilmok_wire.errors import DecodeError
from gilmok_wire.link import Link
from gilmok_wire.node_session import BACKOFF_LIMIT_MS, MAX_TRIES
from gilmok_wire.node_stream import ROWS
from gilmok_wire.roaming_session import RoamingSession
from support.node_bench import NodeBench, streams_of
from support.wire_scenario import AIR, ALARM, RIVER, street_pair

WIDE = Link(mtu=256, byte_us=11, answer_ms=300, window=16)
NARROW = Link(mtu=51, byte_us=1500, frame_us=30_000, answer_ms=2100, window=1, full_duplex=False, idle_ms=0)


def bench(link=WIDE):
    """Return a NodeBench whose session roams."""
    return NodeBench(link=link, make_session=RoamingSession)


def use(bench, link):
    """Let the node go on over another link."""
    bench.link = link
    bench.node.use(link, bench.now)


def test_over_one_link_it_is_a_session_like_any_other():
    frames = []
    for roams in (False, True):
        pair = street_pair(roams=roams)
        frames.append([])
        while pair.node.deadline(pair.now) is not None:
            frames[-1].append(pair.step())
        pair.check()
    assert frames[0] == frames[1] and len(frames[0]) > 20


def test_what_is_unanswered_goes_again_at_once_in_frames_that_fit():
    at = bench().awaiting()
    at.record(0, 100)
    at.now += 60_000
    use(at, NARROW)
    assert at.node.phase == "ready"
    first = at.wait()
    assert first[0][1:3] == [0, 0] and at.header.salt is None, "under the same salt"
    at.say(at.ack([0, 1]))
    seen = 1
    while at.node.backlog():
        for batch in at.wait():
            assert batch[2] == seen
            seen = batch[2] + batch[3]
        at.say(at.ack([0, seen]))
    assert seen == 101


def test_a_late_answer_over_the_old_link_spares_the_repetition():
    at = bench().awaiting()
    use(at, NARROW)
    at.settle()
    assert at.node.backlog() == 0 and at.node.deadline(at.now) is None


def test_parts_cut_for_another_link_are_cut_again():
    for number in range(1, 8):
        pair = street_pair(51, rows=20, infos=[AIR], roams=True)
        fill_air(pair)
        pair.step()
        for _ in range(number):
            pair.up()  # into the void
        for link in (WIDE, NARROW, Link(mtu=64), WIDE):
            pair.use(link)
            pair.step()
        pair.run()
        pair.check()


def fill_air(pair):
    """Let the log have records too wide for a frame of 51 bytes."""
    for index in range(20):
        pair.log.append(0, 10_000 * index, [pair.dice.between(-5000, 5000) for _ in range(12)])


def test_patience_counts_from_the_end_of_the_frame():
    at = bench(NARROW).ready()
    at.record(1)
    at.wait()
    assert at.header.ask
    at.node.sent(at.now + 50_000)  # the law kept it back
    assert at.node.deadline(at.now) == at.now + 50_000 + NARROW.answer_ms
    at.now += 50_500
    events = at.say(at.ack([1, 1]), [messages.ANCHOR, at.counter, 10**12, 20])
    assert events == [("anchor", at.now - 500, 10**12, 520)]


def test_an_alarm_leaves_room_for_the_answer_to_a_frame_that_left_late():
    at = bench(NARROW).awaiting()
    at.wait()
    at.node.sent(at.now + 5000)
    at.record(1)
    assert at.node.deadline(at.now) == at.now + 5000 + NARROW.answer_ms


def test_a_greeting_that_left_late_is_waited_for():
    at = bench(NARROW).greeted()
    at.node.sent(at.now + 30_000)
    assert at.send() is None and at.node.deadline(at.now) >= at.now + 30_000 + NARROW.answer_ms


def test_a_greeting_goes_on_over_the_other_link_at_once_under_its_salt():
    at = bench().greeted()
    salt = at.header.salt
    use(at, NARROW)
    assert at.node.deadline(at.now) == at.now
    assert at.wait()[0][0] == messages.HELLO and at.header.salt == salt
    at.settle()
    assert at.node.phase == "ready"


def test_links_that_take_turns_in_vain_end_in_a_greeting():
    at = bench().awaiting()
    salt = at.seal.salt
    for count in range(2 * MAX_TRIES + 2):
        if at.node.phase == "greet":
            break
        use(at, (NARROW, WIDE)[count % 2])
        at.wait()
        at.now = at.node.deadline(at.now)
        assert at.node.in_vain(at.now) == 1
        at.send()
    assert at.node.phase == "greet" and at.seal.salt != salt


def test_after_a_silent_link_one_more_frame_in_vain_has_the_collector_greeted():
    at = bench().awaiting()
    at.wait()
    at.node.use(NARROW, at.now, doubt=True)
    at.link = NARROW
    at.wait()
    assert at.node.phase == "await"
    asked = at.now
    assert at.wait()[0][0] == messages.HELLO and at.now - asked < NARROW.answer_ms + 300
    at.settle()
    use(at, WIDE)
    at.record(1)
    at.wait()
    assert streams_of(at.wait()) == [1], "and an answer ends the doubt"


def test_patience_is_that_of_the_link_in_use():
    at = bench().awaiting()
    for _ in range(2):
        at.wait()
    use(at, NARROW)
    at.wait()
    assert at.node.deadline(at.now) - at.now <= NARROW.answer_ms
    at.settle()
    at.record(1)
    waits = []
    for _ in range(3):
        at.wait()
        waits.append(at.node.deadline(at.now) - at.now)
    assert waits[0] <= waits[1] < waits[2] <= BACKOFF_LIMIT_MS, "and grows over this one as ever"


def test_a_probe_asks_over_another_link_and_changes_nothing_here():
    at = bench(NARROW).awaiting()
    due = at.node.deadline(at.now)
    frame = at.node.probe(WIDE, at.now)
    plaintext, _, counter = at.collector.open(frame)
    assert plaintext == b"" and frame[0] & 4 and counter == at.counter + 1
    assert at.node.deadline(at.now) == due and at.node.phase == "await"
    heard = at.node.heard
    at.say(at.ack(counter=counter))
    assert at.node.heard == heard + 1 and at.node.phase == "await"


def test_a_probe_while_greeting_is_a_greeting():
    at = bench(NARROW).greeted()
    due = at.node.deadline(at.now)
    frame = at.node.probe(WIDE, at.now)
    plaintext, _, _ = at.collector.open(frame)
    assert plaintext[1] == messages.HELLO and at.node.deadline(at.now) == due
    assert at.node.in_vain(at.now) == 0


def test_an_alarm_does_not_wait_for_the_end_of_a_back_off():
    at = bench(NARROW).awaiting()
    for _ in range(3):
        at.wait()
    asked = at.now
    at.now += 5
    at.record(1)
    assert streams_of(at.wait()) == [1] and at.node.urgent
    assert at.now - asked <= NARROW.answer_ms + 200, "only the time in which an answer may come is kept free"
    again = at.node.deadline(at.now) - at.now
    assert again <= NARROW.answer_ms + 100
    assert streams_of(at.wait()) == [1], "and it is repeated as soon"


def test_what_is_urgent_fits_every_link_where_that_is_asked_for():
    at = bench().ready()
    at.record(0, 3 * ROWS)
    at.record(1, 3)
    frame = at.node.transmit(at.now, 51)
    assert at.node.urgent and len(frame) <= 51
    at.now += 10
    frame = at.node.transmit(at.now, 51)
    assert frame is None, "the rest waits for the answer"
    at.now = at.node.deadline(at.now)
    assert len(at.node.transmit(at.now, 51)) <= 51 and at.node.urgent and at.node.hurries(at.now)


def test_a_result_too_long_for_the_new_link_leaves_its_value_out():
    at = bench().ready()
    at.node.result(5, 0, b"x" * 100)
    use(at, NARROW)
    assert at.wait() == [[messages.RESULT, 5, 0, None]]


def test_numbers_below_the_floor_wait():
    at = bench(NARROW).ready()
    at.record(0, 40)
    at.record(1)
    at.streams[0].floor = 38
    at.now += 60_000
    assert [message[1:4] for message in at.wait()] == [[1, 0, 1]]
    at.say(at.ack([1, 1]))
    assert [message[1:4] for message in at.wait()] == [[0, 38, 2]]
    at.say(at.ack([0, 0, 38, 40]))
    assert at.node.deadline(at.now) is None and at.node.backlog() == 38
    at.streams[0].floor = 0
    use(at, WIDE)
    at.now += 60_000
    assert at.wait()[0][1:3] == [0, 0]


def test_whatever_links_come_and_go_everything_arrives_once():
    for seed in range(6):
        pair = street_pair(256, infos=[RIVER, AIR, ALARM], seed=seed, roams=True)
        write(pair, 10)
        try:
            _roam(pair, (WIDE, NARROW, Link(mtu=64, window=4)), 20 + seed % 3 * 15)
            pair.check()
        except AssertionError as error:
            raise AssertionError("seed {}: {}".format(seed, error)) from error


def write(pair, count):
    """Append rows to a reading, to one too wide for a narrow frame, and an alarm."""
    for _ in range(count):
        pair.now += 10_000
        pair.log.append(0, pair.now, [pair.dice.between(-500, 500)])
        pair.log.append(1, pair.now, [pair.dice.between(-500, 500) for _ in range(12)])
    pair.log.append(2, pair.now, [1])


def _roam(pair, links, loss):
    """Run over links that come and go at any frame, lose frames and deliver some of them late, then to the end over the last one."""
    dice, late = pair.dice, []
    for _ in range(80):
        if dice.chance(25):
            pair.use(dice.pick(links))
        if dice.chance(5):
            write(pair, 1)
        frame = pair.up()
        if frame is not None and dice.chance(30):
            pair.now += dice.below(40_000)
            pair.node.sent(pair.now)
        if frame is not None and not dice.chance(loss):
            late.append(frame)
        while late and not dice.chance(15):
            for answer in _hear(pair, late.pop(0)):
                if not dice.chance(loss):
                    pair.deliver_down(answer)
    for _ in range(2000):
        if pair.node.deadline(pair.now) is None:
            return
        frame = pair.up()
        for answer in _hear(pair, frame) if frame is not None else ():
            pair.deliver_down(answer)
    raise AssertionError("not quiet")


def _hear(pair, frame):
    """Give the collector a frame that may be too old for it."""
    try:
        return pair.deliver_up(frame)
    except DecodeError:
        return []
