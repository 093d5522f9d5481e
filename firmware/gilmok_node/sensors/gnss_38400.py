"""GNSS receivers that speak NMEA 0183 at 38400 baud."""

from gilmok_node.sensors.gnss import Gnss


class Gnss38400(Gnss):
    """Position and time, as Gnss."""

    NAME = "gnss_38400"
    UART = (38400, 8, None, 1, False)
    SERVICE_MS = 50  # 256 bytes of a UART last 66 ms
