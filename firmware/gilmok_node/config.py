"""The configuration a node reads at boot.

Source: protocols/node_config.cddl.
"""

from binascii import crc32
from hashlib import sha256

from gilmok_wire import cbor
from gilmok_wire.errors import DecodeError

CONFIG_VERSION = 1
_SITE, _NODE, _DEVICE, _KEY, _STORE, _BOARD, _BUSES, _SENSORS, _BAUD, _HEALTH_MS = range(10)
_LED = 16
_KINDS = {
    _SITE: str,
    _NODE: str,
    _DEVICE: int,
    _KEY: bytes,
    _STORE: int,
    _BOARD: list,
    _BUSES: list,
    _SENSORS: list,
    _BAUD: int,
    _HEALTH_MS: int,
}
_DERIVED, _REPORT = range(2)
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
        body, self.digest = _open(data)
        for key, kind in _KINDS.items():
            if not isinstance(body.get(key), kind):
                raise ConfigError("entry {} is missing or of the wrong kind".format(key))
        self.site = body[_SITE]
        self.name = body[_NODE]
        self.device = body[_DEVICE]
        self.key = body[_KEY]
        self.store = body[_STORE]
        self.baud = body[_BAUD]
        self.health_ms = body[_HEALTH_MS]
        self.led = body.get(_LED)  # pin, and the level that lights it
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


def _open(data):
    """Return (body, its digest) of a configuration file."""
    try:
        parts = cbor.decode(data)
        if not isinstance(parts, list) or len(parts) != 3 or not isinstance(parts[1], bytes):
            raise ConfigError("not a configuration file")
        version, encoded, checksum = parts
        if version != CONFIG_VERSION:
            raise ConfigError("version {}; this firmware reads version {}".format(version, CONFIG_VERSION))
        if crc32(encoded) != checksum:
            raise ConfigError("damaged: its checksum does not match")
        body = cbor.decode(encoded)
    except DecodeError as error:
        raise ConfigError("damaged: {}".format(error))
    if not isinstance(body, dict):
        raise ConfigError("not a configuration file")
    return body, sha256(encoded).digest()[:4]
