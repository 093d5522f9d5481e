"""A trial tells the Judge's alarms as they were, and a selection leaves out what the history cannot say."""

from gilmok.backtest.schedule import Tick
from gilmok.backtest.selection import judged_rules, keep, keep_checks, scaled
from gilmok.backtest.trial import Trial, run

PERIOD_MS = 10_000
LEVEL = [1, [0, 0, 0], 0, None, [[2, 0, 800, 700, 20_000, 0, 0, 0, []], [3, 0, 1200, 1000, 20_000, 0, 0, 0, []]]]
HEALTH = [2, [1, 0], 0, None, [[2, 0, 1, 1, 30_000, 0, 0, 0, []]]]
OTHER = [3, [0, 1, 0], 0, None, [[2, 0, 5, 4, 0, 0, 0, 0, []]]]
VOTES = [4, [2, [0, 2]], 0, None, [[2, 4, 1, 1, 0, 0, 0, 2, []]]]
CLOCK = [5, [4], 0, None, [[2, 0, 60, 60, 0, 0, 0, 0, []]]]
CHECK = [0, 0, 0, 5000, 500, None]  # in range, and no spike of half a metre


def ticks(*values, source=0):
    return [Tick(n * PERIOD_MS, 1_000_000 + n * PERIOD_MS, source, None if v is None else [v]) for n, v in enumerate(values)]


def tried(rules, history, validity=(), periods=(PERIOD_MS,)):
    trial = Trial(rules, periods, validity, peaks=True)
    run([trial], history)
    return trial.episodes


def test_an_alarm_has_its_changes_its_end_and_its_peak():
    (episode,) = tried([LEVEL], ticks(0, 800, 900, 900, 1300, 1300, 1350, 1100, 900, 600))
    assert [(change.unix_ms, change.level) for change in episode.changes] == [(1_030_000, 2), (1_060_000, 3), (1_080_000, 2)]
    assert (episode.cleared_ms, episode.peak, episode.level) == (1_090_000, 1350, 3)
    assert episode.reached_ms(3) == 1_060_000
    assert [change.value for change in episode.changes] == [900, 1350, 900]


def test_a_spike_is_no_peak_and_no_alarm():
    (episode,) = tried([LEVEL], ticks(*[900] * 6, 4000, 950, 900), [CHECK])
    assert (episode.level, episode.peak, episode.cleared_ms) == (2, 950, None)


def test_the_instruments_alarm_comes_when_time_says_so_not_with_a_reading():
    history = ticks(*[100] * 6)
    history += [Tick(60_000, 1_060_000, 0, None), Tick(120_000, 1_120_000, 0, None)]
    (episode,) = tried([LEVEL, HEALTH], history)
    assert (episode.rule, episode.raised_ms, episode.changes[0].value) == (1, 1_090_000, 5)


def test_an_alarm_that_another_one_explains_says_so():
    explained = [6, [0, 0, 0], 0, 0, [[2, 0, 850, 800, 30_000, 0, 0, 0, []]]]
    first, second = tried([LEVEL, explained], ticks(0, *[900] * 8))
    assert (first.suppressed, second.suppressed) == (False, True)


def test_rules_without_a_history_are_left_out_and_votes_count_who_is_there():
    rules = [LEVEL, HEALTH, OTHER, VOTES, CLOCK]
    chosen = judged_rules(rules, {0: {0}})
    assert chosen == [0, 1, 3]
    assert keep(rules, chosen)[2][1] == [2, [0]]
    assert judged_rules(rules, {1: {0}}) == [2, 3]
    assert keep_checks([CHECK, [1, 0, 0, 9, None, None]], {0: {0}}) == [CHECK]


def test_a_suppressor_that_is_left_out_suppresses_nothing():
    kept = keep([OTHER, [6, [0, 0, 0], 0, 0, []]], [1])
    assert kept == [[6, [0, 0, 0], 0, None, []]]


def test_other_thresholds_are_those_of_measured_values_alone():
    higher = scaled([LEVEL, HEALTH, VOTES], 110)
    assert [step[2:4] for step in higher[0][4]] == [[880, 770], [1320, 1100]]
    assert higher[1:] == [HEALTH, VOTES]
    assert scaled([LEVEL], 100) == [LEVEL]
    assert LEVEL[4][0][2] == 800  # and the ones in force are as they were
