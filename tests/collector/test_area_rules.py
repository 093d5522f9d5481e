"""The collector's other rules: votes within a window that clocks blur, a growing backlog, an unsure clock; and the life of its alarms."""

import pytest
from gilmok_collector.area.alarm import Alarm
from gilmok_collector.area.condition import CLOCK_HOLD_MS, Backlog, Clock
from gilmok_collector.area.watch import Watch
from gilmok_rules.lifecycle import EVENTS, STATES
from support.alarm_site import NOW_MS, alarm, site_of

VOTE = '[rule.flood]\nvotes = 2\nof = ["p1-gate/flood", "p2-gate/flood", "p3-gate/flood"]\nmembers = "alert"\nwithin = "60 s"\n'
MINUTE_MS = 60_000


class Votes:
    """A watch with one vote of three gates."""

    def __init__(self, tmp_path):
        self.site = site_of(tmp_path, VOTE, ("p1-gate", "p2-gate", "p3-gate"))
        self.events, self.taken, self.number, self.now_ms = [], [], 0, NOW_MS
        self.start()

    def start(self):
        last = {event.rule_id: event for event in self.events}
        self.watch = Watch(self.site, last.values(), self.now_ms, len(self.events))
        slacks = {event.source: slack_ms for event, slack_ms in self.taken}
        self.watch.votes.replay([event for event, _ in self.taken], lambda event: slacks[event.source])

    def tell(self, gate, at_s, level=3, slack_ms=0, dated=True):
        """Let a gate's flood reach a level at a moment; the event comes now."""
        self.number += 1
        at_ms = NOW_MS + round(at_s * 1000)
        words = ("raise", "unacknowledged") if level else ("clear", "returned_unacknowledged")
        event = alarm(self.number, *words, level, f"p{gate}-gate", unix_ms=at_ms if dated else None, received_ms=self.now_ms)
        self.taken.append((event, slack_ms))
        self.watch.take(event, slack_ms, self.now_ms)
        self.run(0)

    def run(self, seconds):
        self.now_ms += seconds * 1000
        self.watch.poll(self.now_ms)
        self.events += [event for event in self.watch.pending if event.rule == "flood"]
        self.watch.pending.clear()

    def steps(self):
        return [event.event for event in self.events]


@pytest.fixture
def votes(tmp_path):
    return Votes(tmp_path)


def test_two_of_three(votes):
    votes.tell(1, 0)
    assert votes.steps() == []
    votes.run(3600)
    votes.tell(3, 3600)
    assert votes.steps() == ["raise"]
    (event,) = votes.events
    assert (event.name, event.level, event.value, event.limit) == ("site.yangjae/flood", 4, 2, 2)
    assert (event.facts["members"], event.unix_ms) == (["p1-gate/flood", "p3-gate/flood"], NOW_MS + 3_600_000)
    votes.tell(2, 3601)
    votes.tell(1, 3602, 0)
    assert votes.steps() == ["raise"]
    votes.tell(2, 3603, 0)
    votes.run(100)
    assert votes.steps() == ["raise", "clear"]


def test_below_the_level_of_members_is_no_vote(votes):
    votes.tell(1, 0)
    votes.tell(2, 1, level=2)
    assert votes.steps() == []
    votes.tell(2, 2, level=4)
    assert votes.steps() == ["raise"]


def test_one_node_twice_is_one_vote(votes):
    for at_s in range(0, 50, 10):
        votes.tell(1, at_s)
        votes.tell(1, at_s + 5, 0)
    assert votes.steps() == []


@pytest.mark.parametrize(
    ("apart_s", "slack_ms", "reached"), [(59, 0, True), (61, 0, False), (61, 1500, True), (70, 4000, False), (70, 5000, True)]
)
def test_a_window_that_clocks_blur(votes, apart_s, slack_ms, reached):
    votes.tell(1, 0, slack_ms=slack_ms)
    votes.tell(1, 0, 0, slack_ms=slack_ms)
    votes.run(apart_s)
    votes.tell(2, apart_s, slack_ms=slack_ms)
    assert bool(votes.steps()) == reached


@pytest.mark.parametrize("slack_ms", [0, 7000])
def test_what_nobody_can_date_counts_by_its_arrival(votes, slack_ms):
    votes.tell(1, -9999, dated=False, slack_ms=slack_ms)
    votes.tell(1, -9999, 0, dated=False)
    votes.run(59)
    votes.tell(2, -5555, dated=False)
    assert votes.steps() == ["raise"]


def test_a_vote_that_is_told_late_is_raised_all_the_same_once(votes):
    votes.run(300)
    votes.tell(1, 10)
    votes.tell(1, 20, 0)
    assert votes.steps() == []
    votes.tell(2, 40)
    votes.tell(2, 50, 0)
    votes.run(1)
    assert votes.steps() == ["raise", "clear"]
    assert votes.events[0].unix_ms == NOW_MS + 40_000
    votes.tell(3, 55)
    votes.run(600)
    assert votes.steps() == ["raise", "clear"]


@pytest.mark.parametrize("restart_at", range(6))
def test_restarts_neither_forget_nor_repeat(votes, restart_at):
    told = [(1, 0, 3), (2, 30, 3), (1, 40, 0), (2, 50, 0), (1, 300, 3), (3, 310, 3)]
    for index, (gate, at_s, level) in enumerate(told):
        votes.run(max(0, (NOW_MS + at_s * 1000 - votes.now_ms) // 1000))
        votes.tell(gate, at_s, level)
        if index == restart_at:
            votes.start()
        votes.run(1)
        if index == 3:
            votes.run(150)
    assert votes.steps() == ["raise", "clear", "raise"]


def test_what_was_told_of_one_vote_is_part_of_another(votes):
    votes.tell(1, 0)
    votes.tell(2, 10)
    votes.run(20)
    votes.tell(2, 20, 0)
    votes.run(70)
    assert votes.steps() == ["raise", "clear"]
    votes.run(210)
    votes.tell(1, 300, 0)
    votes.run(20)
    votes.tell(3, 320)
    assert votes.steps() == ["raise", "clear", "raise"]


def test_two_votes_of_a_day_without_a_link_are_two_alarms(votes):
    votes.run(86_000)
    for at_s in (3600, 18_000):
        for gate in (1, 2):
            votes.tell(gate, at_s + gate)
            votes.tell(gate, at_s + 20 + gate, 0)
    votes.run(1)
    assert votes.steps() == ["raise", "clear"] * 2


# -- conditions


@pytest.fixture
def told():
    return []


def alarm_of(told):
    return Alarm("p1-gate", "watch.backlog", told.append, lambda name, now_ms: f"{name}/{len(told)}")


def steps_of(told):
    return [event.event for event in told]


def test_a_backlog_that_grows(told):
    backlog = Backlog(alarm_of(told), 30 * MINUTE_MS)
    for minute in range(60):
        backlog.note(50 * minute, NOW_MS + minute * MINUTE_MS, NOW_MS + minute * MINUTE_MS)
        if minute < 29:
            assert told == []
    assert steps_of(told) == ["raise"] and told[0].value == 50 * 30 and told[0].level == 1
    for minute in range(60, 120):
        backlog.note(50 * (120 - minute), NOW_MS + minute * MINUTE_MS, NOW_MS + minute * MINUTE_MS)
    assert steps_of(told) == ["raise", "clear"]


@pytest.mark.parametrize(
    "records",
    [
        [1000 - 10 * n for n in range(100)],  # it drains
        [n % 20 for n in range(100)],  # it breathes
        [0] * 50 + [5000] * 3 + [0] * 50,  # a moment's
        [0.5 * n for n in range(100)],  # slower than matters
    ],
)
def test_a_backlog_that_does_not_grow(told, records):
    backlog = Backlog(alarm_of(told), 30 * MINUTE_MS)
    for minute, count in enumerate(records):
        backlog.note(int(count), NOW_MS + minute * MINUTE_MS, NOW_MS)
    assert told == []


def test_an_unsure_clock(told):
    clock = Clock(alarm_of(told), 10_000)
    clock.note(None, NOW_MS)
    clock.note(400, NOW_MS + MINUTE_MS)
    clock.note(None, NOW_MS + 2 * MINUTE_MS)
    clock.note(20_000, NOW_MS + 2 * MINUTE_MS + CLOCK_HOLD_MS - 1)
    assert told == []
    clock.note(20_000, NOW_MS + 2 * MINUTE_MS + CLOCK_HOLD_MS)
    clock.note(20_000, NOW_MS + 3 * MINUTE_MS + CLOCK_HOLD_MS)
    assert steps_of(told) == ["raise"] and (told[0].value, told[0].limit) == (20, 10)
    clock.note(10_000, NOW_MS + CLOCK_HOLD_MS * 2)
    assert steps_of(told) == ["raise", "clear"]


# -- the life of an alarm of the collector's own


def test_acknowledged_shelved_and_out_of_service(told):
    own = alarm_of(told)
    assert not own.acknowledge(NOW_MS)
    own.set(2, NOW_MS)
    assert own.acknowledge(NOW_MS, 4711) and told[-1].cause == 4711
    own.set(3, NOW_MS)
    own.set(2, NOW_MS)
    assert own.shelve(MINUTE_MS, NOW_MS)
    own.set(0, NOW_MS)
    own.set(3, NOW_MS)
    own.poll(NOW_MS + MINUTE_MS - 1)
    assert STATES[own.state] == "shelved"
    own.poll(NOW_MS + MINUTE_MS)
    assert own.serve(False, NOW_MS)
    own.set(0, NOW_MS)
    assert own.serve(True, NOW_MS)
    assert steps_of(told) == ["raise", "acknowledge", "escalate", "shelve", "unshelve", "raise", "remove", "return"]
    assert {event.event for event in told} <= set(EVENTS) and {event.state for event in told} <= set(STATES)


def test_a_shelf_outlives_a_restart(told):
    own = alarm_of(told)
    own.set(2, NOW_MS)
    own.shelve(MINUTE_MS, NOW_MS)
    again = alarm_of(told)
    again.restore(told[-1])
    again.poll(NOW_MS + MINUTE_MS - 1)
    assert STATES[again.state] == "shelved"
    again.poll(NOW_MS + MINUTE_MS)
    assert STATES[again.state] == "unacknowledged" and steps_of(told)[2:] == ["unshelve", "raise"]


def test_no_two_events_have_one_source(tmp_path):
    watch = Watch(site_of(tmp_path), [], NOW_MS)
    for own in list(watch.alarms.values())[:2]:
        for level in (1, 2, 0, 3, 0):
            own.set(level, NOW_MS)
    assert len({event.source for event in watch.pending}) == len(watch.pending) == 10
