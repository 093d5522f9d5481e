"""GNSS receivers that speak NMEA 0183 at 115200 baud."""

from gilmok_node.sensors.gnss import Gnss


class Gnss115200(Gnss):
    """Position and time, as Gnss."""

    NAME = "gnss_115200"
    UART = (115200, 8, None, 1, False)
    SERVICE_MS = 20  # 256 bytes of a UART last 22 ms
