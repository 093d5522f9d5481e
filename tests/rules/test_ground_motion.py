"""PGA, PGV and the local instrumental level of real earthquakes, against floating point and the data's own description."""

import math

import numpy as np
import pytest
from gilmok_rules.butterworth import HIGH, design
from gilmok_rules.frequency import Frequency
from gilmok_rules.ground_motion import CORNER_HZ, STEPS_PER_G, GroundMotion, velocity_scale
from gilmok_rules.intensity import NAMES, local_instrumental_level, pga_level, pgv_level

from .recordings import OPENEEW_HZ, chunks, openeew

# PGA in %g as data/README.md names it, and the levels of KMA's table: of that PGA, and of our PGV.
STATIONS = {
    "2018/006": (13.9, "VI", "VIII"),
    "2018/009": (5.2, "V", "VII"),
    "2018/015": (1.1, "IV", "V"),
    "2018/020": (0.2, "II", "IV"),
    "2020/001": (17.2, "VII", "VII"),
    "2020/002": (11.2, "VI", "VII"),
    "2020/004": (0.6, "III", "IV"),
    "2020/024": (0.03, "I", "II"),
}


def measure(shaking):
    motion = GroundMotion(design(HIGH, CORNER_HZ, shaking.rate_hz)[0], velocity_scale(shaking.rate_hz))
    for x, y, z in chunks(shaking.axes):
        motion.run(x, y, z)
    return motion.take()


@pytest.mark.parametrize("station", STATIONS)
def test_pga_is_the_data_s_and_its_level_the_table_s(data_dir, station):
    expected, level, velocity_level = STATIONS[station]
    pga, pgv = measure(openeew(data_dir, *station.split("/")))
    # The data's figures are of raw counts less their median; a causal high-pass turns phases, which moves a peak by some per cent.
    assert max(pga) / 1000 == pytest.approx(expected, rel=0.1, abs=0.051)
    assert NAMES[pga_level(max(pga)) - 1] == level
    assert NAMES[pgv_level(max(pgv)) - 1] == velocity_level
    assert local_instrumental_level(max(pga), max(pgv)) == max(NAMES.index(level), NAMES.index(velocity_level)) + 1


@pytest.mark.parametrize("station", ["2018/006", "2018/015", "2020/002"])
def test_both_are_scipy_s(data_dir, station):
    signal = pytest.importorskip("scipy.signal", reason="SciPy is not installed: it integrates in floating point")
    shaking = openeew(data_dir, *station.split("/"))
    pga, pgv = measure(shaking)
    sos = signal.butter(2, CORNER_HZ, "highpass", fs=OPENEEW_HZ, output="sos")
    for axis in range(3):
        samples = np.array(shaking.axes[axis], float)
        exact = signal.sosfilt(sos, samples - samples[0])
        metres = exact / STEPS_PER_G * 9.80665
        velocity = np.r_[0, np.cumsum((metres[1:] + metres[:-1]) / 2)] / OPENEEW_HZ
        assert pga[axis] == pytest.approx(np.abs(exact).max() / STEPS_PER_G * 1e5, rel=3e-4, abs=2)
        assert pgv[axis] / 1e6 == pytest.approx(np.abs(velocity).max(), rel=1e-3, abs=60e-6)


def test_velocity_does_not_drift(data_dir):
    """Gravity, a tilted mount and the sensor's offset stay out: five quiet minutes integrate to less than level II's middle."""
    _, pgv = measure(openeew(data_dir, "2020", "024"))
    assert max(pgv) < 500


@pytest.mark.parametrize("frequency_hz", [5, 12.5, 40])
def test_ppv_and_frequency_of_a_building_s_vibration(frequency_hz):
    """What DIN 4150-3 asks for: the largest component's velocity from 1 Hz on, and the frequency that goes with it."""
    rate_hz, ppv_um_s = 250, 5000
    step = 2 * math.pi * frequency_hz / rate_hz
    acceleration = ppv_um_s / 9806650 * 2 * math.pi * frequency_hz * STEPS_PER_G
    tone = [round(acceleration * math.sin(step * i)) for i in range(rate_hz * 12)]
    motion = GroundMotion(design(HIGH, 1, rate_hz)[0], velocity_scale(rate_hz, 1))
    frequency = Frequency(50)
    for i in range(0, len(tone), 8):
        if i == 2000:
            motion.take()
            frequency.take(1)
        chunk = tone[i : i + 8]
        motion.run(chunk, [0] * 8, [0] * 8)
        frequency.run(chunk)
    _, ppv = motion.take()
    # A trapezoid sees (x / tan x) of a tone, x = π·f/rate: 8 % less at 40 Hz of 250.
    seen = step / 2 / math.tan(step / 2)
    assert ppv[0] == pytest.approx(ppv_um_s * seen, rel=0.03, abs=10) and ppv[1:] == (0, 0)
    assert frequency.take(rate_hz * 1000) == pytest.approx(frequency_hz * 1000, rel=1 / 4000)
