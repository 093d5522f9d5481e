"""The node: drivers, hardware layer, log, clock and links, for MicroPython and CPython alike."""

import sys

VERSION = "0.1.0"


def forget(*modules):
    """Drop modules that only the boot needed: their code is freed with the last object made from it."""
    for name in modules:
        package, _, short = name.rpartition(".")
        if sys.modules.pop(name, None):
            delattr(sys.modules[package], short)
