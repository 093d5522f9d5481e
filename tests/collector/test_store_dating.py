"""The arithmetic of dating, by itself: what is said about time is true, exact at fixes, and never runs backwards."""

import random

import pytest
from gilmok_collector.store.dating import DRIFT, FINE_MS, Fix, date_boots, date_span, improves, unix_at
from hypothesis import given
from hypothesis import strategies as st

HOUR_MS = 3_600_000
NOW_MS = 1_800_000_000_000


@st.composite
def chains(draw):
    """Chains of fixes: both times strictly increasing, otherwise as wild as may be."""
    uptimes = sorted(draw(st.sets(st.integers(0, 10**9), min_size=1, max_size=6)))
    unix, fixes = NOW_MS, []
    for uptime in uptimes:
        unix += draw(st.integers(1, 10**8))
        fixes.append(Fix(uptime, unix, draw(st.integers(0, 10**5))))
    return fixes


uptimes = st.integers(0, 10**9)


class Clock:
    """A node's clock whose rate wanders within ± DRIFT: the truth that anchors tell with an error."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.turns = [(0, NOW_MS + self.dice.randrange(HOUR_MS))]
        for _ in range(60):
            uptime, unix = self.turns[-1]
            step = self.dice.randrange(1, HOUR_MS)
            self.turns.append((uptime + step, unix + step * (1 + self.dice.uniform(-DRIFT, DRIFT))))

    def unix_at(self, uptime):
        """Return the true time."""
        for (u0, t0), (u1, t1) in zip(self.turns, self.turns[1:], strict=False):
            if u0 <= uptime <= u1:
                return t0 + (t1 - t0) * (uptime - u0) / (u1 - u0)
        raise ValueError(uptime)

    def anchor(self):
        """Return what an honest exchange would say at some moment."""
        uptime = self.dice.randrange(self.turns[-1][0])
        uncertainty = self.dice.choice([1, 20, 300, 5000])
        return Fix(uptime, round(self.unix_at(uptime) + self.dice.uniform(-uncertainty, uncertainty)), uncertainty)


@given(chains())
def test_a_fix_is_dated_exactly(chain):
    for fix in chain:
        assert unix_at(chain, fix.uptime_ms) == (fix.unix_ms, fix.uncertainty_ms)
        assert date_span(chain, fix.uptime_ms, fix.uptime_ms) == (fix.unix_ms, fix.unix_ms, fix.uncertainty_ms)


@given(chains(), uptimes, uptimes)
def test_time_never_runs_backwards(chain, a, b):
    a, b = sorted((a, b))
    assert unix_at(chain, a)[0] <= unix_at(chain, b)[0]
    span = date_span(chain, a, b)
    assert span.start_ms <= span.end_ms


@given(chains(), uptimes)
def test_uncertainty_is_never_below_that_of_the_better_neighbour(chain, uptime):
    assert unix_at(chain, uptime)[1] >= min(fix.uncertainty_ms for fix in chain) - 1e-6


@given(chains(), st.integers(0, 10**6), st.integers(0, 10**6))
def test_uncertainty_grows_beyond_the_last_fix(chain, near, far):
    near, far = sorted((near, far))
    end = chain[-1].uptime_ms
    assert unix_at(chain, end + near)[1] <= unix_at(chain, end + far)[1]


@given(chains(), uptimes, st.integers(0, 10**7), st.floats(0, 1))
def test_a_span_covers_every_moment_in_it(chain, start, length, share):
    span = date_span(chain, start, start + length)
    unix, uncertainty = unix_at(chain, start + share * length)
    on_the_line = span.start_ms + share * (span.end_ms - span.start_ms)
    assert abs(on_the_line - unix) + uncertainty <= span.uncertainty_ms + 1.5  # of rounding both ends


@pytest.mark.parametrize("seed", range(40))
def test_the_truth_lies_within_the_uncertainty(seed):
    clock = Clock(seed)
    chain = []
    for _ in range(clock.dice.randrange(1, 12)):
        fix = clock.anchor()
        if improves(chain, fix):
            others = [other for other in chain if (other.uptime_ms < fix.uptime_ms) == (other.unix_ms < fix.unix_ms)]
            chain = sorted([other for other in others if other.uptime_ms != fix.uptime_ms] + [fix])
    for _ in range(100):
        uptime = clock.dice.randrange(clock.turns[-1][0])
        unix, uncertainty = unix_at(chain, uptime)
        assert abs(unix - clock.unix_at(uptime)) <= uncertainty + 1, f"uptime {uptime} over {chain}"


def test_equal_anchors_are_kept_at_the_pace_the_clock_drifts():
    chain = [Fix(0, NOW_MS, 20)]
    for uptime in range(0, 4 * HOUR_MS, 10_000):
        fix = Fix(uptime, NOW_MS + uptime, 20)
        if improves(chain, fix):
            chain.append(fix)
    steps = [b.uptime_ms - a.uptime_ms for a, b in zip(chain, chain[1:], strict=False)]
    assert set(steps) == {210_000}  # the first tick after 20 ms / 100 ppm


def test_an_anchor_finer_than_a_tick_improves_no_more_than_the_tick():
    chain = [Fix(0, NOW_MS, 0)]
    wait_ms = round(2 * FINE_MS / DRIFT)
    assert not improves(chain, Fix(wait_ms - 1, NOW_MS + wait_ms - 1, 0))
    assert improves(chain, Fix(wait_ms + 1, NOW_MS + wait_ms + 1, 0))


def test_an_anchor_is_taken_once():
    fix = Fix(5, NOW_MS, 20)
    assert improves([], fix)
    assert not improves([fix], fix)


def test_a_contradiction_is_taken_though_it_is_no_finer():
    chain = [Fix(0, NOW_MS, 20)]
    assert not improves(chain, Fix(1000, NOW_MS + 1000 + 30, 20))
    assert improves(chain, Fix(1000, NOW_MS + 1000 + 300, 20))


def test_two_anchors_that_contradict_make_what_lies_between_uncertain():
    """A collector's clock was set forward by an hour: nobody can say when, so the middle is half an hour unsure."""
    chain = [Fix(0, NOW_MS, 20), Fix(600_000, NOW_MS + 600_000 + HOUR_MS, 20)]
    _, uncertainty = unix_at(chain, 300_000)
    assert uncertainty == pytest.approx(HOUR_MS / 2, rel=0.01)
    assert unix_at(chain, 600_000)[1] == 20


def test_boots_that_never_knew_the_time_lie_one_after_another_in_the_middle():
    fixes = date_boots((NOW_MS, 20), (NOW_MS + 10_000, 50), [2000, 3000])
    slack = 10_000 - 5000
    assert [fix.unix_ms for fix in fixes] == [NOW_MS + slack // 2, NOW_MS + slack // 2 + 2000]
    assert {fix.uncertainty_ms for fix in fixes} == {slack // 2 + 50 + 1}  # 1: how far 5 s may drift, rounded up
    assert {fix.uptime_ms for fix in fixes} == {0}


@pytest.mark.parametrize("seed", range(40))
def test_the_truth_of_boots_without_anchors_lies_within_the_uncertainty(seed):
    dice = random.Random(seed)
    lengths = [dice.randrange(1, HOUR_MS) for _ in range(dice.randrange(1, 6))]
    pauses = [dice.randrange(HOUR_MS) for _ in range(len(lengths) + 1)]
    unix, starts = NOW_MS, []
    for pause, length in zip(pauses, lengths, strict=False):
        starts.append(unix + pause)
        unix = starts[-1] + length * (1 + dice.uniform(-DRIFT, DRIFT))
    lower = (NOW_MS + dice.uniform(-20, 20), 20)
    upper = (unix + pauses[-1] + dice.uniform(-300, 300), 300)
    for fix, start in zip(date_boots(lower, upper, lengths), starts, strict=True):
        assert abs(fix.unix_ms - start) <= fix.uncertainty_ms + 1
