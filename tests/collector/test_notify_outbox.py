"""The outbox: each alarm event makes each notice once, in order, whatever fails, and again until somebody has seen it."""

import itertools
import json

import pytest
from gilmok_collector.notify.carriers import CarryError
from gilmok_collector.notify.outbox import BACKOFF_MS, GIVE_UP_MS, Outbox
from gilmok_collector.notify.post import Post, at_once
from gilmok_collector.store import StoreFull, open_store
from support.alarm_site import NOW_MS, alarm, site_of

DUTY = '[notify.duty]\nurl = "https://duty.example.org/"\nlang = "en"\n'
CHIEF = '[notify.chief]\nurl = "https://chief.example.org/"\nlevels = "serious"\n'
MINUTE_MS = 60_000


class Rig:
    """A post on virtual time, whose targets hear what they are told unless they are down."""

    def __init__(self, tmp_path, more=DUTY):
        self.site = site_of(tmp_path, more)
        self.url = f"sqlite:{tmp_path}/store.db"
        self.now_ms = NOW_MS
        self.heard = {name: [] for name in self.site.notify}
        self.down, self.refusing, self.maintained = set(), set(), set()
        self.attempts = 0
        self.store = None
        self.start()

    def start(self):
        """Start the collector anew: what it had not committed is gone."""
        if self.store is not None:
            self.store.close()
        self.store = open_store(self.url, 7)
        outbox = Outbox(self.store, self.site, lambda node, now_ms: node in self.maintained)
        self.post = Post(outbox, {name: self._carrier(name) for name in self.site.notify}, at_once)

    def _carrier(self, name):
        def carry(notice):
            self.attempts += 1
            if name in self.down or name in self.refusing:
                raise CarryError("not now", name in self.refusing)
            self.heard[name].append(notice)

        return carry

    def tell(self, *events):
        """Let alarm events come, and a moment pass."""
        self.store.alarms.append(events)
        self.run(1)

    def run(self, seconds):
        """Let time pass."""
        for _ in range(seconds * 2):
            self.now_ms += 500
            self.post.poll(self.now_ms)

    def steps(self, name="duty"):
        """Return (alarm, event, repetition) of what a target heard."""
        bodies = [json.loads(notice.body) for notice in self.heard[name]]
        return [(body["alarm"], body["event"], body["repetition"]) for body in bodies]


@pytest.fixture
def rig(tmp_path):
    made = Rig(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def make(tmp_path):
    made = []

    def new(more):
        made.append(Rig(tmp_path, more))
        return made[-1]

    yield new
    for each in made:
        each.store.close()


LIFE = (
    alarm(1),
    alarm(2, "escalate", level=4),
    alarm(3, "acknowledge", "acknowledged", 4),
    alarm(4, "clear", "normal", 0),
)
LIFE_STEPS = [("p1-gate/flood", event, 0) for event in ("raise", "escalate", "acknowledge", "clear")]


def test_each_step_is_told_once_in_order(rig):
    rig.tell(*LIFE)
    rig.run(10)
    assert rig.steps() == LIFE_STEPS
    assert rig.attempts == 4


def test_down_for_ten_minutes_then_each_step_once_in_order(rig):
    rig.down.add("duty")
    for event in LIFE:
        rig.tell(event)
        rig.run(100)
    rig.run(600)
    assert rig.steps() == []
    # the first is tried with the back-off, the others wait behind it
    assert rig.attempts <= 2 + len(BACKOFF_MS) + 1000 * 1000 // BACKOFF_MS[-1]
    rig.down.clear()
    rig.run(BACKOFF_MS[-1] // 1000)
    assert rig.steps() == LIFE_STEPS


@pytest.mark.parametrize("when", range(0, 12))
def test_restarts_at_any_moment_repeat_nothing_that_was_noted(rig, when):
    rig.down.add("duty")
    for index, event in enumerate(LIFE):
        rig.tell(event)
        if index == when:
            rig.start()
    rig.down.clear()
    for second in range(80):
        if second == when * 5:
            rig.start()
        rig.run(1)
    assert rig.steps() == LIFE_STEPS


def test_killed_between_delivery_and_note_the_repetition_has_the_same_key(rig, monkeypatch):
    monkeypatch.setattr(rig.post.outbox, "settle", lambda results, now_ms: (_ for _ in ()).throw(StoreFull("x", "full")))
    rig.store.alarms.append([alarm(1)])
    rig.post.poll(rig.now_ms)
    with pytest.raises(StoreFull):
        rig.post.poll(rig.now_ms)
    assert len(rig.heard["duty"]) == 1
    rig.start()
    rig.run(2)
    first, second = rig.heard["duty"]
    assert (first.key, first.body) == (second.key, second.body)


def test_a_full_disk_stops_nothing_for_good(rig, monkeypatch):
    save, failing = rig.store.notices.save, [True, True, True]

    def full(settled):
        if failing:
            failing.pop()
            raise StoreFull("x", "full")
        save(settled)

    monkeypatch.setattr(rig.store.notices, "save", full)
    rig.store.alarms.append([alarm(1)])
    rig.post.poll(rig.now_ms)
    for _ in range(3):
        with pytest.raises(StoreFull):
            rig.post.poll(rig.now_ms)
    rig.run(2)
    assert rig.steps() == LIFE_STEPS[:1]  # and not once more
    assert [each.state for each in rig.store.notices.newest(9)] == ["delivered"]


def test_events_whose_notices_could_not_be_stored_are_read_again(rig, monkeypatch):
    rig.tell(alarm(1, level=4))
    append, failing = rig.store.notices.append, [True]

    def full(drafts):
        if failing:
            failing.pop()
            raise StoreFull("x", "full")
        return append(drafts)

    monkeypatch.setattr(rig.store.notices, "append", full)
    rig.store.alarms.append([alarm(2, "acknowledge", "acknowledged", 4), alarm(3, "clear", "normal", 0)])
    with pytest.raises(StoreFull):
        rig.post.poll(rig.now_ms)
    rig.run(1)
    # the level of the alarm that ended is known all the same
    assert [event for _, event, _ in rig.steps()] == ["raise", "acknowledge", "clear"]


def test_a_target_hears_of_its_levels_only_and_of_their_end(make):
    rig = make(DUTY + CHIEF)
    rig.tell(alarm(1, level=1, rule="dust"), alarm(2, "clear", "normal", 0, rule="dust"))
    assert (rig.steps("duty"), rig.steps("chief")) == ([], [])
    rig.tell(*LIFE)
    assert rig.steps("duty") == LIFE_STEPS
    assert rig.steps("chief") == LIFE_STEPS[1:]


def test_one_target_that_is_down_holds_no_other_up(make):
    rig = make(DUTY + CHIEF.replace("serious", "attention"))
    rig.down.add("duty")
    rig.tell(*LIFE)
    assert (rig.steps("duty"), rig.steps("chief")) == ([], LIFE_STEPS)


def test_events_that_are_not_asked_for(make):
    rig = make(DUTY + 'events = ["raise"]\n')
    rig.tell(*LIFE)
    assert rig.steps() == LIFE_STEPS[:1]


def test_what_the_receiver_refuses_is_given_up_and_the_rest_goes_on(rig):
    rig.refusing.add("duty")
    rig.tell(alarm(1))
    rig.run(2)
    assert rig.attempts == 2
    rig.run(1 + BACKOFF_MS[1] // 1000)
    assert [each.state for each in rig.store.notices.newest(9)] == ["given up"]
    rig.refusing.clear()
    rig.tell(alarm(2, "clear", "normal", 0))
    assert [event for _, event, _ in rig.steps()] == ["clear"]


def test_news_of_yesterday_is_given_up(rig):
    rig.down.add("duty")
    rig.tell(alarm(1))
    rig.now_ms += GIVE_UP_MS - 10_000
    rig.run(1)
    assert rig.store.notices.newest(1)[0].state == "waiting"
    rig.now_ms += BACKOFF_MS[-1]
    rig.run(1)
    assert rig.store.notices.newest(1)[0].state == "given up"


# -- repetitions


REPEATED = DUTY + 'repeat = "10 min"\n'


def test_repeated_until_acknowledged(make):
    rig = make(REPEATED)
    rig.tell(alarm(1))
    rig.run(10 * 60 - 5)
    assert len(rig.steps()) == 1
    rig.run(10)
    rig.run(10 * 60)
    assert rig.steps() == [("p1-gate/flood", "raise", each) for each in range(3)]
    assert len({notice.key for notice in rig.heard["duty"]}) == 3
    rig.tell(alarm(2, "acknowledge", "acknowledged"))
    rig.run(30 * 60)
    assert rig.steps()[3:] == [("p1-gate/flood", "acknowledge", 0)]


def test_an_alarm_that_ended_unseen_is_repeated_too(make):
    rig = make(REPEATED)
    rig.tell(alarm(1), alarm(2, "clear", "returned_unacknowledged", 0))
    rig.run(11 * 60)
    assert rig.steps() == [("p1-gate/flood", "raise", 0), ("p1-gate/flood", "clear", 0), ("p1-gate/flood", "clear", 1)]


def test_a_latched_alarm_is_repeated_unless_it_was_acknowledged(make):
    rig = make(REPEATED)
    rig.tell(alarm(1), alarm(2, "clear", "latched", 0))
    rig.tell(*[alarm(n, e, s, v, node="p2-gate") for n, e, s, v in ((1, *X1), (2, *X2), (3, *X3))])
    rig.run(11 * 60)
    assert [step for step in rig.steps() if step[2]] == [("p1-gate/flood", "clear", 1)]


X1, X2, X3 = ("raise", "unacknowledged", 3), ("acknowledge", "acknowledged", 3), ("clear", "latched", 0)


def test_a_restart_forgets_and_repeats_no_repetition(make):
    rig = make(REPEATED)
    rig.tell(alarm(1))
    for minute in itertools.repeat(60, 31):
        rig.run(minute)
        rig.start()
    assert rig.steps() == [("p1-gate/flood", "raise", each) for each in range(4)]


def test_repetitions_do_not_pile_up_behind_a_target_that_is_down(make):
    rig = make(REPEATED)
    rig.down.add("duty")
    rig.tell(alarm(1))
    rig.run(60 * 60)
    rig.down.clear()
    rig.run(60)
    assert rig.steps() == [("p1-gate/flood", "raise", 0)]


def test_an_older_event_that_comes_late_is_told_and_changes_nothing(make):
    rig = make(REPEATED)
    rig.tell(alarm(1), alarm(3, "acknowledge", "acknowledged"), alarm(2, "escalate", level=4))
    rig.run(11 * 60)
    assert [event for _, event, _ in rig.steps()] == ["raise", "acknowledge", "escalate"]


# -- maintenance, and life


def test_maintenance_keeps_it_inside_and_what_still_stands_is_told_after_it(rig):
    rig.maintained.add("p1-gate")
    rig.tell(alarm(1), alarm(1, node="p2-gate"), alarm(2, rule="dust"), alarm(3, "clear", "normal", 0, rule="dust"))
    rig.run(60)
    assert rig.steps() == [("p2-gate/flood", "raise", 0)]
    assert sorted(each.state for each in rig.store.notices.newest(9)) == ["delivered", "suppressed", "suppressed", "suppressed"]
    rig.maintained.clear()
    rig.run(5)
    assert rig.steps()[1:] == [("p1-gate/flood", "raise", 1)]


def test_maintenance_leaves_nobody_in_the_belief_that_an_alarm_is_on(rig):
    rig.tell(alarm(1))
    rig.maintained.add("p1-gate")
    rig.tell(alarm(2, "escalate", level=4), alarm(3, "acknowledge", "acknowledged", 4))
    rig.tell(alarm(1, node="p2-gate"))
    assert [event for _, event, _ in rig.steps()] == ["raise", "raise"]
    rig.start()
    rig.tell(alarm(4, "clear", "normal", 0), alarm(5), alarm(6, "clear", "returned_unacknowledged", 0))
    assert rig.steps()[2:] == [("p1-gate/flood", "clear", 0)]
    rig.maintained.clear()
    rig.run(5)
    rig.maintained.add("p2-gate")
    rig.tell(alarm(2, "clear", "returned_unacknowledged", 0, node="p2-gate"))
    assert rig.steps()[3:] == [("p1-gate/flood", "clear", 1), ("p2-gate/flood", "clear", 0)]


def test_what_happened_before_there_was_an_outbox_wakes_nobody(tmp_path):
    store = open_store(f"sqlite:{tmp_path}/store.db", 7)
    store.alarms.append([alarm(1), alarm(2, "clear", "normal", 0)])
    store.close()
    rig = Rig(tmp_path)
    rig.run(5)
    rig.tell(alarm(3))
    rig.store.close()
    assert rig.steps() == [("p1-gate/flood", "raise", 0)]


def test_what_a_removed_target_was_to_be_told_is_given_up(make, tmp_path):
    rig = make(DUTY + CHIEF.replace("serious", "attention"))
    rig.down |= {"duty", "chief"}
    rig.tell(alarm(1))
    rig.site = site_of(tmp_path, DUTY)
    rig.start()
    states = {each.target: each.state for each in rig.store.notices.newest(9)}
    assert states == {"duty": "waiting", "chief": "given up"}


def test_both_languages(make):
    rig = make(DUTY + CHIEF.replace("serious", "attention"))
    rig.tell(alarm(1, value=1.43, limit=1.2, unit="m"))
    english, korean = (json.loads(rig.heard[name][0].body) for name in ("duty", "chief"))
    assert english["subject"] == "[alert] p1-gate, flood: raised"
    assert korean["subject"] == "[경계] p1-gate, flood: 발생"
    assert "1.43 m ≥ 1.20 m" in english["text"] and "2027-01-15 17:00:00 KST" in korean["text"]


def test_a_clock_that_is_set_back_delays_neither_first_news_nor_repetitions(make):
    rig = make(DUTY + 'repeat = "5 min"\n')
    rig.tell(alarm(1, "raise", level=3))
    assert len(rig.heard["duty"]) == 1
    rig.now_ms -= 60 * MINUTE_MS
    rig.run(2)
    assert len(rig.heard["duty"]) == 2  # nobody knows when it was told: again at once
    rig.run(250)
    assert len(rig.heard["duty"]) == 2
    rig.run(60)
    assert len(rig.heard["duty"]) == 3
    rig.down.add("duty")
    rig.tell(alarm(2, "escalate", level=4))
    rig.down.clear()
    rig.now_ms -= 60 * MINUTE_MS
    rig.run(1)
    assert len(rig.heard["duty"]) >= 4


def test_an_event_of_the_box_that_served_before_changes_nothing(make):
    rig = make(DUTY + 'repeat = "5 min"\n')
    rig.tell(alarm(1, "raise", level=3, device=2, log=9, unix_ms=NOW_MS))
    rig.tell(alarm(2, "clear", state="normal", level=0, device=1, log=8, seq=70, unix_ms=NOW_MS - 30 * MINUTE_MS))
    before = len(rig.heard["duty"])
    rig.run(301)
    assert len(rig.heard["duty"]) == before + 1  # the alarm still stands
