"""No intermediate result leaves 30 bits, at the worst input there is: every operation of the modules themselves is watched."""

import random
from fractions import Fraction

import pytest
from gilmok_rules.biquad import LIMIT
from gilmok_rules.butterworth import HIGH, band_pass, design
from gilmok_rules.detector import mend
from gilmok_rules.frequency import Frequency
from gilmok_rules.ground_motion import STEPS_PER_G, GroundMotion, velocity_scale
from gilmok_rules.level import Level
from gilmok_rules.limit_lines import LINES
from gilmok_rules.median import SpikeFilter
from gilmok_rules.ppv import Ppv
from gilmok_rules.quake import QuakeTrigger
from gilmok_rules.scaling import MOST, multiply_divide
from gilmok_rules.shaking import Quake
from gilmok_rules.sta_lta import MOST as MOST_ENERGY
from gilmok_rules.sta_lta import StaLta
from gilmok_rules.tilt import atan2, tilt

from . import small as small_ints
from .small import Small, small


def extremes(seed, count, most):
    """Return samples at either end, near it, and near zero, in runs."""
    dice = random.Random(seed)
    out = []
    while len(out) < count:
        size = dice.choice((most, most, most - 1, 3))
        out += [dice.choice((-size, size))] * dice.choice((1, 1, 2, 40))
    return out[:count]


def test_the_watch_itself_sees_what_leaves():
    for leave in (lambda a: a * 2, lambda a: a << 1, lambda a: 2 * a, lambda a: a + a, lambda a: -a - a - 1):
        with pytest.raises(OverflowError):
            leave(Small((1 << 29) + 1))
    assert type(3 + Small(4) - 1) is Small and type(Small(5) >> 1) is Small and type(7 // Small(2)) is Small


@pytest.mark.parametrize(("short", "long"), [(1, 2), (1, 1 << 21), (125, 2500), (1024, 2048), (512, 4096)])
@pytest.mark.parametrize("classic", [False, True])
def test_sta_lta(short, long, classic):
    trigger = StaLta(short, long, 255, 254, 0, 1, classic)
    trigger._warmup = 10  # the comparison is what multiplies most
    dice = random.Random(9)
    energies = [dice.choice((0, MOST_ENERGY, dice.randrange(1 << 25))) for _ in range(3000)] + [MOST_ENERGY * 4] * 1000 + [0] * 1000
    small_ints.largest = 0
    for energy in energies:
        trigger.add(Small(energy))
        assert 0 <= trigger.sta <= MOST_ENERGY and 0 <= trigger.lta <= MOST_ENERGY
        assert 2 * abs(trigger._long_rest) <= long
    assert small_ints.largest >= MOST_ENERGY


def test_the_exact_comparison_at_its_largest():
    """Both remainders at their ends, thresholds at theirs, ratios right at them."""
    for short, long in ((1024, 2048), (512, 4096), (1, 1 << 21), (1448, 1448 + 1)):
        if short * long > 1 << 21:
            continue
        trigger = StaLta(short, long, 255, 1)
        for sixteenths in (1, 16, 255):
            for lta in (1, 1000, 131000, MOST_ENERGY * 16 // 255 if sixteenths == 255 else MOST_ENERGY):
                for over in range(-12, 13):
                    for short_rest in (-(short // 2), short // 2):
                        for long_rest in (-(long // 2), long // 2):
                            trigger.lta, trigger._long_rest = Small(lta), Small(long_rest)
                            trigger.sta, trigger._short_rest = Small(max(0, lta * sixteenths // 16 + over)), Small(short_rest)
                            sta = Fraction(int(trigger.sta)) + Fraction(short_rest, short)
                            exact = 16 * sta >= sixteenths * (lta + Fraction(long_rest, long))
                            if not (trigger.sta or short_rest):
                                exact = False
                            assert trigger._reaches(sixteenths) == exact


def test_slow_filters():
    spikes = SpikeFilter(31, 1000)
    for i, value in enumerate(small(extremes(1, 9000, MOST - 4096))):
        spikes.add(None if i % 11 == 5 else value)


def test_multiply_divide():
    for value in (0, 1, -MOST, MOST):
        for factor in (0, 1, MOST):
            for divisor in (1, 3, (1 << 28) - 1, 1 << 28):
                multiply_divide(Small(value), Small(factor), Small(divisor))


def test_level_and_frequency():
    level, frequency = Level(), Frequency(100)
    values = small(extremes(2, 16 * 400, (1 << 23) - 1))
    for i in range(0, len(values), 16):
        level.run(values[i : i + 16])
        frequency.run(values[i : i + 16])
    frequency.take(Small(250_000))
    for name in ("_low", "_middle", "_high", "_top"):
        assert type(getattr(level, name)) is Small


@pytest.mark.parametrize("rate_hz", [50, 100, 250, 400])
def test_three_axes(rate_hz):
    quake = QuakeTrigger(rate_hz)
    quake._axes = tuple([small([0] * len(axis)) for axis in quake._axes])  # arrays would forget what they hold
    [coefficients] = design(HIGH, 0.1, rate_hz)
    motion = GroundMotion(coefficients, Small(velocity_scale(rate_hz)))
    motion._bands, motion._peaks = small([0] * 8), small([0] * 6)
    axes = [extremes(seed, 8 * 400, (1 << 26) - 1) for seed in (1, 2, 3)]
    axes = [[3] * 8 * 200 + axis for axis in axes]
    for i in range(0, len(axes[0]), 8):
        chunk = [small(axis[i : i + 8]) for axis in axes]
        quake.run(*chunk)
        motion.run(*chunk)
    assert type(quake._trigger.lta) is Small and all(max(map(abs, axis)) <= 3344 << 2 for axis in quake._axes)
    pga, pgv = motion.take()
    assert min(pga) > 100_000 and min(pgv) > 1_000_000


def watch(detector, chunk):
    """Let a detector keep integers that are watched, where it has arrays, which would forget what they hold."""
    detector._axes = tuple([small([0] * chunk) for _ in range(3)])


@pytest.mark.parametrize(("most", "steps"), [(1 << 19, (1049, 8)), (1 << 15, (64, 0)), (1 << 11, (1049, 0))])
@pytest.mark.parametrize("kind", ["quake", "ppv"])
def test_detectors(kind, most, steps):
    """Every sensor's largest counts, slow and fast, with lone spikes among them."""
    rate_hz, chunk = 250, 32
    if kind == "quake":
        parameters = [band_pass(1, 10, rate_hz / 4), design(HIGH, 0.1, rate_hz)[0], Small(velocity_scale(rate_hz)), 64, 24, 300, chunk]
        detector = Quake("d", steps, 4, parameters)
        detector._motion._bands, detector._motion._peaks = small([0] * chunk), small([0] * 6)
    else:
        line = [small(point) for point in LINES["din4150-3/1"]]
        low = design(1, 80, rate_hz)
        detector = Ppv("d", steps, 4, [design(HIGH, 1, rate_hz)[0], low, Small(velocity_scale(rate_hz, 1)), 65, line, 250, 100, chunk])
        detector._bands, detector._kept = small([0] * chunk), small([0] * 9)
    watch(detector, chunk)
    told = []
    detector.on_values = lambda tick, values: told.append(values)
    axes = [[3] * 2600 + [max(-most, min(most - 1, value)) for value in extremes(seed, 1400, most)] for seed in (1, 2, 3)]
    for i in range(0, len(axes[0]), 8):
        detector.hear(i, 4, *[small(axis[i : i + 8]) for axis in axes])
        if i % 800 == 0:
            detector.lose(7)
    assert max(told, key=lambda values: values[1])[1] > 100_000


def test_mending():
    for low, high in ((-(1 << 22), 1 << 22), (1 << 22, -(1 << 22))):
        for at in range(8):
            samples = small([0] * 8)
            samples[at] = Small(high)
            mend(samples, 0, 8)
            samples[at - 1] = Small(low)
            mend(samples, 0, 8)
            assert set(samples) == {0}


def test_tilt():
    most = (1 << 28) - 1
    for x in (-most, -1, 0, 1, most):
        for y in (-most, 0, 1, most):
            atan2(Small(y), Small(x))
            for z in (-most, 0, 1, most):
                tilt(Small(x), Small(y), Small(z))


def test_limit_leaves_room_for_two_g_at_the_steps_of_ground_motion():
    assert LIMIT == 2 * STEPS_PER_G
