"""Coefficients of Butterworth filters for `biquad.Section`, from a corner frequency and a rate.

Computed once, at start or better on the host, from where a node's configuration carries them: single floats may round the last bit
of a coefficient elsewhere than double ones, and node and collector are to decide alike.
Source: bilinear transform in state-variable form: V. Zavalishin, The Art of VA Filter Design, rev. 2.1.0 (2018), sections 3.9 and 4.1.
"""

import math

HIGH = 0
LOW = 1
A_BITS = 15
M_BITS = 12
G_BITS = 15  # G has this many significant ones


def design(kind, corner_hz, rate_hz, order=2):
    """Return the sections of a Butterworth filter, `HIGH` or `LOW`, of an even order: a list of (kind, A, M, G, shift).

    A = 2^15 / (1 + g·(g + k)), M = 2^12·(g + k), G = 2^shift·g, where g = tan(π·corner/rate) and k is a section's 1/Q.

    Raises: ValueError where the corner is not between a 10000th and 0.4 of the rate, or the order is neither 2 nor 4.
    """
    if not rate_hz / 10000 <= corner_hz <= 0.4 * rate_hz:  # above, A loses its digits; below, G's remainder leaves 29 bits
        raise ValueError("corner {} Hz at {} Hz: it must lie between a 10000th and 0.4 of the rate".format(corner_hz, rate_hz))
    if order not in (2, 4):
        raise ValueError("order {}: 2 or 4".format(order))
    g = math.tan(math.pi * corner_hz / rate_hz)
    shift = G_BITS
    while g * (1 << shift) < (1 << G_BITS - 1):
        shift += 1
    while g * (1 << shift) > (1 << G_BITS) - 1:
        shift -= 1
    return [_section(kind, g, 2 * math.sin(math.pi * (2 * i + 1) / (2 * order)), shift) for i in range(order // 2)]


def band_pass(low_hz, high_hz, rate_hz, order=2):
    """Return the sections of a band-pass: a high-pass and a low-pass of that order one after the other.

    Raises: ValueError.
    """
    if low_hz >= high_hz:
        raise ValueError("a band from {} to {} Hz is empty".format(low_hz, high_hz))
    return design(HIGH, low_hz, rate_hz, order) + design(LOW, high_hz, rate_hz, order)


def velocity_per_band(coefficients, rate_hz):
    """Return what the band output of a section is worth as a velocity, in (input steps) · s."""
    shift, g = coefficients[4], coefficients[3]
    return (1 << shift) / (2 * rate_hz * g)


def _section(kind, g, k, shift):
    a = (1 << A_BITS) / (1 + g * (g + k))
    return kind, min(int(a + 0.5), (1 << A_BITS) - 1), int((g + k) * (1 << M_BITS) + 0.5), int(g * (1 << shift) + 0.5), shift
