"""The configuration a node reads at boot.

Source: protocols/node_config.cddl.
"""

from gilmok_wire.compat import const

CONFIG_VERSION = 1
_SITE = const(0)
_NODE = const(1)
_DEVICE = const(2)
_KEY = const(3)
_STORE = const(4)
_BOARD = const(5)
_BUSES = const(6)
_SENSORS = const(7)
_BAUD = const(8)
_HEALTH_MS = const(9)
_LED = const(16)
_DETECTORS = const(17)
_RULES = const(18)
_VALIDITY = const(19)
_OUTPUTS = const(20)
_GROUP = const(21)
_DERIVED = const(0)
_REPORT = const(1)
_HASTE = const(2)
BUS_NAMES = ("uart", "i2c", "spi", "pin", "pulse", "adc", "rs485", "sdi12")


class ConfigError(Exception):
    """The configuration cannot be used; the message says why, for a person at the serial port."""


class SensorConfig:
    """One sensor: driver, name, bus (kind, number, and what tells its sensors apart), periods, options, derived channels and report."""

    def __init__(self, item):
        self.driver, self.name, bus, self.period_ms, self.max_age_ms, self.urgent, self.options = item[:7]
        more = item[7] if len(item) > 7 else {}
        self.derived = more.get(_DERIVED, ())
        self.report = more.get(_REPORT)
        self.haste = more.get(_HASTE)  # period and age while a rule that watches the sensor is active
        kind, self.bus_number, self.select = bus
        self.bus = BUS_NAMES[kind]
        if self.period_ms <= 0 or not isinstance(self.name, str):
            raise ValueError("period")


class Config:
    """What a node knows of itself and its site."""

    def __init__(self, data):
        """Parse the bytes of a configuration file.

        Raises: ConfigError.
        """
        from .config_file import read_body  # boards forget it once the file is read, long before the configuration

        body, self.digest = read_body(data)
        self.site = body[_SITE]
        self.name = body[_NODE]
        self.device = body[_DEVICE]
        self.key = body[_KEY]
        self.store = body[_STORE]
        self.baud = body[_BAUD]
        self.health_ms = body[_HEALTH_MS]
        self.led = body.get(_LED)  # pin, and the level that lights it
        self.detectors = body.get(_DETECTORS, ())
        self.rules = body.get(_RULES, ())  # each as bytes
        self.validity = body.get(_VALIDITY, ())
        self.outputs = body.get(_OUTPUTS, ())
        self.group = body.get(_GROUP)
        if len(self.key) != 16 or not 0 <= self.device <= 0xFFFF or self.health_ms <= 0:
            raise ConfigError("key, device address or health period is out of range")
        try:
            self.board, self.program_unit, self.records, self.waveforms = body[_BOARD]
            self.buses = [(BUS_NAMES[kind], number, pins) for kind, number, pins in body[_BUSES]]
            self.sensors = [SensorConfig(item) for item in body[_SENSORS]]
            if self.led is not None:
                pin, active = self.led
                self.led = int(pin), int(active)
        except (ValueError, TypeError, IndexError):
            raise ConfigError("board, buses or sensors are not as this firmware expects them")
