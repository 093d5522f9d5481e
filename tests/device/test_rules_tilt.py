"""Angles against floating point, all around the circle and from tiny vectors to the largest."""

import math

from gilmok_rules.tilt import atan2, tilt
from support.dice import Dice


def degrees(y, x):
    return math.atan2(y, x) * 180000 / math.pi


def test_the_four_axes_and_nothing():
    assert [atan2(0, 5), atan2(5, 0), atan2(-5, 0), atan2(0, 0)] == [0, 90000, -90000, 0]
    assert abs(atan2(0, -5)) == 180000
    assert [atan2(7, 7), atan2(-7, -7)] == [45000, -135000]
    assert tilt(0, 0, 0) is None
    assert tilt(0, 0, 256000) == (0, 0)
    assert tilt(-256000, 0, 0) == (-90000, 0)


def test_angles_are_right_to_a_thousandth_of_a_degree():
    dice = Dice(8)
    for size in (3, 1000, 1 << 19, (1 << 28) - 1):
        for _ in range(150):
            x, y, z = [dice.between(-size, size) for _ in range(3)]
            if x or y:
                off = abs(atan2(y, x) - degrees(y, x))
                assert min(off, 360000 - off) <= 0.6 + 0.02, (x, y)  # single floats add 0.02
            if x or y or z:
                angles = tilt(x, y, z)
                for angle, axis, b, c in ((angles[0], x, y, z), (angles[1], y, x, z)):
                    assert abs(angle - degrees(axis, math.sqrt(float(b) * b + float(c) * c))) <= 1.02, (x, y, z)
