"""What a node advertises, by turns: that it is ours and what waits, and readings as encrypted BTHome v2.

Source: SPEC.md section 9.
"""

from gilmok_wire.ble_advert import COUNT, MOST, PACKET, VOLTAGE, bthome_advert, bthome_cipher, device_tag, service_advert
from gilmok_wire.compat import const

from ..config import ConfigError
from .ble_port import BlePort

_HASTE_MS = const(100)  # an alarm that waits is found within a scan window: ten advertisements a second cost a mA (estimate)
_TURN = const(4)  # advertisements of one kind before the other: a scanner that hears half of them misses it once in sixteen


def open_ble(node, config):
    """Return the BLE port of `node` on its board.

    Raises: ConfigError where the board has no BLE.
    """
    bluetooth = node.board.bluetooth() if hasattr(node.board, "bluetooth") else None
    if bluetooth is None:
        raise ConfigError("this board has no BLE: remove [node.{}.ble] from the site file".format(config.name))
    interval_ms, readings = config.ble
    ble = bluetooth.BLE()
    ble.active(True)
    port = getattr(bluetooth, "Port", BlePort)  # a radio may want another
    return port(ble, bluetooth.UUID, Hints(node, config.key, interval_ms, readings, ble.config("mac")[1]))


class Hints:
    """Advertisements of one device.

    `interval_ms` is between advertisements; `readings` are [sensor, column, object id, bytes, signed, multiplier, divisor] of BTHome's
    objects, None where there is to be no BTHome. `node` offers session, samplers, backlog(), unix_s(now_ms) and board.voltage_mv(); `mac`
    is the address as people write it.
    """

    def __init__(self, node, key, interval_ms, readings, mac):
        self.interval_ms = self._usual_ms = interval_ms
        self._node = node
        self._tag = device_tag(key)
        self._readings = readings
        self._mac = mac
        self._ccm = None if readings is None else bthome_cipher(key)
        self._packet = 0
        self._counter = 0
        self._urgent = False
        self._is_bthome = True  # of the last advertisement: the first one is ours

    def advert(self, now_ms):
        """Return the advertisement to send from now on, and for how many ms."""
        node = self._node
        backlog, urgent = node.backlog(), self._is_urgent()
        self._urgent = urgent
        self.interval_ms = min(_HASTE_MS, self._usual_ms) if urgent else self._usual_ms
        self._is_bthome = not self._is_bthome and not urgent and self._take_counter(now_ms)
        if self._is_bthome:
            data = bthome_advert(self._ccm, self._mac, self._counter, self._objects(backlog))
        else:
            data = service_advert(node.device, self._tag, urgent, backlog)
        return data, self.interval_ms * _TURN

    def is_stale(self):
        """Tell whether the advertisement says wrongly that something urgent waits, or that nothing does."""
        return self._is_urgent() != self._urgent

    def _is_urgent(self):
        return any([stream.urgent and stream.backlog() for stream in self._node.session.streams])

    def _take_counter(self, now_ms):
        """Take the next number; False where BTHome is not wanted, or the time not known, or not above the last one's."""
        unix_s = None if self._ccm is None else self._node.unix_s(now_ms)
        if unix_s is None or not self._counter < unix_s < 1 << 32:
            return False
        self._counter = unix_s
        return True

    def _objects(self, backlog):
        self._packet = self._packet + 1 & 0xFF
        objects = [(PACKET, self._packet, 1), (COUNT, min(backlog, MOST), 2)]
        voltage_mv = self._node.board.voltage_mv()
        if voltage_mv is not None and 0 <= voltage_mv <= 0xFFFF:
            objects.append((VOLTAGE, voltage_mv, 2))
        for place, column, number, size, signed, multiplier, divisor in self._readings:
            sampler = self._node.samplers[place]
            value = sampler.last[1][column] if sampler.error is None and sampler.last is not None else None
            if value is None:
                continue
            value = value * multiplier // divisor
            half = 1 << 8 * size - 1
            if (-half <= value < half) if signed else (0 <= value < 2 * half):
                objects.append((number, value, size))
        return objects
