"""A virtual PMS7003 for MicroPython and CPython: a PMS5003 in a smaller case.

Source: Plantower PMS7003 series data manual V2.5, appendix I and II.
"""

from gilmok_sim.chips.pms5003 import VirtualPms5003


class VirtualPms7003(VirtualPms5003):
    """As VirtualPms5003."""
