"""The configuration a node reads at boot; how it stands in its file is config_file.py's, which boards forget once it is read.

Source: protocols/node_config.cddl.
"""

BUS_NAMES = ("uart", "i2c", "spi", "pin", "pulse", "adc", "rs485", "sdi12")


class ConfigError(Exception):
    """The configuration cannot be used; the message says why, for a person at the serial port."""


class SensorConfig:
    """One sensor: driver, name, bus (kind, number, and what tells its sensors apart), periods, options, derived channels and report."""

    def __init__(self, item):
        from .config_file import fill_sensor

        fill_sensor(self, item)


class Config:
    """What a node knows of itself and its site."""

    # What config_file gives it.
    site: str
    name: str
    device: int
    key: bytes
    store: int
    baud: int
    health_ms: int
    digest: bytes
    board: str
    program_unit: int
    records: list
    waveforms: list
    buses: list
    sensors: list
    led: "tuple | None"
    detectors: list
    rules: list
    validity: list
    outputs: list
    group: "list | None"
    ble: "list | None"
    gateway: "list | None"
    power: "list | None"
    lora: "list | None"
    history: int
    lorawan: "list | None"

    def __init__(self, data):
        """Parse the bytes of a configuration file.

        Raises: ConfigError.
        """
        from .config_file import fill

        fill(self, data)
