"""The judge: conditions, delays, windows, votes, health and the life of alarms, on both interpreters."""

from gilmok_rules import compiled as j
from gilmok_rules import lifecycle as life
from gilmok_rules.judge import Judge

FLOOD, STORM, HEALTH_RULE = 101, 102, 103


def step(level=3, quantity=j.VALUE, limit=120, clear=100, on_ms=0, off_ms=0, span_ms=0, more=0, targets=()):
    return [level, quantity, limit, clear, on_ms, off_ms, span_ms, more, list(targets)]


def rule(*steps, id=FLOOD, source=(j.CHANNEL, 0, 0), flags=0, suppressor=None):
    return [id, list(source), flags, suppressor, list(steps)]


class Bench:
    """A judge whose events are kept as (rule, event, value, limit)."""

    def __init__(self, *rules, periods=(1000,), validity=()):
        self.events = []
        self.judge = Judge(list(rules), periods, self.on_event, validity)
        self.now_ms = 0

    def on_event(self, rule, event, value, limit, detail, cause):
        self.events.append((rule, event, value, limit))

    def feed(self, *values, every_ms=1000, source=0):
        for value in values:
            self.now_ms += every_ms
            self.judge.take(source, self.now_ms, [value])

    def kinds(self):
        return [event for _, event, _, _ in self.events]


def test_a_level_is_raised_at_its_limit_and_cleared_below_its_other():
    bench = Bench(rule(step()))
    bench.feed(119, 120, 110, 100, 99, 119)
    assert bench.events == [(0, life.RAISE, 120, 120), (0, life.CLEAR, 99, 100)]


def test_below_is_the_mirror_image():
    bench = Bench(rule(step(quantity=j.VALUE + j.BELOW, limit=-5, clear=3)))
    bench.feed(0, -5, 3, 4)
    assert bench.events == [(0, life.RAISE, -5, -5), (0, life.CLEAR, 4, 3)]


def test_delays_begin_anew_when_a_reading_falls_short():
    bench = Bench(rule(step(on_ms=3000, off_ms=2000)))
    bench.feed(120, 120, 120, 119, 120, 120, 120)
    assert bench.events == []
    bench.feed(120)
    assert bench.kinds() == [life.RAISE]
    bench.feed(99, 99, 100, 99, 99)
    assert bench.kinds() == [life.RAISE]
    bench.feed(99)
    assert bench.kinds() == [life.RAISE, life.CLEAR]


def test_missing_readings_neither_raise_nor_clear_and_long_holes_begin_delays_anew():
    bench = Bench(rule(step(on_ms=5000)))
    bench.feed(120, None, None, None, 120)
    assert bench.events == []
    bench.feed(120)
    assert bench.kinds() == [life.RAISE]
    bench.feed(*[None] * 50)
    assert bench.kinds() == [life.RAISE] and bench.judge.levels[0] == 3
    other = Bench(rule(step(on_ms=5000)))
    other.feed(120, None, None, None, None, 120)
    other.feed(120, 120, 120, 120)
    assert other.events == []
    other.feed(120)
    assert other.kinds() == [life.RAISE]


def test_levels_escalate_and_ease():
    bench = Bench(rule(step(2, limit=80, clear=70), step(3)))
    bench.feed(80, 120, 99, 69)
    assert bench.events == [(0, life.RAISE, 80, 80), (0, life.ESCALATE, 120, 120), (0, life.EASE, 99, 100), (0, life.CLEAR, 69, 70)]


def test_a_level_that_jumps_is_raised_once_at_the_highest():
    bench = Bench(rule(step(2, limit=80, clear=70), step(3)))
    bench.feed(150, 0)
    assert bench.events == [(0, life.RAISE, 150, 120), (0, life.CLEAR, 0, 100)]


def test_a_mean_needs_enough_readings():
    bench = Bench(rule(step(quantity=j.MEAN, limit=75, clear=35, span_ms=4000, more=75)))
    bench.feed(100, 100)
    assert bench.events == []
    bench.feed(100)
    assert bench.events == [(0, life.RAISE, 100, 75)]
    bench.feed(0, 0, 0)
    assert bench.kinds() == [life.RAISE, life.CLEAR]


def test_a_delay_does_not_run_while_a_mean_has_too_few_readings():
    bench = Bench(rule(step(quantity=j.MEAN, limit=75, clear=35, on_ms=6000, span_ms=4000, more=75)))
    bench.feed(80, 80, 80)
    bench.feed(*[80, None] * 6)
    bench.feed(80, 80, 80, 80, 80)
    assert bench.events == []
    bench.feed(*[80] * 4)
    assert bench.kinds() == [life.RAISE]


def test_a_rate_is_of_an_hour():
    bench = Bench(rule(step(quantity=j.RATE, limit=3600, clear=0, span_ms=10_000)))
    bench.feed(*range(0, 20, 2))
    assert bench.kinds() == [life.RAISE]
    assert bench.events[0][2] == 7200


def test_a_forecast_counts_where_it_rises_and_what_is_there_already():
    bench = Bench(rule(step(quantity=j.FORECAST, limit=500, clear=400, span_ms=10_000, more=60_000)))
    bench.feed(*range(0, 50, 10))
    bench.feed(50)
    assert bench.kinds() == [life.RAISE]
    risen = bench.events[0][2]
    assert 600 <= risen <= 660
    high = Bench(rule(step(quantity=j.FORECAST, limit=500, clear=400, span_ms=10_000, more=60_000)))
    high.feed(501)
    assert high.kinds() == [life.RAISE]


def test_votes_count_members_and_a_silent_member_keeps_its_vote():
    bench = Bench(
        rule(step(), source=(0, 0, 0)),
        rule(step(), id=STORM, source=(0, 1, 0)),
        rule(step(4, j.COUNT, 2, 2, more=3), id=HEALTH_RULE, source=(j.VOTES, [0, 1])),
        periods=(1000, 1000),
    )
    bench.feed(130)
    assert bench.judge.levels[2] == 0
    bench.feed(130, source=1)
    assert bench.judge.levels[2] == 4
    bench.judge.fault(1, 99_000)
    assert bench.judge.levels[2] == 4
    bench.feed(0)
    assert bench.judge.levels[2] == 0


def test_bad_readings_raise_the_instrument_and_not_the_hazard():
    health = rule(step(2, limit=1, clear=1, on_ms=2000), id=HEALTH_RULE, source=(j.HEALTH, 0))
    bench = Bench(rule(step()), health, validity=[[0, 0, 0, 1000, None, None]])
    bench.feed(50, 5000, 5000)
    assert bench.events == []
    bench.feed(5000)
    assert bench.events == [(1, life.RAISE, 2, 1)]
    bench.feed(50)
    assert bench.kinds() == [life.RAISE, life.CLEAR]


def test_a_spike_is_passed_over_and_a_step_is_believed():
    bench = Bench(rule(step()), validity=[[0, 0, None, None, 30, None]])
    bench.feed(400, 50, 50, 50, 400, 50, 50, 50, 400, 400, 50, 50, 50)
    assert bench.events == []
    bench.feed(400, 400, 400)
    assert bench.kinds() == [life.RAISE]


def test_a_value_that_never_moves_is_not_believed():
    health = rule(step(2, limit=1, clear=1), id=HEALTH_RULE, source=(j.HEALTH, 0))
    bench = Bench(rule(step()), health, validity=[[0, 0, None, None, None, 5000]])
    bench.feed(*[130] * 5)
    assert bench.kinds() == [life.RAISE]
    bench.feed(130)
    assert bench.events[1] == (1, life.RAISE, 4, 1)
    bench.feed(20)
    assert bench.kinds() == [life.RAISE, life.RAISE, life.CLEAR, life.CLEAR]


def test_a_sensor_that_fails_is_told_after_its_delay_by_time_alone():
    health = rule(step(2, limit=1, clear=1, on_ms=30_000), id=HEALTH_RULE, source=(j.HEALTH, 0))
    bench = Bench(rule(step()), health)
    bench.judge.fault(0, 1000)
    assert bench.judge.poll(1000) == 31_000
    bench.judge.poll(30_999)
    assert bench.events == []
    bench.judge.poll(31_000)
    assert bench.events == [(1, life.RAISE, 1, 1)]


def test_an_acknowledged_alarm_calls_again_at_a_higher_level():
    bench = Bench(rule(step(2, limit=80, clear=70), step(3)))
    bench.feed(80)
    assert bench.judge.operate(0, life.ACKNOWLEDGE, 0, 7) == life.ACKNOWLEDGED
    bench.feed(120)
    assert bench.judge.states[0] == life.UNACKNOWLEDGED
    assert bench.judge.operate(0, life.RESET, 0) == life.REFUSE


def test_outputs_are_wanted_while_their_step_holds():
    bench = Bench(rule(step(2, limit=80, clear=70, targets=[0]), step(3, targets=[0, [513, 99]])))
    assert bench.judge.targets() == [0, (513, 99)]
    bench.feed(80)
    assert (bench.judge.wants(0), bench.judge.wants((513, 99))) == (0, -1)
    bench.feed(120)
    assert (bench.judge.wants(0), bench.judge.wants((513, 99))) == (0, 0)
    bench.feed(0)
    assert (bench.judge.wants(0), bench.judge.wants((513, 99))) == (-1, -1)


def test_a_higher_level_wants_what_lower_ones_name():
    soon = step(4, j.FORECAST, 500, 400, span_ms=10_000, more=60_000)
    bench = Bench(rule(step(3, targets=[0]), soon))
    bench.feed(*range(0, 60, 10))
    assert bench.judge.levels[0] == 4 and bench.judge.wants(0) == 0


def test_a_latched_alarm_wants_its_outputs_until_it_is_reset():
    bench = Bench(rule(step(targets=[0]), flags=j.LATCHING))
    bench.feed(130, 0)
    assert bench.judge.states[0] == life.LATCHED and bench.judge.wants(0) == 0
    bench.judge.operate(0, life.RESET, 0, 5)
    assert bench.judge.states[0] == life.NORMAL and bench.judge.wants(0) == -1


def test_an_acknowledgement_silences_where_the_rule_says_so():
    for flags, wanted in ((0, 0), (j.SILENCED, -1)):
        bench = Bench(rule(step(targets=[0]), flags=flags))
        bench.feed(130)
        bench.judge.operate(0, life.ACKNOWLEDGE, 0)
        assert bench.judge.wants(0) == wanted


def test_a_shelf_expires_and_what_still_holds_is_raised():
    bench = Bench(rule(step(targets=[0])))
    bench.feed(130)
    assert bench.judge.operate(0, life.SHELVE, 1000, 5, 60_000) == life.SHELVED
    assert bench.judge.wants(0) == -1
    assert bench.judge.poll(1000) == 61_000
    bench.judge.poll(61_000)
    assert bench.judge.states[0] == life.UNACKNOWLEDGED
    assert bench.kinds() == [life.RAISE, life.SHELVE, life.UNSHELVE, life.RAISE]
    assert bench.judge.poll(61_000) > 1_000_000


def test_an_alarm_that_another_one_explains_is_suppressed():
    bench = Bench(rule(step(), source=(0, 0, 0)), rule(step(), id=STORM, source=(0, 1, 0), suppressor=0), periods=(1000, 1000))
    bench.feed(130)
    assert bench.judge.states[1] == life.SUPPRESSED
    bench.feed(130, source=1)
    assert bench.judge.states[1] == life.SUPPRESSED
    bench.feed(0)
    assert bench.judge.states[1] == life.UNACKNOWLEDGED


def test_a_restart_keeps_levels_acknowledgements_and_shelves():
    rules = (rule(step(2, limit=80, clear=70), step(3, targets=[0])), rule(step(), id=STORM), rule(step(), id=HEALTH_RULE))
    bench = Bench(*rules)
    bench.feed(130)
    bench.judge.operate(0, life.ACKNOWLEDGE, 1000)
    bench.judge.operate(1, life.SHELVE, 1000, 0, 3_600_000)
    saved = bench.judge.save(1000)
    again = Bench(*rules[:2])
    again.judge.restore(saved, 5, 600)
    assert (again.judge.states[0], again.judge.levels[0], again.judge.wants(0)) == (life.ACKNOWLEDGED, 3, 0)
    assert again.judge.states[1] == life.SHELVED
    assert again.judge.poll(5) == 5 + 3_000_000
    again.feed(99)
    assert again.events[0] == (0, life.EASE, 99, 100)
    assert again.judge.levels[0] == 2


def test_the_clock_and_outputs_have_alarms_too():
    clock = rule(step(2, limit=60, clear=60), source=(j.CLOCK,))
    barrier = rule(step(3, limit=1, clear=1), id=STORM, source=(j.OUTPUT, 0))
    bench = Bench(clock, barrier)
    bench.judge.clock(1000, 60)
    bench.judge.output(0, 1000, True)
    bench.judge.output(0, 2000, False)
    assert bench.events == [(0, life.RAISE, 60, 60), (1, life.RAISE, 1, 1), (1, life.CLEAR, 0, 1)]


def test_a_threshold_is_replaced_in_force():
    bench = Bench(rule(step(2, limit=80, clear=70), step(3, targets=[0])))
    bench.feed(100)
    bench.judge.replace(0, rule(step(2, limit=90, clear=85), step(3, limit=110, clear=95, targets=[0])))
    assert bench.judge.levels[0] == 2
    bench.feed(110)
    bench.feed(86)
    bench.feed(84)
    assert bench.events[1:] == [(0, life.ESCALATE, 110, 110), (0, life.EASE, 86, 95), (0, life.CLEAR, 84, 85)]


def test_a_bad_rule_is_refused_and_the_old_one_stays():
    bench = Bench(rule(step(2, limit=80, clear=70), step(3, targets=[0])))
    good = step(2, limit=90, clear=85)
    for bad in (
        rule(good),
        rule(good, step(3)),
        rule(good, step(3, targets=[0]), source=(0, 0, 1)),
        rule(good, step(2, targets=[0])),
        rule(good, step(3, clear=121, targets=[0])),
        rule(good, step(3, on_ms=600_000_000, targets=[0])),
        rule(good, step(3, limit=1 << 29, targets=[0])),
        rule(good, step(3, quantity=j.MEAN, span_ms=1000, targets=[0])),
    ):
        try:
            bench.judge.replace(0, bad)
        except ValueError:
            continue
        raise AssertionError(bad)
    bench.feed(80)
    assert bench.events == [(0, life.RAISE, 80, 80)]
