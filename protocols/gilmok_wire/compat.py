"""The few names that MicroPython and CPython spell differently."""

try:
    from micropython import const
except ImportError:  # CPython

    def const(value):
        """Return `value`; on MicroPython the compiler folds it."""
        return value


# Import names for types under `if TYPE_CHECKING:` only: MicroPython has no `typing`.
TYPE_CHECKING = False
