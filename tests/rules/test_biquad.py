"""Sections against SciPy in floating point, and their states at the worst input for each of them."""

import math
import random

import numpy as np
import pytest
from gilmok_rules.biquad import LIMIT, Section
from gilmok_rules.butterworth import HIGH, LOW, band_pass, design, velocity_per_band

from .small import Small, small

signal = pytest.importorskip("scipy.signal", reason="SciPy is not installed: it is what the filters are compared with")

CASES = [
    (kind, corner_hz, rate_hz, order)
    for kind, corner_hz, rate_hz in (
        (HIGH, 0.025, 250),
        (HIGH, 0.1, 250),
        (HIGH, 1, 250),
        (HIGH, 10, 200),
        (HIGH, 20, 50),
        (LOW, 0.5, 250),
        (LOW, 10, 250),
        (LOW, 10, 31.25),
        (LOW, 20, 50),
        (LOW, 80, 250),
    )
    for order in (2, 4)
]
STATES = ("h", "b", "l", "s1", "s2")


def responses(coefficients):
    """Return {state: its response to an impulse} of a section, from its own coefficients in floating point."""
    kind, a, m, g, shift = coefficients
    g = g / (1 << shift)
    k = m / 4096 - g
    d = 1 + g * (g + k)
    poles = [1, 2 * (g * g - 1) / d, (1 - g * k + g * g) / d]
    impulse = np.zeros(int(min(300_000, 12 / g + 300)))
    impulse[0] = 1
    found = {
        "h": signal.lfilter(np.array([1, -2, 1]) / d, poles, impulse),
        "b": signal.lfilter(g * np.array([1, 0, -1]) / d, poles, impulse),
        "l": signal.lfilter(g * g * np.array([1, 2, 1]) / d, poles, impulse),
    }
    return found | {"s1": found["b"] + g * found["h"], "s2": found["l"] + g * found["b"]}


def test_the_states_stay_below_the_bounds_that_the_docstring_states():
    """The sum of an impulse response's magnitudes times the largest sample is the largest a linear state can be."""
    for ratio in np.geomspace(1e-4, 0.4, 15):
        for order in (2, 4):
            for coefficients in design(HIGH, 1000 * ratio, 1000, order):
                for state, response in responses(coefficients).items():
                    assert np.abs(response).sum() * LIMIT < 1 << 24, (ratio, order, state)


@pytest.mark.parametrize(("kind", "corner_hz", "rate_hz", "order"), CASES)
def test_no_intermediate_leaves_30_bits_even_where_both_states_are_at_their_bound(kind, corner_hz, rate_hz, order):
    most = (1 << 24) - 1
    for coefficients in design(kind, corner_hz, rate_hz, order):
        for s1 in (-most, 0, most):
            for s2 in (-most, 0, most):
                for sample in (-LIMIT, 0, LIMIT):
                    section = Section(coefficients)
                    section._fresh = False
                    section._s1, section._s2 = Small(s1), Small(s2)
                    section.run(small([sample]), [0])


@pytest.mark.parametrize(("kind", "corner_hz", "rate_hz", "order"), CASES)
def test_the_worst_input_for_each_state_leaves_it_within_its_bound(kind, corner_hz, rate_hz, order):
    for coefficients in design(kind, corner_hz, rate_hz, order):
        for state, response in responses(coefficients).items():
            worst = np.where(response[:20_000][::-1] >= 0, LIMIT, -LIMIT).tolist()
            section = Section(coefficients)
            section._fresh = False
            section.run(worst)
            reached = abs({"s1": section._s1, "s2": section._s2}.get(state, 0))
            assert reached < 1 << 24
            assert state not in ("s1", "s2") or reached > LIMIT / 2, "so weak an input proves nothing"


def run_sections(sections, samples):
    out = []
    for coefficients in sections:
        out = [*samples]
        Section(coefficients).run(out)
        samples = out
    return np.array(out)


@pytest.mark.parametrize(("kind", "corner_hz", "rate_hz", "order"), CASES)
def test_sections_are_scipy_s_within_the_stated_bound(kind, corner_hz, rate_hz, order):
    sos = signal.butter(order, corner_hz, "highpass" if kind == HIGH else "lowpass", fs=rate_hz, output="sos")
    for amplitude in (30, 3000, 1 << 19):
        dice = random.Random(amplitude)
        samples = [round(dice.gauss(amplitude, amplitude / 2)) for _ in range(8000)]
        expected, _ = signal.sosfilt(sos, np.array(samples, float), zi=signal.sosfilt_zi(sos) * samples[0])
        error = np.abs(run_sections(design(kind, corner_hz, rate_hz, order), samples) - expected).max()
        steps, share = (8, 4096) if corner_hz <= rate_hz / 5 else (32, 1024)
        assert error <= (steps + max(map(abs, samples)) / share) * (order // 2), (amplitude, error)


def test_a_band_pass_is_scipy_s_high_pass_and_low_pass():
    samples = [round(random.Random(i).gauss(0, 10000)) for i in range(5000)]
    sos = np.vstack([signal.butter(2, 1, "highpass", fs=250, output="sos"), signal.butter(2, 10, "lowpass", fs=250, output="sos")])
    expected = signal.sosfilt(sos, np.array(samples, float) - samples[0])
    assert np.abs(run_sections(band_pass(1, 10, 250), samples) - expected).max() <= 16


def test_the_band_output_is_the_trapezoidal_integral_of_the_high_pass():
    samples = [round(random.Random(i).gauss(0, 100000)) for i in range(20_000)]
    [coefficients] = design(HIGH, 0.1, 250)
    bands = [0] * len(samples)
    acceleration = [*samples]
    Section(coefficients).run(acceleration, bands)
    velocity = np.array(bands) * velocity_per_band(coefficients, 250)
    expected = np.cumsum(np.r_[0, (np.array(acceleration[1:]) + acceleration[:-1]) / 2]) / 250
    difference = velocity - expected
    assert difference.max() - difference.min() < 0.01 * np.abs(expected).max()


def test_coefficients_are_the_formula_s():
    [(kind, a, m, g, shift)] = design(LOW, 10, 250)
    tangent = math.tan(math.pi / 25)
    assert kind == LOW and abs(g / (1 << shift) / tangent - 1) < 1e-4 and 1 << 14 <= g < 1 << 15
    assert abs(m / 4096 - tangent - math.sqrt(2)) < 2e-4 and abs(a / 32768 * (1 + tangent * (tangent + math.sqrt(2))) - 1) < 1e-4
