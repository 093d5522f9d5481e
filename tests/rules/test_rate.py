"""Slopes of real and hard series against least squares in floating point."""

import csv
import random
from datetime import datetime

import numpy as np
import pytest
from gilmok_rules.median import SpikeFilter
from gilmok_rules.rate import Rate


def exact_slope(points, per):
    """Return the slope of [(time, value), …], per so many units of time."""
    times = np.array([time for time, _ in points], float)
    values = np.array([value for _, value in points], float)
    times -= times.mean()
    return float((times * (values - values.mean())).sum() / (times * times).sum() * per)


def assert_slopes(series, window, per, bound):
    """Feed [(elapsed, value or None), …] and hold every slope against the exact one; return how many there were."""
    rate = Rate(window, 64, 3, per)
    now = compared = 0
    kept = []
    for elapsed, value in series:
        now += elapsed
        if value is not None:
            kept.append((now, value))
        found = rate.add(elapsed, value)
        within = [(time, value) for time, value in kept if now - time <= window][-64:]
        if found is None:
            assert len(within) < 3 or 2 * (within[-1][0] - within[0][0]) < window
            continue
        compared += 1
        assert abs(found - exact_slope(within, per)) <= bound(within), (now, found, exact_slope(within, per))
    return compared


@pytest.mark.parametrize("missing", [0, 0.3])
def test_within_4095_units_and_steps_only_the_rounding_is_left(missing):
    dice = random.Random(4)
    level = 2000
    series = []
    for _ in range(600):
        level = min(4000, max(0, level + dice.randint(-60, 60)))
        series.append((dice.randint(5, 120), None if dice.random() < missing else level))
    assert assert_slopes(series, 1800, 3600, lambda within: 0.5 + 1e-6) > 400


def test_beyond_each_point_moves_by_a_2048th_at_most():
    dice = random.Random(5)
    for window, most in ((100_000, 100_000), (3000, 1 << 28), (1 << 26, 4000)):
        series = [(dice.randint(1, window // 30), dice.randint(-most, most)) for _ in range(300)]

        def bound(within):
            span = within[-1][0] - within[0][0]
            values = [value for _, value in within]
            return 1 + 3 * (max(values) - min(values)) / 2048 / span * 1000

        assert assert_slopes(series, window, 1000, bound) > 200


def test_the_flood_at_dead_run_rises_as_fast_as_least_squares_say(data_dir):
    """The real flash flood of 2018-06-03, in hundredths of a foot, every five minutes; a tenth of the readings is dropped."""
    dice = random.Random(6)
    with (data_dir / "water/deadrun_01589330_201806_5min.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["stage_ft"]]
    times = [int(datetime.fromisoformat(row["t_utc"]).timestamp()) for row in rows]
    values = [None if dice.random() < 0.1 else round(float(row["stage_ft"]) * 100) for row in rows]
    series = [(b - a, value) for a, b, value in zip(times, times[1:], values[1:], strict=False)]
    assert assert_slopes(series, 3600, 3600, lambda within: 0.5 + 1e-6) > 5000
    rate = Rate(3600, 64, 3, 3600)
    fastest = max(rate.add(elapsed, value) or 0 for elapsed, value in series)
    assert 150 < fastest < 700, "feet an hour, times 100"


def test_spikes_leave_and_the_flood_stays(data_dir):
    with (data_dir / "water/deadrun_01589330_201806_5min.csv").open() as file:
        stages = [round(float(row["stage_ft"]) * 100) for row in csv.DictReader(file) if row["stage_ft"]]
    dice = random.Random(7)
    spoiled = [stage if dice.random() > 0.05 else stage + dice.choice((-3000, 2500)) for stage in stages]
    spikes = SpikeFilter(5, 1000)
    found = [spikes.add(stage) for stage in spoiled]
    wrong = sum(value is not None and value != stage for value, stage in zip(found, stages, strict=True))
    lost = sum(value is None and now == stage for value, now, stage in zip(found, spoiled, stages, strict=True))
    assert spikes.spikes > 300 and wrong < 15 and lost < 15, "three spikes of five are the median's end"
