"""The buses of a node: each is opened once, when the first sensor on it asks; a board says how."""

from .sensors.base import SpiDevice

# Of a line between nodes: a frame takes 30 ms, and RS-485 carries it over the 1200 m it was made for (at most 100 kbit/s there).
PEER_BAUD = 19_200


class Buses:
    """Hands each sensor its bus; a board's subclass has an `_open_KIND(sensor, pins)` for every kind it has, and `_select(pin)`."""

    def __init__(self, config):
        self._config = config
        self._pins = {(kind, number): pins for kind, number, pins in config.buses}
        self._open = {}

    def __call__(self, sensor):
        """Return the bus object for a SensorConfig, as its driver expects it.

        Raises: ConfigError where this board has no such bus.
        """
        key = (sensor.bus, sensor.bus_number)
        if key not in self._open:
            opener = getattr(self, "_open_" + sensor.bus, None)
            if opener is None:
                from .config import ConfigError

                raise ConfigError("{}: this board has no {} bus".format(sensor.name, sensor.bus))
            self._open[key] = opener(sensor, self._pins.get(key, ()))
        bus = self._open[key]
        if sensor.bus == "spi":
            return SpiDevice(bus, self._select(sensor.select))
        return bus.port(sensor.select, sensor.options) if sensor.bus in ("rs485", "sdi12") else bus

    def _select(self, pin):
        """Return the chip-select pin `pin`, high."""
        raise NotImplementedError

    def peer(self, number, tx=None, rx=None, baud=PEER_BAUD):
        """Return UART `number`, which leads to another node or to a modem; a board whose UARTs have their pins for good names none."""
        raise NotImplementedError

    def output_pin(self, pin, level):
        """Return the output at `pin`, at a level: called with another one it takes that."""
        raise NotImplementedError

    def input_pin(self, pin):
        """Return the input at `pin`, pulled up: called it returns its level."""
        raise NotImplementedError
