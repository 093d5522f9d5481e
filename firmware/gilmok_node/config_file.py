"""The file of a configuration: its checksum, its version, its entries and their kinds.

Source: protocols/node_config.cddl.
"""

from binascii import crc32
from hashlib import sha256

from gilmok_wire import cbor
from gilmok_wire.compat import const
from gilmok_wire.errors import DecodeError

from .config import BUS_NAMES, ConfigError, SensorConfig

_VERSION = const(1)
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
_LORA = const(22)
_BLE = const(23)
_POWER = const(24)
_GATEWAY = const(25)
_HISTORY = const(26)
_LORAWAN = const(27)
_LORAWAN_KEY = const(28)
_KEYLESS = (_KEY, _STORE)  # a gateway has none
_DERIVED = const(0)
_REPORT = const(1)
_HASTE = const(2)
_KINDS = (str, str, int, bytes, int, list, list, list, int, int)  # of the entries, by key


def fill(config, data):
    """See Config."""
    body, config.digest = _read_body(data)
    config.site = body[_SITE]
    config.name = body[_NODE]
    config.device = body[_DEVICE]
    config.gateway = body.get(_GATEWAY)
    config.key, config.store = (None, None) if config.gateway else (body[_KEY], body[_STORE])
    config.baud = body[_BAUD]
    config.health_ms = body[_HEALTH_MS]
    config.led = body.get(_LED)  # pin, and the level that lights it
    config.detectors = body.get(_DETECTORS, ())
    config.rules = body.get(_RULES, ())  # each as bytes
    config.validity = body.get(_VALIDITY, ())
    config.outputs = body.get(_OUTPUTS, ())
    config.group = body.get(_GROUP)
    config.lora = body.get(_LORA)
    config.ble = body.get(_BLE)  # interval, and readings to advertise
    config.power = body.get(_POWER)
    config.history = body.get(_HISTORY, 0)
    config.lorawan = body[_LORAWAN] + [body.get(_LORAWAN_KEY)] if _LORAWAN in body else None
    if (not config.gateway and len(config.key) != 16) or not 0 <= config.device <= 0xFFFF or config.health_ms <= 0:
        raise ConfigError("key, device address or health period is out of range")
    try:
        config.board, config.program_unit, config.records, config.waveforms = body[_BOARD]
        config.buses = [(BUS_NAMES[kind], number, pins) for kind, number, pins in body[_BUSES]]
        config.sensors = [SensorConfig(item) for item in body[_SENSORS]]
        if config.led is not None:
            pin, active = config.led
            config.led = int(pin), int(active)
    except (ValueError, TypeError, IndexError):
        raise ConfigError("board, buses or sensors are not as this firmware expects them")


def fill_sensor(sensor, item):
    """Give a SensorConfig what an item of the file says.

    Raises: ValueError, TypeError, IndexError where it is not one.
    """
    sensor.driver, sensor.name, bus, sensor.period_ms, sensor.max_age_ms, sensor.urgent, sensor.options = item[:7]
    more = item[7] if len(item) > 7 else {}
    sensor.derived = more.get(_DERIVED, ())
    sensor.report = more.get(_REPORT)
    sensor.haste = more.get(_HASTE)  # period and age while a rule that watches the sensor is active
    kind, sensor.bus_number, sensor.select = bus
    sensor.bus = BUS_NAMES[kind]
    if sensor.period_ms <= 0 or not isinstance(sensor.name, str):
        raise ValueError("period")


def _read_body(data):
    """Return (body, its digest) of a configuration file, whose entries are of the right kinds.

    Raises: ConfigError.
    """
    try:
        parts = cbor.decode(data)
        if not isinstance(parts, list) or len(parts) != 3 or not isinstance(parts[1], bytes):
            raise ConfigError("not a configuration file")
        version, encoded, checksum = parts
        if version != _VERSION:
            raise ConfigError("version {}; this firmware reads version {}".format(version, _VERSION))
        if crc32(encoded) != checksum:
            raise ConfigError("damaged: its checksum does not match")
        body = cbor.decode(encoded)
    except DecodeError as error:
        raise ConfigError("damaged: {}".format(error))
    if not isinstance(body, dict):
        raise ConfigError("not a configuration file")
    for key, kind in enumerate(_KINDS):
        if not isinstance(body.get(key), kind) and not (key in _KEYLESS and isinstance(body.get(_GATEWAY), list)):
            raise ConfigError("entry {} is missing or of the wrong kind".format(key))
    return body, sha256(encoded).digest()[:4]
