"""The desk's own clock, for MicroPython and CPython."""

import sys
import time

_MICROPYTHON = sys.implementation.name == "micropython"


def real_us():
    """Return microseconds since some moment; on the desk neither interpreter's counter wraps."""
    return time.ticks_us() + 0 if _MICROPYTHON else time.monotonic_ns() // 1000  # type: ignore


class RealTime:
    """Uptime in real ms."""

    def __init__(self):
        self._began_us = real_us()

    def __call__(self):
        return (real_us() - self._began_us) // 1000
