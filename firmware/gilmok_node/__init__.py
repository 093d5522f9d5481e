"""The node: drivers, log, clock, links and outputs; the same source on MicroPython, CPython and in simulation."""
