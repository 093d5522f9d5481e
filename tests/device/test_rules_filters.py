"""Medians, means and slopes of slow sensors, against their definitions, with missing samples and at the ends of 29 bits."""

from gilmok_rules.median import Median, SpikeFilter
from gilmok_rules.rate import Rate
from gilmok_rules.scaling import MOST, isqrt, multiply_divide
from gilmok_rules.window import WindowMean
from support.dice import Dice


def samples(seed, count, low, high, missing=20):
    """Return samples, so many percent of them missing."""
    dice = Dice(seed)
    return [None if dice.chance(missing) else dice.between(low, high) for _ in range(count)]


def test_the_median_is_the_middle_one_of_those_that_are_there():
    for length in (1, 2, 5, 8):
        median = Median(length)
        values = samples(length, 200, -3, 3) + [None] * length + samples(length, 50, -MOST, MOST)
        for i in range(len(values)):
            there = sorted([v for v in values[max(0, i + 1 - length) : i + 1] if v is not None])
            assert median.add(values[i]) == (there[(len(there) - 1) // 2] if there else None), (length, i)
            assert median.count == len(there)


def test_a_spike_is_missing_and_a_step_passes_once_most_of_the_window_stands_there():
    spikes = SpikeFilter(5, 100)
    assert [spikes.add(v) for v in (1000, 1010, 5000, 1020, None, -9, 1030)] == [1000, 1010, None, 1020, None, None, 1030]
    assert spikes.spikes == 2
    assert [spikes.add(v) for v in (2000, 2000, 2001, 2002)] == [None, None, 2001, 2002]


def test_the_mean_is_of_what_is_there_and_rounded_to_nearest():
    for length, least in ((1, 1), (7, 3), (60, 1)):
        for low, high in ((-5, 5), (-MOST, MOST), (MOST - 2, MOST), (-MOST, -MOST + 2)):
            mean = WindowMean(length, least)
            values = samples(length, 150, low, high) + [None] * length + samples(3, 20, low, high)
            for i in range(len(values)):
                there = [v for v in values[max(0, i + 1 - length) : i + 1] if v is not None]
                expected = (2 * sum(there) + len(there)) // (2 * len(there)) if len(there) >= least else None
                assert mean.add(values[i]) == expected, (length, i)
                assert mean.count == len(there)


def test_the_slope_of_a_line_is_the_line_s_however_irregular_its_samples():
    dice = Dice(5)
    for slope in (-3600, -1, 0, 7, 720, 36000):
        rate = Rate(1800, 64)
        at = 0
        for _ in range(100):
            elapsed = dice.between(20, 90)
            at += elapsed
            found = rate.add(elapsed, None if dice.chance(20) else 5000 + slope * at // 3600)
        assert abs(found - slope) <= 2 + abs(slope) // 1000, (slope, found)


def test_a_slope_needs_points_and_half_the_window():
    rate = Rate(600, 10)
    assert [rate.add(60, v) for v in (10, 11, 12, 13)] == [None] * 4  # 180 s
    assert rate.add(120, 15) == 60  # 300 s
    assert rate.add(200, None) == 60  # the oldest are within 600 s: 500, 440, 380, 320, 200
    assert rate.add(250, None) is None  # 630 s … 450 s: the window has seen 180 s of them
    assert rate.add(1 << 29, None) is None
    assert rate.add(60, 7) is None


def test_the_slope_of_the_steepest_and_widest_stays_in_29_bits():
    rate = Rate(1 << 27, 64, 3, 1 << 20)
    for i in range(80):
        found = rate.add(1 << 20, MOST - 4096 if i % 64 > 31 else -MOST + 4096)
        assert found is None or -MOST <= found <= MOST


def test_multiply_divide_rounds_to_nearest_and_saturates():
    dice = Dice(3)
    for _ in range(300):
        value = dice.between(-MOST, MOST) >> dice.between(0, 28)
        factor = dice.between(0, MOST) >> dice.between(0, 28)
        divisor = dice.between(1, 1 << 28) >> dice.between(0, 20) or 1
        exact = (2 * abs(value) * factor + divisor) // (2 * divisor)
        assert multiply_divide(value, factor, divisor) == min(exact, MOST) * (1 if value > 0 else -1), (value, factor, divisor)


def test_isqrt():
    for n in list(range(70)) + [MOST, 1 << 60, (1 << 60) - 1, 10**24 - 1]:
        root = isqrt(n)
        assert root * root <= n < (root + 1) * (root + 1)
