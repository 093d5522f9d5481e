"""What a restart, another threshold or another configuration may leave behind in a judge, on both interpreters."""

from gilmok_rules import compiled as j
from gilmok_rules import lifecycle as life
from gilmok_rules.judge import Judge

FLOOD, OTHER = 101, 102


def step(level=3, quantity=j.VALUE, limit=120, clear=100, on_ms=0, off_ms=0, span_ms=0, more=0):
    return [level, quantity, limit, clear, on_ms, off_ms, span_ms, more, []]


def rule(*steps, id=FLOOD, source=(j.CHANNEL, 0, 0), flags=0, suppressor=None):
    return [id, list(source), flags, suppressor, list(steps)]


class Bench:
    """A judge whose events are kept by their kinds."""

    def __init__(self, *rules, periods=(1000,)):
        self.events = []
        self.rules = list(rules)
        self.periods = periods
        self.judge = Judge(self.rules, periods, self.on_event)
        self.now_ms = 0

    def on_event(self, rule, event, value, limit, detail, cause):
        self.events.append((rule, event))

    def feed(self, *values):
        for value in values:
            self.now_ms += 1000
            self.judge.take(0, self.now_ms, [value])

    def restart(self, *rules):
        """Restart with what was saved, and with other rules where they are given."""
        saved = self.judge.save(self.now_ms)
        self.events = []
        self.judge = Judge(list(rules) or self.rules, self.periods, self.on_event)
        self.now_ms = 1000
        self.judge.restore(saved, self.now_ms)


def test_an_instrument_that_is_well_after_a_restart_ends_its_alarm():
    bench = Bench(rule(step(2, limit=1, clear=1, on_ms=5000, off_ms=3000), source=(j.HEALTH, 0)))
    bench.judge.fault(0, 1000)
    bench.judge.poll(6000)
    assert bench.judge.levels[0] == 2
    bench.restart()
    assert bench.judge.levels[0] == 2
    bench.feed(50)
    assert bench.judge.levels[0] == 2  # it is to stay well for a while
    bench.judge.poll(bench.now_ms + 3000)
    assert bench.judge.levels[0] == 0 and bench.events == [(0, life.CLEAR)]


def test_an_alarm_whose_active_step_is_gone_ends_with_the_configuration():
    bench = Bench(rule(step(2, limit=80, clear=70), step(3, off_ms=60_000)))
    bench.feed(130, 0)  # only its upper step holds, which has the longer delay to its end
    bench.judge.operate(0, life.ACKNOWLEDGE, bench.now_ms)
    bench.restart(rule(step(2, limit=80, clear=70)))
    assert bench.judge.levels[0] == 0
    assert bench.judge.states[0] == life.NORMAL and bench.events == [(0, life.CLEAR)]


def test_a_forecast_that_is_not_known_yet_clears_nothing():
    forecast = rule(step(3, j.FORECAST, limit=120, clear=100, span_ms=10_000, more=10_000))
    bench = Bench(forecast)
    bench.feed(*range(0, 96, 4))
    assert bench.judge.levels[0] == 3  # 92, and 40 more in ten seconds
    bench.restart()
    bench.feed(94, 95)
    assert bench.judge.levels[0] == 3  # "it will" is unknown until its line is there again; 94 alone is no end
    bench.feed(*[95] * 12)
    assert bench.judge.levels[0] == 0
    bench.restart()
    bench.feed(120)
    assert bench.judge.levels[0] == 3  # what is over the limit already needs no forecast


def test_another_level_for_a_step_that_is_active_counts_at_once():
    bench = Bench(rule(step(2)))
    bench.feed(130)
    bench.judge.replace(0, rule(step(4)))
    bench.feed(130)
    assert bench.judge.levels[0] == 4 and bench.events == [(0, life.RAISE), (0, life.ESCALATE)]
    bench.judge.replace(0, rule(step(1)))
    bench.feed(130)
    assert bench.judge.levels[0] == 1 and bench.events[-1] == (0, life.EASE)


def test_a_rule_that_cannot_be_kept_changes_nothing_of_the_one_in_force():
    bench = Bench(rule(step(2, limit=80, clear=70), step(3)))
    for broken in (step(3, more=1 << 40), step(3, limit=1.5, clear=1), step(3, limit=None), step("3")):
        before = bytes(bench.judge.steps.rows)
        try:
            bench.judge.replace(0, rule(step(2, limit=90, clear=60), broken))
            raise AssertionError(broken)
        except (ValueError, TypeError):
            assert bytes(bench.judge.steps.rows) == before, broken


def test_a_vote_that_time_alone_begins_is_due_when_its_delay_ends():
    votes = rule(step(3, j.COUNT, limit=1, clear=1, on_ms=5000, more=1), id=OTHER, source=(j.VOTES, [1]))
    member = rule(step(2, limit=1, clear=1, on_ms=2000), source=(j.HEALTH, 0))
    bench = Bench(votes, member)
    bench.judge.fault(0, 1000)
    assert bench.judge.poll(1000) == 3000
    assert bench.judge.poll(3000) == 8000
    bench.judge.poll(8000)
    assert bench.judge.levels[0] == 3


def test_a_fault_noted_a_moment_behind_the_poll_is_due_when_its_delay_ends():
    bench = Bench(rule(step(2, limit=1, clear=1, on_ms=2000), source=(j.HEALTH, 0)))
    bench.judge.fault(0, 1005)  # a slow driver: the loop's own time is that of its beginning
    assert 3000 <= bench.judge.poll(1000) <= 3005


def test_back_in_service_an_alarm_is_explained_as_before():
    cause = rule(step(2), id=OTHER)
    bench = Bench(cause, rule(step(3, limit=150, clear=90), suppressor=0))
    bench.judge.operate(1, life.REMOVE, 0)
    bench.feed(130)
    bench.judge.operate(1, life.RETURN, bench.now_ms)
    bench.feed(160)
    assert bench.judge.states[1] == life.SUPPRESSED
    bench.feed(95)
    assert bench.judge.states[1] == life.UNACKNOWLEDGED


def test_an_alarm_that_nothing_explains_any_more_is_raised_at_the_boot():
    bench = Bench(rule(step(2), id=OTHER), rule(step(3, limit=110, clear=90), suppressor=0))
    bench.feed(130)
    bench.restart(rule(step(2), id=OTHER), rule(step(3, limit=110, clear=90)))
    assert bench.judge.states[1] == life.UNACKNOWLEDGED
    assert bench.events == [(1, life.UNSUPPRESS), (1, life.RAISE)]


def test_votes_count_anew_with_another_threshold():
    votes = rule(step(3, j.COUNT, limit=2, clear=2, more=1), id=OTHER, source=(j.VOTES, [1, 2]))
    members = [rule(step(2), id=7), rule(step(2, limit=500, clear=400), id=8)]
    bench = Bench(votes, *members)
    bench.feed(130)
    bench.judge.replace(0, rule(step(3, j.COUNT, limit=1, clear=1, more=1), id=OTHER, source=(j.VOTES, [1, 2])), bench.now_ms)
    assert bench.judge.levels[0] == 3


def test_what_is_out_of_service_explains_nothing():
    cause = rule(step(2), id=OTHER)
    bench = Bench(cause, rule(step(3, limit=110, clear=90), suppressor=0))
    bench.feed(130)
    assert bench.judge.states[1] == life.SUPPRESSED
    bench.judge.operate(0, life.REMOVE, bench.now_ms)
    assert bench.judge.states[1] == life.UNACKNOWLEDGED
    bench.restart()
    bench.feed(130, 90, 130)
    assert bench.judge.states[1] == life.UNACKNOWLEDGED
    bench.judge.operate(0, life.RETURN, bench.now_ms)
    assert bench.judge.states[1] == life.SUPPRESSED


def test_a_latch_is_released_by_people_and_by_no_other_alarm():
    siren = 0
    latching = rule(step(3, limit=110, clear=90)[:8] + [[siren]], id=FLOOD, flags=j.LATCHING, suppressor=0)
    bench = Bench(rule(step(2), id=OTHER, source=(j.CHANNEL, 1, 0)), latching, periods=(1000, 1000))
    bench.feed(130, 0)
    assert bench.judge.states[1] == life.LATCHED and bench.judge.wants(siren) == 1
    bench.judge.take(1, bench.now_ms, [130])
    assert bench.judge.wants(siren) == 1
    bench.judge.take(1, bench.now_ms + 1000, [0])
    assert bench.judge.states[1] == life.LATCHED and bench.judge.wants(siren) == 1
    bench.judge.operate(1, life.RESET, bench.now_ms)
    assert bench.judge.wants(siren) == -1


def test_a_sensor_that_is_back_is_not_stuck_for_the_time_it_was_away():
    bench = Bench(rule(step()))
    bench.judge = Judge(bench.rules, (1000,), bench.on_event, [[0, 0, None, None, None, 60_000]])
    bench.feed(50, 50)
    bench.judge.fault(0, bench.now_ms)
    bench.now_ms += 3_600_000
    bench.feed(50, 130)
    assert bench.events == [(0, life.RAISE)]
    bench.judge.fault(0, bench.now_ms)
    bench.now_ms += 3_600_000
    bench.feed(130)
    assert not bench.judge._values  # its health is good
    bench.feed(*[130] * 60)
    assert bench.judge._values  # and stuck it is found, in time
