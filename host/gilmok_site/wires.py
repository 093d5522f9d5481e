"""Where a sensor is wired: the keys of each kind of bus, and the GPIOs it takes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from .boards import Board
from .catalogue import DRIVERS, Between, Driver

if TYPE_CHECKING:
    from .model import Sensor


class Bus(NamedTuple):
    """One kind of bus.

    `kind` is its number in a node's configuration; `number` and `select` are the keys of a site file that name the bus (or the pin, where
    there is no bus) and tell sensors on it apart; `board` is the kind of bus a board must have for it, None where pins are enough.
    """

    kind: int
    number: str
    select: str | None
    board: str | None


BUS = {
    "uart": Bus(0, "uart", None, "uart"),
    "i2c": Bus(1, "i2c", "address", "i2c"),
    "spi": Bus(2, "spi", "cs", "spi"),
    "pin": Bus(3, "pin", None, None),
    "pulse": Bus(4, "echo", "trigger", None),
    "adc": Bus(5, "pin", None, None),
    "rs485": Bus(6, "rs485", "unit", "uart"),  # a transceiver on a UART, several instruments behind it
    "sdi12": Bus(7, "sdi12", "sdi12_address", "uart"),
}
WIRE_KEYS = tuple(dict.fromkeys(key for bus in BUS.values() for key in (bus.number, bus.select) if key))

_SDI12_ADDRESSES = tuple("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")  # SDI-12 1.4, 4.3
_UNITS = Between(1, 247)  # Modbus over serial line V1.02, 2.2


class Wire(NamedTuple):
    """Where a sensor is wired: bus, its number (or its pin), and what tells it apart there: address, unit or pin."""

    bus: str
    number: int
    select: Any

    def text(self) -> str:
        """Return the wire as a table shows it."""
        if self.bus == "i2c":
            return f"i2c {self.number} at {self.select or 0:#04x}"
        bus = BUS[self.bus]
        number = f"{'adc' if self.bus == 'adc' else bus.number} {self.number}"
        return number if self.select is None else f"{number} {(bus.select or '').removeprefix('sdi12_')} {self.select}"


class Gpio(NamedTuple):
    """A GPIO that a sensor takes: the key that names it, and its role (messages.ROLES)."""

    pin: int
    key: str
    role: str


def wire_of(sensor: "Sensor") -> Wire:
    """Return where a checked sensor is wired; an address left out is the driver's first."""
    driver = DRIVERS[sensor.driver]
    bus = BUS[driver.bus]
    select = getattr(sensor, bus.select) if bus.select else None
    if select is None and bus.select in ("address", "unit", "sdi12_address"):
        select = next(iter(addresses_of(driver)), None)
    return Wire(driver.bus, getattr(sensor, bus.number), select)


def addresses_of(driver: Driver) -> Any:
    """Return the addresses `driver` may have on its bus, the usual one first."""
    return driver.addresses or {"rs485": _UNITS, "sdi12": _SDI12_ADDRESSES}.get(driver.bus, ())


def gpios_of(sensor: "Sensor", driver: Driver) -> Iterator[Gpio]:
    """Yield the GPIOs that `sensor` names; those of its bus are the board's."""
    named = {
        "spi": [("cs", sensor.cs)],
        "pin": [("pin", sensor.pin)],
        "adc": [("pin", sensor.pin)],
        "pulse": [("echo", sensor.echo), ("trigger", sensor.trigger)],
    }.get(driver.bus, [("de", sensor.options.get("de"))])
    for key, pin in named:
        if type(pin) is int and (pin >= 0 or key != "de"):  # -1: no such pin
            yield Gpio(pin, key, role_of(driver, key))


def role_of(driver: Driver, key: str) -> str:
    """Return what a pin is for: its key, or "adc" where it is read as a voltage."""
    return "adc" if driver.bus == "adc" else key


def pins_for(role: str, board: Board) -> tuple[int, ...]:
    """Return the pins of `board` that can have a role."""
    if role == "adc":
        gauge = (board.battery.adc,) if board.battery else ()
        return board.gpio if board.virtual else board.adc + gauge
    return board.gpio + board.gpio_in if role in ("echo", "pin") else board.gpio
