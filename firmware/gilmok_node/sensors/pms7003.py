"""PMS7003: a PMS5003 in a smaller case, with the same frames and commands.

Source: Plantower PMS7003 series data manual V2.5 (2016), appendix I and II.
"""

from gilmok_node.sensors.pms5003 import Pms5003


class Pms7003(Pms5003):
    """As Pms5003."""

    NAME = "pms7003"
