"""Products and roots of integers whose way would leave 29 bits."""

from gilmok_wire.compat import const

MOST = const((1 << 29) - 1)


def multiply_divide(value, factor, divisor):
    """Return value · factor / divisor rounded to nearest, halves away from zero; ±(2^29 − 1) where it would be more.

    Bounds: |value| < 2^29, 0 ≤ factor < 2^29, 0 < divisor ≤ 2^28. Doubling and adding keep a quotient below 2^29 + 2^29 and a
    remainder below 3 · divisor < 2^30. Cost: no allocation, a turn for each bit of the factor.
    """
    if value < 0:
        return -multiply_divide(-value, factor, divisor)
    whole = value // divisor
    part = value - whole * divisor
    bit = 1 << 28
    quotient = rest = 0
    while bit:
        if quotient > MOST >> 1:
            return MOST
        quotient += quotient
        rest += rest
        if factor & bit:
            quotient += whole
            rest += part
        while rest >= divisor:
            rest -= divisor
            quotient += 1
        if quotient > MOST:
            return MOST
        bit >>= 1
    return min(MOST, quotient + 1) if rest >= divisor - rest else quotient


def isqrt(n):
    """Return √n rounded down, of an integer of any size. Cost: allocates where n does not fit 30 bits."""
    if n < 2:
        return n
    root = 1
    rest = n
    while rest:  # a power of two above the root
        rest >>= 2
        root += root
    while True:
        better = (root + n // root) >> 1
        if better >= root:
            return root
        root = better
