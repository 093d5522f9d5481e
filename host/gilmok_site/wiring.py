"""How sensors are wired to a board: the bus exists, and nothing is wired where something else is."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from .boards import Board
from .catalogue import BUSES, DRIVERS, Driver
from .errors import Problem

if TYPE_CHECKING:
    from .model import Node, Sensor
    from .source import Path, Source

# The key beside the bus number that tells sensors on one bus apart, where there is one.
SELECTOR = {"uart": None, "i2c": "address", "spi": "cs"}


class Wire(NamedTuple):
    """Where a sensor is wired: bus, its number, and the I2C address or chip-select pin there."""

    bus: str
    number: int
    select: int | None

    def text(self) -> str:
        """Return the wire as a table shows it."""
        select = {"uart": "", "i2c": f" at {self.select or 0:#04x}", "spi": f" cs {self.select}"}
        return f"{self.bus} {self.number}{select[self.bus]}"


def wire_of(sensor: "Sensor") -> Wire:
    """Return where a checked sensor is wired; an I2C address left out is the driver's first."""
    driver = DRIVERS[sensor.driver]
    address = sensor.address if sensor.address is not None else next(iter(driver.addresses), None)
    select = {"uart": None, "i2c": address, "spi": sensor.cs}[driver.bus]
    return Wire(driver.bus, getattr(sensor, driver.bus), select)


def check_wiring(source: "Source", path: "Path", node: "Node", board: Board) -> Iterator[Problem]:
    """Yield what is wrong with the wires of one node's sensors; those with an unknown driver are left alone."""
    seen: dict[tuple[str, int, int | None], str] = {}
    for name, sensor in node.sensor.items():
        driver = DRIVERS.get(sensor.driver)
        if driver is None:
            continue
        where = (*path, "sensor", name)
        problems = [
            *_check_other_buses(source, where, sensor, driver),
            *_check_bus(source, where, sensor, driver, board),
            *_check_select(source, where, sensor, driver, board),
        ]
        yield from problems
        if not problems:
            yield from _check_shared(source, where, sensor, board, seen)


def _check_other_buses(source: "Source", path: "Path", sensor: "Sensor", driver: Driver) -> Iterator[Problem]:
    """Only the keys of the driver's own bus have a meaning."""
    own = (driver.bus, SELECTOR[driver.bus])
    for key in (*BUSES, *filter(None, SELECTOR.values())):
        if key not in own and getattr(sensor, key) is not None:
            yield source.problem((*path, key), "bus_other", name=key, driver=sensor.driver, bus=driver.bus)


def _check_bus(source: "Source", path: "Path", sensor: "Sensor", driver: Driver, board: Board) -> Iterator[Problem]:
    """The board has the bus."""
    bus, known, number = driver.bus, board.numbers_of(driver.bus), getattr(sensor, driver.bus)
    facts = {"bus": bus, "board": board.name, "driver": sensor.driver, "known": known}
    if not known:
        yield source.problem((*path, bus), "bus_none", **facts)
    elif number is None:
        yield source.problem((*path, bus), "bus_key", first=known[0], **facts)
    elif number not in known:
        yield source.problem((*path, bus), "bus_missing", value=number, **facts)


def _check_select(source: "Source", path: "Path", sensor: "Sensor", driver: Driver, board: Board) -> Iterator[Problem]:
    """The chip has the I2C address, or the board the chip-select pin."""
    if driver.bus == "i2c" and sensor.address is not None and sensor.address not in driver.addresses:
        known = [f"{address:#04x}" for address in driver.addresses]
        facts = {"address": f"{sensor.address:#04x}", "driver": sensor.driver, "known": known}
        yield source.problem((*path, "address"), "address", **facts)
    elif driver.bus == "spi" and sensor.cs is None:
        yield source.problem((*path, "cs"), "cs_key", driver=sensor.driver, board=board.name, known=board.gpio)
    elif driver.bus == "spi" and sensor.cs not in board.gpio:
        yield source.problem((*path, "cs"), "cs_pin", value=sensor.cs, board=board.name, known=board.gpio)


def _check_shared(
    source: "Source", path: "Path", sensor: "Sensor", board: Board, seen: dict[tuple[str, int, int | None], str]
) -> Iterator[Problem]:
    """No other sensor answers on the same UART, at the same address or to the same pin; `seen` remembers who does."""
    wire, name = wire_of(sensor), str(path[-1])
    claim = (wire.bus, 0 if wire.bus == "spi" else wire.number, wire.select)  # a pin selects on every SPI bus
    other = seen.setdefault(claim, name)
    if other == name:
        return
    key, where, known = {
        "uart": ("uart", wire.number, board.numbers_of("uart")),
        "i2c": ("address", f"{wire.select or 0:#04x}", _free_addresses(sensor, wire.number, seen)),
        "spi": ("cs", wire.select, [pin for pin in board.gpio if ("spi", 0, pin) not in seen]),
    }[wire.bus]
    line = source.line_of((*path[:-1], other))
    facts = {"where": where, "number": wire.number, "other": other, "line": line, "board": board.name, "known": known}
    yield source.problem((*path, key), f"{wire.bus}_twice" if known else f"{wire.bus}_full", **facts)


def _free_addresses(sensor: "Sensor", number: int, seen: dict[tuple[str, int, int | None], str]) -> list[str]:
    addresses = DRIVERS[sensor.driver].addresses
    return [f"{address:#04x}" for address in addresses if ("i2c", number, address) not in seen]
