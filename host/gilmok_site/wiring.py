"""How sensors are wired to a board: the bus exists, and nothing is wired where something else is."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .boards import Board
from .catalogue import DRIVERS, Driver
from .errors import Problem
from .inputs import Input, clash, inputs_of
from .lorawan import modem_of
from .pins import Pins, Place
from .wires import BUS, WIRE_KEYS, Wire, addresses_of, role_of, wire_of

if TYPE_CHECKING:
    from .model import Node, Sensor
    from .source import Path, Source

# What sensors on one RS-485 line must agree on: a line has one speed and one transceiver.
LINE_KEYS = ("baud", "parity", "de")


def check_wiring(source: "Source", path: "Path", node: "Node", board: Board) -> Iterator[Problem]:
    """Yield what is wrong with the wires of one node's sensors, outputs and lines; sensors with an unknown driver are left alone."""
    wiring = _Wiring(Place(source, path, node, board))
    for name, sensor in node.sensor.items():
        if sensor.driver in DRIVERS:
            yield from wiring.check(name, sensor, DRIVERS[sensor.driver])
    yield from wiring.check_outputs()
    yield from wiring.check_uarts()


class _Wiring:
    """What the sensors seen so far have taken of one node's board."""

    def __init__(self, place: Place):
        self._place = place
        self._pins = Pins(place)
        self._lines: dict[int, str] = {}  # a UART, and the first sensor on it
        self._addresses: dict[Wire, list[str]] = {}
        self._clocks: dict[int | None, list[str]] = {}  # an I2C bus, and the sensors on it

    def check(self, name: str, sensor: "Sensor", driver: Driver) -> Iterator[Problem]:
        """Yield what is wrong with one sensor's wires; only right ones take something."""
        problems = [
            *self._check_other_buses(name, sensor, driver),
            *self._check_bus(name, sensor, driver),
            *self._check_select(name, sensor, driver),
        ]
        yield from problems
        if not problems:
            yield from self._check_line(name, sensor, driver)
            yield from self._check_address(name, sensor, driver)
            yield from self._check_clock(name, sensor, driver)
            yield from self._pins.take_bus(name, sensor, driver)
            yield from self._pins.take_gpios(name, sensor, driver)

    def check_outputs(self) -> Iterator[Problem]:
        """Yield what is wrong with the pins of the outputs, behind the sensors."""
        for name, output in self._place.node.output.items():
            yield from self._pins.take_output(name, output)

    def check_uarts(self) -> Iterator[Problem]:
        """Yield the lines to a modem and to neighbours that the board has no UART for, or not any more."""
        node, known = self._place.node, self._place.board.numbers_of("uart")
        modem = modem_of(node)
        wanted: list[tuple[Path, int]] = [(("lora",), modem.uart)] if modem and modem.uart is not None else []
        wanted += [(("peer",), number) for number in (node.peer.uart if node.peer else [])]
        taken: dict[int, Path] = {number: ("sensor", name) for number, name in self._lines.items()}
        for owner, number in wanted:
            if number not in known:
                yield self._place.problem_of(owner, "uart", "bus_missing", kind="uart", value=number, known=known)
            elif taken.setdefault(number, owner) != owner:
                yield self._place.problem_of(owner, "uart", "uart_twice", where=number, known=known, **self._place.owner(taken[number]))

    def _check_other_buses(self, name: str, sensor: "Sensor", driver: Driver) -> Iterator[Problem]:
        """Only the keys of the driver's own bus have a meaning."""
        own = (BUS[driver.bus].number, BUS[driver.bus].select)
        for key in WIRE_KEYS:
            if key not in own and getattr(sensor, key) is not None:
                yield self._place.problem(name, key, "bus_other", name=key, driver=sensor.driver, bus=driver.bus)

    def _check_bus(self, name: str, sensor: "Sensor", driver: Driver) -> Iterator[Problem]:
        """The board has the bus; where there is none, the sensor has a pin."""
        bus = BUS[driver.bus]
        number = getattr(sensor, bus.number)
        if bus.board is None:
            if number is None:
                yield self._pin_missing(name, bus.number, sensor, driver)
            return
        known = self._place.board.numbers_of(bus.board)
        facts = {"bus": bus.number, "kind": bus.board, "driver": sensor.driver, "known": known}
        if not known:
            yield self._place.problem(name, bus.number, "bus_none", **facts)
        elif number is None:
            yield self._place.problem(name, bus.number, "bus_key", first=known[0], **facts)
        elif number not in known:
            yield self._place.problem(name, bus.number, "bus_missing", value=number, **facts)

    def _check_select(self, name: str, sensor: "Sensor", driver: Driver) -> Iterator[Problem]:
        """The instrument can have the address, and a chip on SPI has its pin."""
        key = BUS[driver.bus].select
        select = getattr(sensor, key) if key else None
        if driver.bus == "spi" and select is None:
            yield self._pin_missing(name, "cs", sensor, driver)
        elif driver.bus == "rs485" and select is None:
            yield self._place.problem(name, "unit", "unit_key", driver=sensor.driver)
        elif key and select is not None and driver.bus not in ("spi", "pulse") and select not in addresses_of(driver):
            facts = {"address": _shown(driver, select), "driver": sensor.driver}
            yield self._place.problem(name, key, "address", known=_shown_addresses(driver), **facts)

    def _pin_missing(self, name: str, key: str, sensor: "Sensor", driver: Driver) -> Problem:
        role = role_of(driver, key)
        known = self._pins.free(role)
        return self._place.problem(name, key, "pin_key" if known else "pin_none", name=key, role=role, driver=sensor.driver, known=known)

    def _check_line(self, name: str, sensor: "Sensor", driver: Driver) -> Iterator[Problem]:
        """A UART has one sensor, or one line with one speed."""
        bus = BUS[driver.bus]
        if bus.board != "uart":
            return
        number = getattr(sensor, bus.number)
        other = self._lines.setdefault(number, name)
        if other == name:
            return
        there = self._place.node.sensor[other]
        if driver.bus == "uart" or DRIVERS[there.driver].bus != driver.bus:
            known = self._place.board.numbers_of("uart")
            yield self._place.problem(name, bus.number, "uart_twice", where=number, known=known, **self._place.other(other))
            return
        for key in LINE_KEYS:
            if _setting(sensor, key) != _setting(there, key):
                facts = {"name": key, "number": number, "bus": driver.bus, **self._place.other(other)}
                yield self._place.problem(name, key, "line_differs", **facts)

    def _check_address(self, name: str, sensor: "Sensor", driver: Driver) -> Iterator[Problem]:
        """An address has one instrument; sensors of one converter share its address, each at its own input."""
        if driver.bus not in ("i2c", "rs485", "sdi12"):
            return
        wire = wire_of(sensor)
        others = self._addresses.setdefault(wire, [])
        others.append(name)
        for other in [*others[:-1], *([name] if driver.shares else [])]:
            there = self._place.node.sensor[other]
            if driver.shares is None or DRIVERS[there.driver].shares != driver.shares:
                yield self._address_twice(name, driver, wire, other)
                return
            taken = clash(sensor, there)
            if taken is not None:
                yield self._input_twice(name, sensor, taken, others, other)
                return

    def _check_clock(self, name: str, sensor: "Sensor", driver: Driver) -> Iterator[Problem]:
        """No chip on an I2C bus needs a clock that another one there does not stand."""
        if driver.bus != "i2c":
            return
        others = self._clocks.setdefault(sensor.i2c, [])
        for other in others:
            there = DRIVERS[self._place.node.sensor[other].driver]
            least, most = max(driver.i2c_hz[0], there.i2c_hz[0]), min(driver.i2c_hz[1], there.i2c_hz[1])
            if least > most:
                facts = {"number": sensor.i2c, "driver": sensor.driver, "least": least // 1000, "most": most // 1000}
                yield self._place.problem(name, "i2c", "i2c_clock", **facts, **self._place.other(other))
                break
        others.append(name)

    def _input_twice(self, name: str, sensor: "Sensor", taken: Input, others: list[str], other: str) -> Problem:
        used = {each.number for there in others for each in inputs_of(self._place.node.sensor[there])}
        allowed = DRIVERS[sensor.driver].options[taken.key].allowed
        known = [each for each in allowed if each < 10 and each not in used]
        facts = {"value": taken.number, "where": _shown(DRIVERS[sensor.driver], wire_of(sensor).select)}
        return self._place.problem(
            name, taken.key, "input_twice" if known else "input_full", known=known, **facts, **self._place.other(other)
        )

    def _address_twice(self, name: str, driver: Driver, wire: Wire, other: str) -> Problem:
        known = [_shown(driver, each) for each in addresses_of(driver) if Wire(*wire[:2], each) not in self._addresses]
        facts = {"bus": driver.bus, "number": wire.number, "where": _shown(driver, wire.select), **self._place.other(other)}
        key = BUS[driver.bus].select or ""
        return self._place.problem(name, key, "address_twice" if known else "address_full", known=known[:8], **facts)


def _setting(sensor: "Sensor", key: str) -> object:
    option = DRIVERS[sensor.driver].options.get(key)
    return sensor.options.get(key, option.default if option else None)


def _shown(driver: Driver, address: object) -> str:
    return f"{address:#04x}" if isinstance(address, int) and driver.bus == "i2c" else str(address)


def _shown_addresses(driver: Driver) -> object:
    """Return the addresses as a message lists them."""
    if driver.bus == "sdi12" and not driver.addresses:
        return "0–9, a–z, A–Z"
    known = addresses_of(driver)
    return [_shown(driver, each) for each in known] if isinstance(known, tuple) else known
