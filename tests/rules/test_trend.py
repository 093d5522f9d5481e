"""Slopes and means of real and hard series against least squares and sums in floating point."""

import csv
import random
from datetime import datetime

import numpy as np
import pytest
from gilmok_rules.median import SpikeFilter
from gilmok_rules.trend import Trend

HOUR_MS = 3_600_000


def exact_slope(points):
    """Return the slope an hour of [(ms, value), …]."""
    times = np.array([time for time, _ in points], float)
    values = np.array([value for _, value in points], float)
    times -= times.mean()
    return float((times * (values - values.mean())).sum() / (times * times).sum() * HOUR_MS)


def assert_slopes(series, period_ms, span_ms):
    """Feed [(ms, value or None), …], of which each fills a slot, and hold every slope against the exact one; return how many there were."""
    trend = Trend(period_ms, span_ms)
    compared = 0
    kept = []
    for now, value in series:
        if value is not None:
            kept.append((now, value))
        found = trend.add(now, value)
        within = [(time, value) for time, value in kept if now - time <= span_ms]
        if found is None:
            assert len(within) < 3 or 2 * (within[-1][0] - within[0][0]) < span_ms
            continue
        compared += 1
        assert abs(found - exact_slope(within)) <= 0.5 + 1e-6 * abs(found), (now, found, exact_slope(within))
    return compared


@pytest.mark.parametrize("missing", [0, 0.3])
@pytest.mark.parametrize(
    ("period_ms", "slots", "most"), [(1000, 32, 60), (60_000, 30, 1 << 20), (7000, 3, 4000), (86_400_000, 20, 1 << 28)]
)
def test_only_the_rounding_is_left(missing, period_ms, slots, most):
    dice = random.Random(4)
    level = 0
    series = []
    for i in range(1, 600):
        level = min(most, max(-most, level + dice.randint(-most // 60, most // 60)))
        if dice.random() > missing / 2:  # of half of the holes nobody is told
            series.append((i * period_ms, None if dice.random() < missing / 2 else level))
    assert assert_slopes(series, period_ms, slots * period_ms) > (400 if slots > 3 else 100)


@pytest.mark.parametrize(("period_ms", "span_ms"), [(1000, 3_600_000), (60_000, 86_400_000), (7000, 600_000)])
def test_slots_cost_a_mean_and_a_slope_little(period_ms, span_ms):
    """A slot's mean is rounded, and the slot still open is missing: that is all there is between slots and readings."""
    dice = random.Random(5)
    mean, slope = Trend(period_ms, span_ms, 75), Trend(period_ms, span_ms)
    values = []
    for i in range(1, 3 * span_ms // period_ms):
        values.append(3 * i + dice.randint(-5, 5))
        found, steepness = mean.add(i * period_ms, values[-1]), slope.add(i * period_ms, values[-1])
        if i * period_ms < 2 * span_ms:
            continue
        recent = values[-(span_ms // period_ms) :]
        exact = sum(recent) / len(recent)
        assert abs(found - exact) < 3 * span_ms / period_ms / 60 + 3, (i, found, exact)
        assert abs(steepness - 3 * HOUR_MS / period_ms) < 0.1 * 3 * HOUR_MS / period_ms


def test_the_flood_at_dead_run_rises_as_fast_as_least_squares_say(data_dir):
    """The real flash flood of 2018-06-03, in hundredths of a foot, every five minutes; a tenth of the readings is dropped."""
    dice = random.Random(6)
    with (data_dir / "water/deadrun_01589330_201806_5min.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["stage_ft"]]
    times = [int(datetime.fromisoformat(row["t_utc"]).timestamp()) * 1000 for row in rows]
    values = [None if dice.random() < 0.1 else round(float(row["stage_ft"]) * 100) for row in rows]
    series = list(zip(times, values, strict=True))
    assert assert_slopes(series, 300_000, HOUR_MS) > 5000
    trend = Trend(300_000, HOUR_MS)
    fastest = max(trend.add(time, value) or 0 for time, value in series)
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
