"""A virtual GNSS receiver at 38400 baud for MicroPython and CPython: that of gnss, on a faster line."""

from gilmok_sim.chips.gnss import VirtualGnss


class VirtualGnss38400(VirtualGnss):
    """Measures `latitude`, `longitude` in degrees and `altitude` in m."""
