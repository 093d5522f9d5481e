"""Whom to visit and when, on a clock that the test turns."""

from gilmok_collector.ble.visits import BACKOFF_S, FORGOTTEN_S, HURRY_S, MOST, QUIET_S, REST_S, STALE_S, TURN_S, Visits


class Adapter:
    """Visits with a clock. `near` are heard once a second."""

    def __init__(self, **near):
        self.visits = Visits()
        self.now = 1000.0
        self.near = {name: (False, backlog) for name, backlog in near.items()}
        self.hear()

    def hear(self):
        for name, (urgent, backlog) in self.near.items():
            self.visits.heard(name, urgent, backlog, self.now)

    def pass_time(self, seconds):
        """Let time pass, everybody being heard all the while; return who is visited first, and after how long."""
        began = self.now
        while self.now < began + seconds:
            self.now += 0.5
            self.hear()
            due = self.visits.due(self.now)
            if due:
                return due, self.now - began
        return [], seconds

    def visit(self, name, frames=True, lost=False):
        """End the visit of `name`, which began before."""
        self.now += 1
        if frames:
            self.visits.frame(name, self.now)
        (self.visits.lost if lost else self.visits.ended)(name, self.now)


def test_who_has_a_backlog_or_was_never_visited_is():
    adapter = Adapter(a=3, b=0)
    assert sorted(adapter.visits.due(adapter.now)) == ["a", "b"]
    assert adapter.visits.due(adapter.now) == []


def test_a_node_rests_after_a_visit_and_longer_without_a_backlog():
    adapter = Adapter(a=3)
    adapter.visits.due(adapter.now)
    adapter.visit("a")
    assert adapter.pass_time(100) == (["a"], REST_S)
    adapter.visit("a")
    adapter.near["a"] = False, 0
    assert adapter.pass_time(2 * FORGOTTEN_S) == (["a"], FORGOTTEN_S)


def test_something_urgent_hurries():
    adapter = Adapter(a=3)
    adapter.visits.due(adapter.now)
    adapter.visit("a")
    adapter.near["a"] = True, 1
    assert adapter.pass_time(100) == (["a"], HURRY_S)


def test_alarms_come_first_then_who_has_waited_longest():
    adapter = Adapter(a=1, b=1, c=1, d=1)
    adapter.visits.due(adapter.now)
    for name in "badc":
        adapter.visit(name)
        adapter.now += 1
    adapter.now += REST_S
    adapter.near["d"] = True, 1
    adapter.hear()
    assert adapter.visits.due(adapter.now) == ["d", "b", "a", "c"]


def test_no_more_than_some_at_once():
    adapter = Adapter(**{f"n{index}": 1 for index in range(9)})
    first = adapter.visits.due(adapter.now)
    assert len(first) == MOST
    adapter.visit(first[0])
    second = adapter.visits.due(adapter.now)
    assert len(second) == 1 and second[0] not in first


def test_attempts_in_vain_become_rarer_and_one_that_succeeds_ends_that():
    adapter = Adapter(a=5)
    adapter.visits.due(adapter.now)
    waits = []
    for _ in range(7):
        adapter.visit("a", frames=False)
        waits.append(adapter.pass_time(1000)[1])
    assert waits == [*BACKOFF_S, BACKOFF_S[-1], BACKOFF_S[-1]]
    adapter.visit("a", lost=True)
    assert adapter.pass_time(1000)[1] == HURRY_S
    adapter.visit("a", frames=False)
    assert adapter.pass_time(1000)[1] == BACKOFF_S[0]


def test_something_urgent_does_not_hammer_a_node_out_of_reach():
    adapter = Adapter(a=5)
    adapter.near["a"] = True, 5
    adapter.hear()
    adapter.visits.due(adapter.now)
    waits = []
    for _ in range(4):
        adapter.visit("a", frames=False, lost=True)
        waits.append(adapter.pass_time(1000)[1])
    assert waits == list(BACKOFF_S[:4])


def test_a_connection_lost_in_the_middle_is_made_again_soon():
    adapter = Adapter(a=5)
    adapter.visits.due(adapter.now)
    adapter.visit("a", lost=True)
    assert adapter.pass_time(100) == (["a"], HURRY_S)


def test_who_is_no_longer_heard_is_not_tried():
    adapter = Adapter(a=5)
    adapter.near.clear()
    adapter.now += STALE_S + 1
    assert adapter.visits.due(adapter.now) == []


def test_a_visit_ends_when_the_node_is_quiet():
    adapter = Adapter(a=5)
    adapter.visits.due(adapter.now)
    adapter.visits.frame("a", adapter.now + 2)
    assert not adapter.visits.should_leave("a", adapter.now + 2 + QUIET_S - 0.1)
    assert adapter.visits.should_leave("a", adapter.now + 2 + QUIET_S)


def test_a_node_that_never_falls_silent_leaves_its_place_where_others_wait():
    adapter = Adapter(a=5)
    adapter.visits.due(adapter.now)
    for _ in range(int(TURN_S) * 3):
        adapter.now += 1
        adapter.hear()
        adapter.visits.frame("a", adapter.now)
    assert not adapter.visits.should_leave("a", adapter.now)
    adapter.near["b"] = False, 1
    adapter.hear()
    assert adapter.visits.should_leave("a", adapter.now)
