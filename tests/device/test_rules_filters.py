"""Medians of slow sensors, against their definitions, with missing samples and at the ends of 29 bits."""

from gilmok_rules.median import Median, SpikeFilter
from gilmok_rules.scaling import MOST, isqrt, multiply_divide
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
