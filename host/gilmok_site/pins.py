"""The GPIOs of one node: each can do what is asked of it, and has one thing to do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .boards import Board
from .catalogue import Driver
from .errors import Problem
from .wires import BUS, Gpio, gpios_of, pins_for

if TYPE_CHECKING:
    from .model import Node, Output, Sensor
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
        return self.problem_of(("sensor", sensor), key, code, **facts)

    def problem_of(self, owner: "Path", key: str, code: str, **facts: Any) -> Problem:
        """Return the problem `code` at a key of a sensor, an output or the peer."""
        return self.source.problem((*self.path, *owner, *([key] if key else [])), code, board=self.board.name, **facts)

    def other(self, sensor: str) -> dict[str, Any]:
        """Return the facts that name another sensor."""
        return self.owner(("sensor", sensor))

    def owner(self, owner: "Path") -> dict[str, Any]:
        """Return the facts that name what has a pin."""
        return {"other": ".".join(map(str, owner)), "line": self.source.where((*self.path, *owner))}


@dataclass
class Pins:
    """Which pin was taken by which sensor or output, and for what."""

    place: Place
    _taken: dict[int, tuple["Path", Any]] = field(default_factory=dict)

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
            other, its_use = self._taken.setdefault(pin, (("sensor", name), use))
            if its_use != use:
                facts = {"bus": bus.board, "number": number, "value": pin}
                yield self.place.problem(name, bus.number, "bus_pin", **facts, **self.place.owner(other))

    def take_gpios(self, name: str, sensor: "Sensor", driver: Driver) -> Iterator[Problem]:
        """Take the pins that the sensor names; yield those that cannot be had."""
        for gpio in gpios_of(sensor, driver):
            # the transceiver of a line is that of every sensor on it
            use = ("line", getattr(sensor, BUS[driver.bus].number)) if gpio.key == "de" else (name, gpio.key)
            yield from self._take(("sensor", name), gpio, use)

    def take_output(self, name: str, output: "Output") -> Iterator[Problem]:
        """Take the pins of an output and of its inputs; yield those that cannot be had."""
        gpios = [Gpio(output.pin, "pin", "output"), *(Gpio(each.pin, role, "pin") for role, each in output.inputs.items())]
        for gpio in gpios:
            yield from self._take(("output", name), gpio, ("output", name, gpio.key))

    def _take(self, owner: "Path", gpio: Gpio, use: Any) -> Iterator[Problem]:
        if gpio.pin in pins_for(gpio.role, self.place.board):
            other, its_use = self._taken.setdefault(gpio.pin, (owner, use))
        else:
            other, its_use = self._taken.get(gpio.pin, ((), None))
        if its_use != use:
            yield self._refused(owner, gpio, other)

    def _refused(self, owner: "Path", gpio: Gpio, other: "Path") -> Problem:
        known = self.free(gpio.role)
        facts = {"value": gpio.pin, "role": gpio.role, "known": known}
        if not other:
            return self.place.problem_of(owner, gpio.key, "pin_wrong" if known else "pin_none", **facts)
        return self.place.problem_of(owner, gpio.key, "pin_twice" if known else "pin_full", **facts, **self.place.owner(other))
