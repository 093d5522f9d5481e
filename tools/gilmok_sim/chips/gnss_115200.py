"""A virtual GNSS receiver at 115200 baud for MicroPython and CPython: that of gnss, on a faster line."""

from gilmok_sim.chips.gnss import VirtualGnss


class VirtualGnss115200(VirtualGnss):
    """Measures `latitude`, `longitude` in degrees and `altitude` in m."""
