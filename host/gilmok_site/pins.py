"""The GPIOs of one node: each can do what is asked of it, and has one thing to do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .boards import Board
from .catalogue import Driver
from .errors import Problem
from .wires import BUS, Gpio, gpios_of, pins_for

if TYPE_CHECKING:
    from .model import Node, Sensor
    from .source import Path, Source


@dataclass(frozen=True)
class Place:
    """A node in its site file, and the board it is checked against."""

    source: "Source"
    path: "Path"
    node: "Node"
    board: Board

    def problem(self, sensor: str, key: str, code: str, **facts: Any) -> Problem:
        """Return the problem `code` at a key of a sensor."""
        return self.source.problem((*self.path, "sensor", sensor, key), code, board=self.board.name, **facts)

    def other(self, sensor: str) -> dict[str, Any]:
        """Return the facts that name another sensor."""
        return {"other": sensor, "line": self.source.where((*self.path, "sensor", sensor))}


@dataclass
class Pins:
    """Which pin was taken by which sensor, and for what."""

    place: Place
    _taken: dict[int, tuple[str, Any]] = field(default_factory=dict)

    def free(self, role: str) -> list[int]:
        """Return the pins that can have a role and are not taken."""
        return [pin for pin in pins_for(role, self.place.board) if pin not in self._taken]

    def take_bus(self, name: str, sensor: "Sensor", driver: Driver) -> Iterator[Problem]:
        """Take the pins that the board gives the sensor's bus; yield those that something else has."""
        bus = BUS[driver.bus]
        if bus.board is None:
            return
        number = getattr(sensor, bus.number)
        use = (bus.board, number)
        for pin in self.place.board.buses[use]:
            other, its_use = self._taken.setdefault(pin, (name, use))
            if its_use != use:
                facts = {"bus": bus.board, "number": number, "value": pin}
                yield self.place.problem(name, bus.number, "bus_pin", **facts, **self.place.other(other))

    def take_gpios(self, name: str, sensor: "Sensor", driver: Driver) -> Iterator[Problem]:
        """Take the pins that the sensor names; yield those that cannot be had."""
        for gpio in gpios_of(sensor, driver):
            # the transceiver of a line is that of every sensor on it
            use = ("line", getattr(sensor, BUS[driver.bus].number)) if gpio.key == "de" else (name, gpio.key)
            if gpio.pin in pins_for(gpio.role, self.place.board):
                other, its_use = self._taken.setdefault(gpio.pin, (name, use))
            else:
                other, its_use = self._taken.get(gpio.pin, ("", None))
            if its_use != use:
                yield self._refused(name, gpio, other)

    def _refused(self, name: str, gpio: Gpio, other: str) -> Problem:
        known = self.free(gpio.role)
        facts = {"value": gpio.pin, "role": gpio.role, "known": known}
        if not other:
            return self.place.problem(name, gpio.key, "pin_wrong" if known else "pin_none", **facts)
        return self.place.problem(name, gpio.key, "pin_twice" if known else "pin_full", **facts, **self.place.other(other))
