"""Inclination from a vector of gravity, with an arc tangent in integers."""

from gilmok_wire.compat import const

_BITS = const(26)  # the larger component is brought to so many
_UNITS = const(1024)  # in a thousandth of a degree
_HALF_TURN = const(180000 * 1024)
# atan(2^-i) in 1/1024 of 0.001°; from the 14th on each is half of the one before, within half a unit.
_TURNS = (
    46080000, 27202612, 14373113, 7296017, 3662166, 1832868, 916658, 458357,
    229182, 114591, 57296, 28648, 14324, 7162, 3581, 1790, 895, 448, 224, 112, 56, 28, 14, 7,
)  # fmt: skip
# What 24 turns lengthen a vector by: 1.646760258 = 1 + (5298 + 2130/8192)/8192, to 2^-26.
_GAIN_HIGH = const(5298)
_GAIN_LOW = const(2130)


def tilt(x, y, z):
    """Return the inclination of the axes x and y against the horizontal in 0.001°, positive where the axis points up.

    Shape: any unit, components below 2^28; None where the vector is zero. Error: 0.001°.
    Source: Analog Devices AN-1057, "Triple-axis tilt calculation".
    """
    if not (x or y or z):
        return None
    x, y, z = _enlarge(x, y, z)
    return _inclination(x, y, z), _inclination(y, x, z)


def atan2(y, x):
    """Return the angle of (x, y) in 0.001°, from −180000 to 180000; 0 for the zero vector.

    Error: 0.51 · 0.001°. Shape: components below 2^28. Source: CORDIC, J. E. Volder, 1959.
    """
    if not (x or y):
        return 0
    x, y, _ = _enlarge(x, y, 0)
    return (_turn(y, x)[0] + _UNITS // 2) // _UNITS


def _inclination(axis, b, c):
    across = _turn(b, c)[1]
    high = axis >> 13
    # Both legs of the second triangle lengthened alike.
    axis += high * _GAIN_HIGH + (high * _GAIN_LOW >> 13) + ((axis & 8191) * _GAIN_HIGH >> 13)
    return (_turn(axis, across)[0] + _UNITS // 2) // _UNITS


def _enlarge(x, y, z):
    """Shift the vector until its largest component has 26 bits: with the gain, twice, it stays below 2^26 · √3 · 1.65² < 2^29."""
    largest = max(abs(x), abs(y), abs(z))
    while largest >= 1 << _BITS:
        x, y, z, largest = x >> 1, y >> 1, z >> 1, largest >> 1
    while largest and largest < 1 << _BITS - 1:
        x, y, z, largest = x + x, y + y, z + z, largest + largest
    return x, y, z


def _turn(y, x):
    """Return the angle of (x, y) in units and its length times the gain, by turning it onto the x axis."""
    angle = 0
    if x < 0:
        x, y = -x, -y
        angle = _HALF_TURN if y <= 0 else -_HALF_TURN
    for i in range(len(_TURNS)):
        if y > 0:
            x, y = x + (y >> i), y - (x >> i)
            angle += _TURNS[i]
        else:  # also where y is 0: every turn lengthens, so none is left out
            x, y = x - (y >> i), y + (x >> i)
            angle -= _TURNS[i]
    return angle, x
