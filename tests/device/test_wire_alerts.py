"""An alarm over a brief link: its gist first, alone in 24 bytes, again and again until it is answered; then its record."""

from gilmok_wire import messages
from gilmok_wire.alert import decode_alert
from gilmok_wire.brief_session import BriefSession
from gilmok_wire.link import Link
from gilmok_wire.messages import ACK, ALERT, BATCH, EVENTS
from gilmok_wire.node_session import MAX_TRIES
from gilmok_wire.node_stream import StreamInfo
from support.node_bench import EPOCH, RIVER, STORE, NodeBench

COLUMNS = tuple([(name, "1", 0) for name in ("rule", "event", "state", "level", "value", "set", "exponent", "detail", "cause")])
ALARM = StreamInfo("alarm", EVENTS, COLUMNS, urgent=True)
BRIEF = Link(mtu=128, byte_us=1500, frame_us=30_000, answer_ms=2100, window=1, full_duplex=False, idle_ms=0, brief=True)
SEVERAL = Link(mtu=128, byte_us=1500, frame_us=30_000, answer_ms=2100, window=8, full_duplex=False, idle_ms=60_000, brief=True)
LINE = Link(mtu=256, byte_us=11, answer_ms=300, window=16)


def bench(link=BRIEF):
    return NodeBench((RIVER, ALARM), link=link, make_session=BriefSession).ready()


def raise_alarm(at, rule=5, level=3, value=1430):
    at.log.append(1, at.now, [rule, 0, 1, level, value, 1200, -3, 30_000, 0])


def heard(at):
    """Return the frame's length and, where it is an alert, what it says."""
    ((code, data),) = at.last
    assert code == ALERT and at.header.ask and not at.header.salt
    return decode_alert(data)


def answer(at):
    """Answer the last frame, stating nothing."""
    at.say([ACK, STORE, EPOCH, at.counter & 0xFFFF])


def test_the_gist_goes_first_and_the_record_follows():
    at = bench()
    raise_alarm(at)
    at.record(0, 40)
    before = at.node.counters["sent_bytes"]
    at.wait()
    assert heard(at) == (1, 0, 5, 0, 1, 3, 1430)
    assert at.node.counters["sent_bytes"] - before == 24
    answer(at)
    assert at.wait()[0][:3] == [BATCH, 1, 0]
    at.settle()
    assert at.node.backlog() == 0


def test_an_alert_that_was_answered_is_over_whatever_else_is_awaited():
    """The answer says nothing of records that went before it unasked: these are asked for by name, and the alert is not said again."""
    at = NodeBench((RIVER, ALARM), link=SEVERAL, make_session=BriefSession).ready()
    at.record(0, 40)
    at.wait()
    at.settle()
    at.record(0, 40)
    while at.wait()[0][0] != BATCH or at.header.ask:
        at.settle()
        at.record(0, 40)
    raise_alarm(at)
    at.wait()
    assert heard(at)[1] == 0
    answer(at)
    assert at.node.phase == "await"
    assert at.wait()[0][:2] == [BATCH, 1], "its record"
    at.say(at.ack([1, 1]))
    assert [message[0] for message in at.wait()] == [messages.POLL], at.last
    at.settle()
    assert at.node.phase == "ready" and at.node.backlog() == 0


def test_it_is_repeated_until_it_is_answered_and_the_collector_is_given_up_in_the_end():
    at = bench()
    raise_alarm(at)
    at.wait()
    for _ in range(MAX_TRIES):
        sent_at = at.now
        at.wait()
        assert heard(at)[1] == 0
        assert at.now - sent_at <= 2 * BRIEF.answer_ms, "an alarm is not repeated as slowly as a poll"
    at.wait()
    assert heard(at)[1] == 0, "once more in the session that is left"
    assert at.wait()[0][0] == messages.HELLO
    at.settle()
    assert at.node.backlog() == 0


def test_of_several_events_the_highest_is_announced_and_the_newest_of_equals():
    at = bench()
    for rule, level in ((1, 2), (2, 4), (3, 4), (4, 1)):
        raise_alarm(at, rule, level)
    at.wait()
    assert heard(at)[1:6] == (2, 3, 0, 1, 4)
    answer(at)
    assert at.wait()[0][0] == BATCH, "the others come as records, at once"


def test_a_worse_event_takes_the_place_of_one_that_waits_for_its_answer():
    at = bench()
    raise_alarm(at, 1, 2)
    at.wait()
    raise_alarm(at, 2, 4)
    at.wait()
    assert heard(at)[5] == 4
    raise_alarm(at, 3, 1)
    at.wait()
    assert heard(at)[5] == 4, "what is less waits for its record"
    answer(at)
    assert at.wait()[0][1:4] == [1, 0, 3]


def test_what_was_announced_is_not_announced_again():
    at = bench()
    raise_alarm(at)
    at.wait()
    answer(at)
    at.wait()
    at.settle()
    raise_alarm(at, 6, 1)
    at.wait()
    assert heard(at)[1:3] == (1, 6)


def test_a_line_has_room_for_the_record():
    at = bench(LINE)
    raise_alarm(at)
    assert at.wait()[0][0] == BATCH
    at.settle()
    at.link = BRIEF
    at.node.use(BRIEF, at.now)
    raise_alarm(at, 7)
    at.wait()
    assert heard(at)[2] == 7


def test_a_stream_of_that_name_with_other_columns_is_sent_as_it_is():
    other = StreamInfo("alarm", EVENTS, (("level", "1", 0),), urgent=True)
    at = NodeBench((RIVER, other), link=BRIEF, make_session=BriefSession).ready()
    at.log.append(1, at.now, [3])
    assert at.wait()[0][0] == BATCH


def test_a_record_that_was_announced_hurries_nobody():
    at = bench()
    raise_alarm(at)
    at.wait()
    assert at.node.urgent
    answer(at)
    assert at.wait()[0][0] == BATCH and not at.node.urgent, "the port sends it once, at its rate"
    assert at.header.ask and not at.node.hurries(at.now)


def test_an_answer_to_something_older_is_none_to_the_alert():
    at = bench()
    at.record(0, 40)
    at.now += 60_000
    while not at.header.ask or at.node.phase == "ready":
        at.wait()
    older = at.counter
    raise_alarm(at)
    while at.last[0][0] != ALERT:
        at.wait()
    at.say(at.ack([0, at.log.next(0)], counter=older))
    for _ in range(4):
        if at.wait() is not None and at.last[0][0] == ALERT:
            break
    assert heard(at)[1] == 0, "it is announced again"


def test_an_alarm_that_nobody_answered_is_announced_again_after_the_greeting():
    at = bench()
    raise_alarm(at)
    while at.wait()[0][0] != messages.HELLO:
        pass
    at.say(at.ack([0, 0], [1, 0]))
    at.wait()
    assert heard(at)[1] == 0 and at.node.urgent


def test_polls_in_vain_do_not_slow_an_alarm():
    at = NodeBench((RIVER, ALARM), link=BRIEF, make_session=BriefSession).awaiting()
    for _ in range(MAX_TRIES):
        at.wait()
    raise_alarm(at)
    for _ in range(MAX_TRIES + 1):
        sent_at = at.now
        at.wait()
        assert heard(at)[1] == 0
    assert at.now - sent_at <= 5 * BRIEF.answer_ms
    at.wait()
    assert heard(at)[1] == 0
    assert at.wait()[0][0] == messages.HELLO


def test_an_alarm_while_the_gateway_is_away_tries_the_session_that_was_left_at_once_and_with_every_try():
    at = NodeBench((RIVER, ALARM), link=BRIEF, make_session=BriefSession).awaiting()
    for _ in range(20):
        at.wait()
    assert at.node.phase == "greet" and at.node.deadline(at.now) - at.now > BRIEF.answer_ms + 500
    at.now += BRIEF.answer_ms + 200
    raise_alarm(at)
    assert at.node.deadline(at.now) <= at.now and at.node.hurries(at.now)
    alerts = 0
    for _ in range(8):
        at.wait()
        if at.last[0][0] != messages.HELLO:
            assert heard(at)[1] == 0 and at.node.urgent
            alerts += 1
    assert alerts == 6, "every fourth try greets: the collector may have restarted"
    at.wait()
    assert heard(at)[1] == 0
    answer(at)
    assert at.node.phase == "ready" and at.node._left is None
    raise_alarm(at)
    at.wait()
    assert heard(at)[1] == 1, "the newest of what was not announced in this session"


def try_alert(at):
    """Wait for a try that announces an alarm; return its counter."""
    at.wait()
    while not at.last or at.last[0][0] != ALERT:
        at.wait()
    return at.counter


def test_what_a_try_in_the_session_that_was_left_announced_is_known_once_it_or_a_later_one_is_answered():
    for answered, known in ((0, 0), (1, 1), (2, 1), (3, 2)):
        at = NodeBench((RIVER, ALARM), link=BRIEF, make_session=BriefSession).awaiting()
        while at.node.phase != "greet" or at.last:
            at.wait()
        tries = [at.counter]  # of one that says nothing
        raise_alarm(at)
        tries += [try_alert(at), try_alert(at)]
        if answered == 3:
            raise_alarm(at)
            tries.append(try_alert(at))
        at.say([ACK, STORE, EPOCH, tries[answered] & 0xFFFF])
        assert at.node.phase == "ready"
        at.wait()
        if known < at.log.next(1):
            assert heard(at)[1] == known
        else:
            assert at.last[0][:3] == [BATCH, 1, 0], "the records, and no alert"


def test_an_alarm_since_the_answered_try_is_announced():
    at = NodeBench((RIVER, ALARM), link=BRIEF, make_session=BriefSession).awaiting()
    while at.node.phase != "greet" or at.last:
        at.wait()
    raise_alarm(at)
    first = try_alert(at)
    raise_alarm(at)
    try_alert(at)
    at.say([ACK, STORE, EPOCH, first & 0xFFFF])
    at.wait()
    assert heard(at)[1] == 1


def test_events_that_have_no_gist_do_not_hold_a_greeting_up():
    at = NodeBench((RIVER, ALARM), link=BRIEF, make_session=BriefSession).awaiting()
    while at.node.phase != "greet":
        at.wait()
    at.log.append(1, at.now, [5, 0, 1, None, None, None, None, None, None])
    times = []
    for _ in range(8):
        at.wait()
        times.append(at.now)
    assert len(set(times)) == 8 and times[-1] - times[0] > 4 * BRIEF.answer_ms


def test_an_alert_is_repeated_as_soon_as_its_short_answer_would_have_come():
    at = bench()
    raise_alarm(at)
    sent_at = at.now
    at.wait()
    assert at.node.deadline(at.now) - sent_at == BRIEF.air_ms(24) + BRIEF.answer_ms - (BRIEF.air_ms(BRIEF.mtu) - BRIEF.air_ms(64))
