"""What the host knows about drivers: bus, channels, shortest period, options.

Kept by hand until it is generated from the drivers' own tables; tests/site/test_catalogue.py compares it with them.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Option:
    """A setting of a driver: its key in the site file and the values the chip has.

    The node reads integers only: a value goes to it multiplied by `scale`, under the name `wire`.
    """

    wire: str
    scale: int
    values: tuple[float, ...]
    default: float


@dataclass(frozen=True)
class Driver:
    """One chip or instrument, as a site file may use it.

    Units: `period_min_ms` milliseconds; `why` is the physics behind it.
    """

    bus: str
    period_min_ms: int
    why: str
    addresses: tuple[int, ...] = ()
    options: dict[str, Option] = field(default_factory=dict)


# Output data rates of ADXL355's register FILTER, 0x28 (datasheet rev. D, table 44), slower ones first. 2000 and 4000 Hz
# are left out: its FIFO of 32 triplets then lasts 16 and 8 ms, and a flash erase alone stops MicroPython for 45.
_ADXL355_RATE = Option(
    wire="rate_mhz",
    scale=1000,
    values=(3.906, 7.813, 15.625, 31.25, 62.5, 125, 250, 500, 1000),
    default=250,
)

DRIVERS = {
    "pms5003": Driver("uart", 1000, "it sends a new frame only every 0.2 to 2.3 s"),
    "a02yyuw": Driver("uart", 300, "its processed value takes 100 to 300 ms"),
    "bme280": Driver("i2c", 1000, "its humidity element takes 1 s", addresses=(0x76, 0x77)),
    "adxl355": Driver("spi", 1000, "RMS and peak are taken over one second", options={"rate_hz": _ADXL355_RATE}),
}
"""Sources of the shortest periods.

pms5003: Plantower PMS5003 series data manual v2.3, "active mode": 2.3 s in stable air, 200–800 ms while it changes.
a02yyuw: DFRobot wiki SEN0311/SEN0312, "Output Communication": 100–300 ms with RX high or open.
bme280: Bosch BST-BME280-DS002 rev. 1.6, table 2: humidity response time τ63 % = 1 s.
adxl355: `docs/DESIGN.md`, "The node".
"""

BUSES = ("uart", "i2c", "spi")


def option_names(driver: object) -> frozenset[str]:
    """Return the keys `driver` has as options; of a driver nobody knows, those of all."""
    drivers = [DRIVERS[driver]] if isinstance(driver, str) and driver in DRIVERS else DRIVERS.values()
    return frozenset(name for each in drivers for name in each.options)
