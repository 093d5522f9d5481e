"""A session over a radio whose frames are lost and whose gateway goes away, on both interpreters."""

from gilmok_wire import messages
from gilmok_wire.link import Link
from gilmok_wire.roaming_session import RoamingSession
from support.node_bench import NodeBench, streams_of

LORA = Link(mtu=128, byte_us=3000, frame_us=30_000, answer_ms=2100, window=8, full_duplex=False, idle_ms=1_800_000)


def lora_backlog(records=100, link=LORA):
    """Return a NodeBench of a radio that has told nothing of so many records, and waited long enough for company."""
    at = NodeBench(link=link, make_session=RoamingSession).awaiting()
    at.settle()
    at.record(0, records)
    at.now += 60_000
    return at


def given_up():
    """Return a NodeBench of a radio whose gateway went away, its first greeting in vain."""
    at = NodeBench(link=LORA, make_session=RoamingSession).awaiting()
    while at.node.phase != "greet":
        at.wait()
    return at


def test_by_radio_one_frame_that_is_sent_again_is_asked_for_at_once():
    at = lora_backlog()
    frames = at.drain()
    assert len(frames) >= 3 and [asks for _, asks in frames] == [False] * (len(frames) - 1) + [True]
    at.say(at.ack([0, 4, 11, 101]))
    assert [asks for _, asks in at.drain()] == [True], "else a second loss would wait for half an hour"
    at.say(at.ack([0, 101]))
    assert at.node.backlog() == 0
    at.record(0)
    at.now += 60_000
    at.wait()
    assert at.node.phase == "ready", "a single new frame waits for others"


def test_by_radio_what_waited_for_the_gateway_waits_for_no_company():
    at = NodeBench(link=LORA, make_session=RoamingSession)
    at.record(0, 2)
    at.wait()
    at.say(at.ack([0, 0], [1, 0]))
    assert streams_of(at.wait()) == [0], "at once, though a reading waits for others for a minute"


def test_by_radio_four_windows_share_an_answer_until_one_is_missing():
    at = lora_backlog(400, Link(mtu=51, byte_us=3000, frame_us=30_000, answer_ms=2100, window=2, full_duplex=False, idle_ms=1_800_000))
    assert [asks for _, asks in at.drain()] == [False] * 7 + [True]
    assert at.wait() == [[messages.POLL, 0]], "in vain"
    at.say(at.ack([0, at.node.streams[0].cursor]))
    assert len(at.drain()) == 2


def test_by_radio_an_alarm_takes_nothing_along():
    at = lora_backlog()
    at.record(1)
    assert streams_of(at.send()) == [1] and at.header.ask


def test_an_ask_names_what_its_answer_might_say_nothing_of():
    at = NodeBench(link=LORA, make_session=RoamingSession).awaiting()
    at.settle()
    at.record(0, 100)
    at.now += 60_000
    frames = at.drain()
    assert frames[-1][0][-1] == [messages.POLL, 0] and all([each[0] != messages.POLL for sent, _ in frames[:-1] for each in sent])


def test_a_gateway_that_is_away_is_asked_for_by_polls_in_the_old_session_and_greeted_now_and_then():
    at = given_up()
    kinds, times = [], []
    for _ in range(40):
        at.wait()
        kinds.append("hello" if at.last else "poll")
        assert (at.header.salt is None) == (not at.last)
        times.append(at.now)
    assert kinds == ["poll", "poll", "poll", "hello"] * 10
    pauses = [after - before for before, after in zip(times[8:], times[9:])]
    assert max(pauses) <= 66 * LORA.air_ms(13) and min(pauses) >= 62 * LORA.air_ms(13), "a poll takes a 64th of the time at most"


def test_an_answered_poll_goes_on_where_the_link_was_lost():
    at = given_up()
    at.record(0, 5)
    at.record(1)
    for _ in range(9):
        at.wait()
    assert not at.last
    at.say(at.ack())
    assert at.node.phase == "ready"
    assert streams_of(at.wait()) == [1] and at.header.salt is None, "alarms first"
    at.say(at.ack([1, 1]))
    assert streams_of(at.wait()) == [0] and at.last[0][3] == 6


def test_a_collector_that_restarted_is_greeted_and_the_old_session_is_dead():
    at = given_up()
    old = at.node._left
    while not at.last or at.last[0][0] != messages.HELLO:
        at.wait()
    at.say(at.ack([0, 1]))
    assert at.node.phase == "ready" and at.seal.salt != old[0]
    at.record(1)
    at.wait()
    assert at.header.salt is None and at.node._left is None


def test_at_a_faster_rate_the_gateway_is_not_waited_for_as_long():
    at = given_up()
    for _ in range(8):
        at.wait()
    late = at.node.deadline(at.now)
    fast = Link(mtu=242, byte_us=300, frame_us=3000, answer_ms=2100, window=8, full_duplex=False, idle_ms=1_800_000)
    at.node.tune(fast)
    assert at.now < at.node.deadline(at.now) < late
    at.node.tune(LORA)
    assert at.node.deadline(at.now) < late, "what was granted stands"
