"""Outputs: who wins, what is confirmed, and that nothing stays on without a cause, on both interpreters."""

from gilmok_rules import compiled as o
from gilmok_rules.output import Output

RULE, HOLDER, COMMAND = 11, 12, 13


class Bench:
    """An output with an input for every role unless told otherwise; its events are kept as (event, cause)."""

    def __init__(self, fail_safe=0, min_on_ms=0, confirm_ms=5000, roles=o.CONFIRMS_1 | o.CONFIRMS_0):
        self.events = []
        self.output = Output(
            fail_safe, min_on_ms, confirm_ms, roles, lambda output, event, cause, after: self.events.append((event, cause))
        )

    def kinds(self):
        return [event for event, _ in self.events]


def test_it_follows_who_wants_it_and_is_confirmed_by_its_inputs():
    bench = Bench()
    assert bench.output.update(0, 0, o.CONFIRMS_0) == 0
    assert bench.output.confirmed == 0 and bench.events == []
    assert bench.output.update(1000, RULE, o.CONFIRMS_0) == 1
    assert bench.output.confirmed == 0
    assert bench.output.update(3000, RULE, 0) == 1
    assert bench.output.confirmed is None
    bench.output.update(4000, RULE, o.CONFIRMS_1)
    assert bench.output.confirmed == 1
    assert bench.events == [(o.COMMANDED, RULE), (o.CONFIRMED, RULE)]
    assert bench.output.update(5000, 0, o.CONFIRMS_1) == 0
    assert bench.events[2] == (o.COMMANDED, RULE)


def test_what_does_not_follow_is_doubted_once_and_confirmed_again():
    bench = Bench()
    bench.output.update(0, RULE, o.CONFIRMS_0)
    assert bench.output.due_at(0) == 5000
    bench.output.update(4999, RULE, 0)
    assert bench.kinds() == [o.COMMANDED]
    bench.output.update(5000, RULE, 0)
    bench.output.update(9000, RULE, 0)
    assert bench.kinds() == [o.COMMANDED, o.DOUBTED] and bench.output.doubted
    bench.output.update(10_000, RULE, o.CONFIRMS_1)
    assert bench.kinds() == [o.COMMANDED, o.DOUBTED, o.CONFIRMED] and not bench.output.doubted
    bench.output.update(20_000, RULE, o.CONFIRMS_0)  # somebody lifts the arm
    assert bench.output.confirmed == 0
    bench.output.update(25_000, RULE, o.CONFIRMS_0)
    assert bench.kinds()[3:] == [o.DOUBTED]


def test_two_inputs_that_contradict_each_other_confirm_nothing():
    bench = Bench()
    bench.output.update(0, RULE, o.CONFIRMS_0 | o.CONFIRMS_1)
    assert bench.output.confirmed is None


def test_one_input_tells_both_states_and_none_tells_nothing():
    for roles, inputs, seen in ((1, 1, 1), (1, 0, 0), (2, 2, 0), (2, 0, 1), (0, 0, None)):
        bench = Bench(roles=roles)
        bench.output.update(0, 0, inputs)
        assert bench.output.confirmed == seen, (roles, inputs)


def test_it_stays_on_for_its_least_time():
    bench = Bench(min_on_ms=10_000, roles=0, confirm_ms=0)
    bench.output.update(0, RULE)
    assert bench.output.update(9_999, 0) == 1
    assert bench.output.due_at(9_999) == 10_000
    assert bench.output.update(10_000, 0) == 0


def test_somebody_in_the_way_stops_a_barrier_that_is_not_down_yet():
    bench = Bench()
    assert bench.output.update(0, RULE, o.CONFIRMS_0 | o.PRESENCE) == 0
    assert bench.events == [(o.BLOCKED, RULE)]
    assert bench.output.update(1000, RULE, o.CONFIRMS_0) == 1
    assert bench.output.update(2000, RULE, o.PRESENCE) == 0
    assert bench.output.update(3000, RULE, 0) == 1
    assert bench.output.update(4000, RULE, o.CONFIRMS_1) == 1
    assert bench.output.update(5000, RULE, o.CONFIRMS_1 | o.PRESENCE) == 1  # it is down: who stands there is safe
    assert bench.kinds().count(o.BLOCKED) == 2


def test_an_exit_opens_whoever_wants_it_down():
    bench = Bench(min_on_ms=60_000)
    bench.output.test(0, 60_000, COMMAND)
    assert bench.output.update(0, RULE, o.CONFIRMS_0) == 1
    assert bench.output.update(1000, RULE, o.CONFIRMS_1 | o.EXIT | o.ON_SITE) == 0
    assert bench.output.update(2000, RULE, o.CONFIRMS_0) == 1


def test_people_on_site_win_over_everything_but_an_exit():
    bench = Bench()
    bench.output.maintained = True
    assert bench.output.update(0, 0, o.ON_SITE | o.PRESENCE | o.CONFIRMS_0) == 1
    assert bench.output.update(1000, 0, o.CONFIRMS_1) == 0


def test_maintenance_leaves_only_tests():
    bench = Bench(min_on_ms=60_000)
    bench.output.update(0, RULE)
    bench.output.maintained = True
    bench.output.lease(HOLDER, 1000, 60_000)
    assert bench.output.update(1000, RULE) == 0
    bench.output.test(2000, 5000, COMMAND)
    assert bench.output.update(2000, RULE) == 1
    assert bench.output.update(7000, RULE) == 0
    bench.output.maintained = False
    assert bench.output.update(8000, RULE) == 1


def test_a_lease_ends_by_itself_and_can_be_ended():
    bench = Bench(roles=0, confirm_ms=0)
    bench.output.lease(HOLDER, 0, 5000)
    assert bench.output.update(0, 0) == 1
    assert bench.events == [(o.COMMANDED, HOLDER)]
    bench.output.lease(HOLDER, 4000, 5000)
    assert bench.output.update(8999, 0) == 1
    assert bench.output.due_at(8999) == 9000
    assert bench.output.update(9000, 0) == 0
    bench.output.lease(HOLDER, 9500, 5000)
    bench.output.lease(HOLDER, 9600, 0)
    bench.output.lease(99, 9600, 0)
    assert bench.output.update(9700, 0) == 0


def test_fail_safe_may_be_the_energised_state():
    bench = Bench(fail_safe=1, roles=0, confirm_ms=0)
    assert bench.output.commanded == 1
    assert bench.output.update(0, RULE) == 0
    assert bench.output.update(1, 0) == 1


def test_behind_a_boot_an_actuator_has_its_time_to_come_home():
    bench = Bench(confirm_ms=5000)
    bench.output.update(60_000, 0, o.CONFIRMS_1)  # the barrier was down as the power failed, and the boot took a minute
    assert bench.events == [] and bench.output.due_at(60_000) == 65_000
    bench.output.update(64_000, 0, o.CONFIRMS_0)
    assert bench.events == [] and bench.output.confirmed == 0
