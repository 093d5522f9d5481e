"""Sections, triggers and levels of a vibration, on both interpreters; tests/rules holds them against SciPy and ObsPy."""

import math
from array import array

from gilmok_rules.biquad import LIMIT, Filter, Section
from gilmok_rules.butterworth import HIGH, LOW, band_pass, design, velocity_per_band
from gilmok_rules.coincidence import coincidence
from gilmok_rules.frequency import Frequency
from gilmok_rules.ground_motion import GroundMotion, velocity_scale
from gilmok_rules.intensity import NAMES, local_instrumental_level, pga_level, pgv_level
from gilmok_rules.level import Level
from gilmok_rules.quake import QuakeTrigger, decimation
from gilmok_rules.sta_lta import MOST, StaLta
from support.dice import Dice

RATE_HZ = 250


def tone(frequency_hz, amplitude, seconds=20, offset=0):
    step = 2 * math.pi * frequency_hz / RATE_HZ
    return array("i", [int(offset + amplitude * math.sin(step * i)) for i in range(seconds * RATE_HZ)])


def refuses(run):
    try:
        run()
    except ValueError:
        return True
    return False


def tail_peak(samples):
    last = samples[-RATE_HZ * 5 :]
    return max(max(last), -min(last))


def test_a_filter_passes_its_band_halves_the_power_at_its_corner_and_stops_the_rest():
    for sections, frequency_hz, gain in (
        (design(HIGH, 1, RATE_HZ), 10, 1.0),
        (design(HIGH, 1, RATE_HZ), 1, 0.7071),
        (design(HIGH, 1, RATE_HZ), 0.1, 0.01),
        (design(LOW, 10, RATE_HZ), 1, 1.0),
        (design(LOW, 10, RATE_HZ, 4), 10, 0.7071),
        (design(LOW, 10, RATE_HZ, 4), 40, 0.003),
        (band_pass(1, 10, RATE_HZ), 3, 0.99),
    ):
        samples = tone(frequency_hz, 100000)
        Filter(sections).run(samples)
        assert abs(tail_peak(samples) / 100000 - gain) < 0.01, (sections, frequency_hz, tail_peak(samples))


def test_gravity_is_no_step_and_chunks_do_not_matter():
    whole = tone(5, 1000, 2, offset=1 << 20)
    pieces = array("i", whole)
    Filter(band_pass(1, 10, RATE_HZ)).run(whole)
    filter_ = Filter(band_pass(1, 10, RATE_HZ))
    out = []
    for i in range(0, len(pieces), 8):
        chunk = pieces[i : i + 8]
        filter_.run(chunk)
        out += list(chunk)
    assert out == list(whole)
    assert max(out) < 1500
    still = array("i", [-(1 << 20)] * 500)
    Section(design(HIGH, 0.1, RATE_HZ)[0]).run(still)
    assert max(still) <= 1 and min(still) >= -1


def test_what_is_beyond_the_limit_is_clipped():
    samples = array("i", [0, 1 << 29, -(1 << 29)])
    limited = array("i", [0, LIMIT, -LIMIT])
    Filter(band_pass(1, 10, RATE_HZ)).run(samples)
    Filter(band_pass(1, 10, RATE_HZ)).run(limited)
    assert samples == limited


def test_the_band_output_is_the_velocity():
    [coefficients] = design(HIGH, 0.1, RATE_HZ)
    samples = tone(2, 100000)
    bands = array("i", samples)
    Section(coefficients).run(samples, bands)
    velocity = 100000 / (2 * math.pi * 2)  # the integral's amplitude; the corner takes 0.1 %
    assert abs(tail_peak(bands) * velocity_per_band(coefficients, RATE_HZ) / velocity - 1) < 0.01


def test_impossible_filters_and_triggers_are_refused():
    assert refuses(lambda: design(HIGH, 101, RATE_HZ))
    assert refuses(lambda: design(HIGH, 0.02, RATE_HZ))
    assert refuses(lambda: design(HIGH, 1, RATE_HZ, 3))
    assert refuses(lambda: band_pass(10, 10, RATE_HZ))
    assert refuses(lambda: StaLta(0, 10, 48, 16))
    assert refuses(lambda: StaLta(10, 10, 48, 16))
    assert refuses(lambda: StaLta(1000, 3000, 48, 16))
    assert refuses(lambda: StaLta(10, 100, 16, 48))
    assert refuses(lambda: StaLta(10, 100, 256, 48))


def test_the_state_of_a_trigger_is_that_of_exact_sums():
    """The definition in fractions: classic sums are exact, the recursive mean is within half a unit."""
    dice = Dice(4)
    energies = [dice.between(0, 100) if i % 97 else MOST for i in range(700)]
    classic, recursive = StaLta(5, 60, 40, 24, classic=True), StaLta(5, 60, 40, 24)
    sta = lta = 0.0
    on = False
    for i, energy in enumerate(energies):
        short, long = sum(energies[max(0, i - 4) : i + 1]), sum(energies[max(0, i - 59) : i + 1])
        if i >= 59:
            on = short * 60 * 16 >= (24 if on else 40) * long * 5
        assert classic.add(energy) == on, i
        assert classic.sta * 5 + classic._short_rest == short and classic.lta * 60 + classic._long_rest == long
        recursive.add(energy)
        if i:
            sta += (energy - sta) / 5
            lta += (energy - lta) / 60
        assert abs(recursive.sta + recursive._short_rest / 5 - sta) <= 0.5 + sta * 1e-5
        assert abs(recursive.lta + recursive._long_rest / 60 - lta) <= 0.5 + lta * 1e-5


def run_trigger(trigger, energies):
    """Return [(first sample, samples), …] of its triggers."""
    found = []
    was = False
    for i, energy in enumerate(energies):
        now = trigger.add(energy)
        if now and not was:
            found.append([i, 0])
        if now:
            found[-1][1] += 1
        was = now
    return found


def test_a_frozen_mean_holds_a_trigger_to_its_end_but_not_for_ever():
    event = [100] * 400 + [5000] * 300 + [100] * 400
    for classic in (False, True):
        [[on, moving]] = run_trigger(StaLta(20, 200, 48, 24, 0, 1, classic), event)
        assert on < 410 and moving < 250
        [[on, frozen]] = run_trigger(StaLta(20, 200, 48, 24, 1000, 1, classic), event)
        assert 300 <= frozen < 420
        [[on, ended]] = run_trigger(StaLta(20, 200, 48, 24, 1000, 1, classic), [100] * 400 + [5000] * 3000)
        assert 1000 < ended < 1300


def test_stillness_never_triggers_and_the_floor_holds_back_what_is_too_small():
    assert run_trigger(StaLta(5, 50, 48, 24, floor=0), [0] * 200) == []
    assert run_trigger(StaLta(5, 50, 48, 24, floor=0), [0] * 100 + [9] * 20) != []
    assert run_trigger(StaLta(5, 50, 48, 24, floor=100), [0] * 100 + [200] * 20) == []
    assert run_trigger(StaLta(5, 50, 48, 24, floor=100), [0] * 100 + [2000] * 20) != []


def test_a_trigger_warms_up_for_as_long_as_obspy_s():
    assert run_trigger(StaLta(1, 10, 16, 8, classic=True), [100] * 30)[0][0] == 9  # ratios count from sample long − 1
    assert run_trigger(StaLta(1, 10, 16, 8), [100] * 30)[0][0] == 10  # … from sample long


def test_a_restarted_trigger_warms_up_again():
    for classic in (False, True):
        trigger = StaLta(5, 50, 48, 24, classic=classic)
        run_trigger(trigger, [100] * 100 + [90000] * 5)
        assert trigger.triggered
        trigger.restart()
        assert run_trigger(trigger, [100] * 20 + [90000] * 5 + [100] * 20) == []


def test_level_is_exact():
    dice = Dice(6)
    for size in (1, 100, 5000, (1 << 23) - 1):
        values = [dice.between(-size, size) for _ in range(240)]
        level = Level()
        for i in range(0, 240, 8):
            level.run(array("i", values[i : i + 8]))
        rms, peak = level.take()
        squares = sum([v * v for v in values])
        assert (2 * rms - 1) * (2 * rms - 1) * 240 <= 4 * squares <= (2 * rms + 1) * (2 * rms + 1) * 240
        assert peak == max(max(values), -min(values))
        assert level.take() is None
    level = Level()
    for _ in range(2000):
        level.run(array("i", [(1 << 23) - 1] * 16))
    assert level.take() == ((1 << 23) - 1, (1 << 23) - 1)


def test_frequency_of_a_tone_is_within_its_bound():
    for frequency_hz in (4.1, 7.77, 17.3, 60):
        samples = tone(frequency_hz, 1000000, 4)
        for first in range(0, 400, 37):  # windows of a second that begin at any phase
            frequency = Frequency(1000)
            for i in range(first, first + RATE_HZ, 8):
                frequency.run(samples[i : i + 8])
            span = (frequency._last - frequency._first) / 16
            found = frequency.take(RATE_HZ * 1000) / 1000
            assert abs(found / frequency_hz - 1) <= 1 / (4 * span), (frequency_hz, first, found)
            assert frequency.take(RATE_HZ * 1000) is None


def test_noise_about_zero_has_no_frequency():
    frequency = Frequency(1000)
    frequency.run(array("i", [-900, 900] * 500))
    assert frequency.take(RATE_HZ * 1000) is None


def test_ground_motion_of_a_tone():
    [coefficients] = design(HIGH, 0.1, RATE_HZ)
    motion = GroundMotion(coefficients, velocity_scale(RATE_HZ))
    x = tone(2, 1 << 19)  # 0.5 g at 2 Hz: 4.903 m/s² and 390.2 mm/s
    y = tone(2, 1 << 17, offset=1 << 20)
    for i in range(0, len(x), 8):
        if i == 4000:
            motion.take()  # a tone that begins has a mean velocity, which takes the filter some seconds to forget
        motion.run(x[i : i + 8], y[i : i + 8], array("i", [77] * 8))
    pga, pgv = motion.take()
    assert abs(pga[0] - 50000) < 800 and abs(pga[1] - 12500) < 200 and pga[2] <= 1
    assert abs(pgv[0] - 390200) < 4000 and abs(pgv[1] - 97550) < 1000 and pgv[2] <= 60
    assert motion.take() == ((0, 0, 0), (0, 0, 0))


def test_a_hole_in_the_samples_is_neither_a_step_nor_an_earthquake():
    dice = Dice(7)
    for lost in (True, False):
        quake = QuakeTrigger(RATE_HZ)
        [coefficients] = design(HIGH, 0.1, RATE_HZ)
        motion = GroundMotion(coefficients, velocity_scale(RATE_HZ))
        shook = False
        for i in range(0, 20 * RATE_HZ, 8):
            level = 0 if i < 3600 else 50000  # 5 %g: somebody moved the sensor meanwhile
            axes = [array("i", [level + dice.between(-100, 100) for _ in range(8)]) for _ in "xyz"]
            if lost and i == 3600:
                quake.lose(1000)
                motion.lose()
            shook = quake.run(axes[0], axes[1], axes[2]) or shook
            motion.run(axes[0], axes[1], axes[2])
        assert shook is not lost
        assert (max(motion.take()[0]) < 100) is lost


def test_a_trigger_s_age_is_counted_from_the_sample_that_began_it():
    for rate_hz, every in ((50, 1), (RATE_HZ, 4)):
        quake = QuakeTrigger(rate_hz)
        dice = Dice(9)
        blow = 15 * rate_hz + 4 * every
        ages = []
        for first in range(0, 20 * rate_hz - 7, 8):
            chunk = [(1 << 19 if first + k >= blow and k % 2 else 0) + dice.between(-100, 100) for k in range(8)]
            axes = [array("i", chunk) for _ in "xyz"]
            if quake.run(axes[0], axes[1], axes[2]) and len(ages) < 3:
                ages.append((first + 8 - quake.age, quake.age))
        assert 0 <= ages[0][0] - blow < 2 * every + 8 and {start for start, _ in ages} == {ages[0][0]}, (blow, ages)
        quake.lose(100)
        assert quake.age > 100 and QuakeTrigger(rate_hz).age is None


def test_decimation_leaves_at_least_50_samples_a_second():
    assert [decimation(rate_hz) for rate_hz in (31.25, 99, 100, 200, 250, 333, 400, 1000)] == [1, 1, 2, 4, 4, 4, 8, 8]
    assert refuses(lambda: QuakeTrigger(400, chunk=4))


def test_levels_begin_where_the_table_says():
    assert [pga_level(v) for v in (0, 69, 70, 6859, 6860, 313999, 314000)] == [1, 1, 2, 5, 6, 10, 11]
    assert [pgv_level(v) for v in (0, 299, 300, 14599, 14600, 1539999, 1540000)] == [1, 1, 2, 5, 6, 10, 11]
    assert local_instrumental_level(100, 40000) == 7 and NAMES[7 - 1] == "VII"


def test_coincidence_counts_nodes_within_a_window():
    assert coincidence([], 2, 1000) == []
    assert coincidence([(0, "a"), (500, "a"), (900, "a")], 2, 1000) == []
    assert coincidence([(0, "a"), (1001, "b")], 2, 1000) == []
    assert coincidence([(1000, "b"), (0, "a")], 2, 1000) == [(1000, ["a", "b"])]
    # A lone trigger before does not spend the window of those behind it.
    assert coincidence([(0, "a"), (900, "b"), (1500, "c")], 3, 1000) == []
    assert coincidence([(0, "a"), (900, "a"), (1500, "b"), (1800, "c")], 3, 1000) == [(1800, ["a", "b", "c"])]
    # Each trigger belongs to one event; a late node joins, and does not vote again.
    assert coincidence([(0, "a"), (10, "b"), (20, "c"), (9000, "b"), (9100, "c")], 2, 1000) == [(10, ["a", "b", "c"]), (9100, ["b", "c"])]
