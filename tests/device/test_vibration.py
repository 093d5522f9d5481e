"""RMS and peak of an axis against exact arithmetic."""

import math
from array import array

from gilmok_node.sensors import vibration
from gilmok_node.sensors.vibration import CHUNK, Axis
from gilmok_sim.chips import Noise


def summary_of(values):
    """Return what Axis says of a list of counts."""
    axis = Axis((256000, 100000, 10000))
    for i in range(0, len(values), CHUNK):
        for k in range(CHUNK):
            axis.samples[k] = values[i + k]
        axis.add()
    return axis.summary()


def exact_summary(values):
    """Return the same from the definition, in floating point."""
    mean = sum(values) / len(values)
    rms = math.sqrt(sum((v - mean) ** 2 for v in values) / len(values))
    return rms / 256000 / 1e-5, max(abs(v - mean) for v in values) / 256000 / 1e-4


def test_summary_is_exact_from_stillness_to_full_scale():
    noise = Noise(11)
    for spread in (0, 1, 3, 50, 4000, 8190, 8193, 30000, 300000, 1048575):
        for offset in (0, 256000, -524288 + spread // 2, 524287 - spread // 2):
            values = [noise.bits() % (spread + 1) - spread // 2 + offset for _ in range(248)]
            values = [min(524287, max(-524288, v)) for v in values]
            rms, peak = summary_of(values)
            exact_rms, exact_peak = exact_summary(values)
            assert abs(rms - exact_rms) <= 0.5 + exact_rms * 1e-9, (spread, offset, rms, exact_rms)
            assert abs(peak - exact_peak) <= 0.5 + 1e-6, (spread, offset, peak, exact_peak)


def test_summary_of_full_scale_square_wave():
    assert summary_of([-524288, 524287] * 124) == (204800, 20480)  # 2.048 g


def test_the_fast_branch_ends_where_its_sums_would_grow_too_large():
    asked = []
    original = vibration._square_large
    vibration._square_large = lambda samples, offset: asked.append(offset) or original(samples, offset)
    try:
        for deviation, large in ((8191, 0), (-8191, 0), (8192, 1), (-8192, 1)):
            del asked[:]
            summary_of([7, 7 + deviation] * 4)
            assert len(asked) == large, deviation
    finally:
        vibration._square_large = original


def test_sums_stay_small_on_a_32_bit_chip():
    """Each sum a chunk forms in its loop stays below 2^29, at the worst samples of either branch."""
    for low, high in ((0, 8191), (-8191, 0), (-524288, 524287), (524287, -524288)):
        samples = array("i", [low] + [high] * (CHUNK - 1))
        deviations = [v - low for v in samples]
        if max(map(abs, deviations)) < 8192:
            assert sum(d * d for d in deviations) < 1 << 29
        else:
            assert sum((d >> 11) * (d >> 11) for d in deviations) < 1 << 29
            assert sum(abs((d >> 11) * (d & 2047)) for d in deviations) < 1 << 29
            assert sum((d & 2047) * (d & 2047) for d in deviations) < 1 << 29
