"""The node: drivers, hardware layer, log, clock and links, for MicroPython and CPython alike."""

import sys

VERSION = "0.1.0"


def forget(name):
    """Drop the module `name` of this package, which only the boot needed: its code is freed with the last object made from it."""
    del sys.modules["gilmok_node." + name]
    del globals()[name]
