"""Means and slopes of spans, against their definitions, with missing readings, at the ends of 29 bits and past reboots of a sensor."""

from gilmok_rules.trend import Trend
from support.dice import Dice

MOST = (1 << 29) - 1
HOUR_MS = 3_600_000


def divide(dividend, divisor):
    return (2 * dividend + divisor) // (2 * divisor)


def samples(dice, count, low, high, missing=20):
    return [None if dice.chance(missing) else dice.between(low, high) for _ in range(count)]


def test_a_mean_is_of_what_is_there_and_rounded_to_nearest():
    dice = Dice(2)
    for length, percent in ((1, 100), (7, 50), (60, 1), (60, 75), (59, 100)):
        for low, high in ((-5, 5), (-MOST, MOST), (MOST - 2, MOST), (-MOST, -MOST + 2)):
            mean = Trend(1000, length * 1000, percent)
            values = samples(dice, 150, low, high) + [None] * length + samples(dice, 20, low, high)
            for i in range(len(values)):
                there = [v for v in values[max(0, i + 1 - length) : i + 1] if v is not None]
                enough = len(there) >= max(1, length * percent // 100)
                assert mean.add((i + 1) * 1000, values[i]) == (divide(sum(there), len(there)) if enough else None), (length, i)


def test_a_long_mean_is_one_of_slots():
    """Sixty slots of a minute: the mean of their means."""
    dice = Dice(3)
    mean = Trend(7000, HOUR_MS, 50)
    slots = {}
    expected = None
    for now_ms in range(7000, 4 * HOUR_MS, 7000):
        value = None if dice.chance(60) else dice.between(-1000, 1000)
        slot = -(-now_ms // 60_000)
        slots.setdefault(slot, [])
        if value is not None:
            slots[slot].append(value)
        closed = slot if now_ms % 60_000 == 0 else slot - 1
        there = [divide(sum(slots[k]), len(slots[k])) for k in range(closed - 59, closed + 1) if slots.get(k)]
        expected = divide(sum(there), len(there)) if len(there) >= 30 else None
        assert mean.add(now_ms, value) == expected, now_ms
    assert expected is not None


def test_a_slope_is_that_of_least_squares_to_the_last_digit():
    dice = Dice(4)
    for low, high in ((-3, 3), (-100_000, 100_000)):
        slope = Trend(1000, 20_000)
        values = samples(dice, 200, low, high)
        for i in range(len(values)):
            points = [(k, values[k]) for k in range(max(0, i - 20), i + 1) if values[k] is not None]
            count, times, total = len(points), sum([k for k, _ in points]), sum([v for _, v in points])
            both = count * sum([k * v for k, v in points]) - times * total
            squares = count * sum([k * k for k, _ in points]) - times * times
            there = count > 2 and 2 * (points[-1][0] - points[0][0]) >= 20
            assert slope.add((i + 1) * 1000, values[i]) == (divide(both * 3600, squares) if there else None), i


def test_the_slope_of_a_line_is_the_line_s():
    dice = Dice(5)
    for steepness in (-36000, -3600, 0, 7200, 72000):
        slope = Trend(10_000, 1_800_000)
        for at in range(10, 7200, 10):
            found = slope.add(at * 1000, None if dice.chance(20) else 5000 + steepness * at // 3600)
        assert abs(found - steepness) <= 20 + abs(steepness) // 100, (steepness, found)


def test_a_slope_needs_points_and_half_of_the_span():
    slope = Trend(60_000, 600_000)
    assert [slope.add((i + 1) * 60_000, v) for i, v in enumerate((10, 11, 12, 13, 14))] == [None] * 5  # 240 s
    assert slope.add(360_000, 15) == 60  # 300 s
    assert slope.add(600_000, None) == 60
    assert slope.add(720_000, None) is None  # of the last ten minutes those from 120 to 360 s are there
    assert slope.add(1_320_000, 7) is None


def test_a_sensor_that_comes_back_finds_an_empty_span():
    mean, slope = Trend(1000, 10_000, 50), Trend(1000, 10_000)
    for i in range(1, 20):
        mean.add(i * 1000, 5)
        slope.add(i * 1000, 5 * i)
    assert mean.add(19_000 + 1_000_000, 900) is None and slope.add(19_000 + 1_000_000, 900) is None
    for i in range(1020, 1040):
        found = mean.add(i * 1000, 900)
    assert found == 900


def test_the_steepest_saturates():
    slope = Trend(1, 4)
    for i in range(1, 10):
        found = slope.add(i, MOST if i % 5 > 2 else -MOST)
    assert found == -MOST or found == MOST
