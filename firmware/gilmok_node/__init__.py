"""The node: drivers, hardware layer, log, clock and links, for MicroPython and CPython alike."""

VERSION = "0.1.0"
