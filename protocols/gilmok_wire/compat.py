"""The few names that MicroPython and CPython spell differently."""

import sys

if sys.implementation.name == "micropython":
    from micropython import const
else:  # not by trying the import: a `micropython` module also exists on CPython, as the simulator's interpreter

    def const(value):
        """Return `value`; on MicroPython the compiler folds it."""
        return value


# Import names for types under `if TYPE_CHECKING:` only: MicroPython has no `typing`.
TYPE_CHECKING = False
