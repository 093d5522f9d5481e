"""Integers that refuse to leave what a 32-bit MicroPython holds without the heap: the proof of each bound that a docstring states."""

BITS = 30  # a small int there is −2^30 … 2^30 − 1
largest = 0


class Small(int):
    """An integer whose every result is checked, and is one again."""

    def __new__(cls, value):
        """Return it.

        Raises: OverflowError.
        """
        global largest
        value = int(value)
        if not -(1 << BITS) <= value < 1 << BITS:
            raise OverflowError(f"{value} does not fit {BITS} bits and a sign")
        largest = max(largest, abs(value))
        return super().__new__(cls, value)


def _checked(name):
    plain = getattr(int, f"__{name}__")
    mirrored = getattr(int, f"__r{name}__")
    setattr(Small, f"__{name}__", lambda a, b: Small(plain(a, b)))
    setattr(Small, f"__r{name}__", lambda a, b: Small(mirrored(a, b)))


for _name in ("add", "sub", "mul", "floordiv", "mod", "lshift", "rshift", "and", "or"):
    _checked(_name)
Small.__neg__ = lambda a: Small(int.__neg__(a))
Small.__abs__ = lambda a: Small(int.__abs__(a))


def small(values):
    """Return a list of them; None stays None."""
    return [None if value is None else Small(value) for value in values]
