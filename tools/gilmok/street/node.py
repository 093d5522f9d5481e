"""A node of a street: what it measures, its power, and the boxes that serve it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gilmok_sim.city import City
from gilmok_sim.flash import TORN
from gilmok_sim.instruments import Instruments
from gilmok_sim.world import MOUNTED_M
from gilmok_site.boards import load_board

from .alarm import StreetOutput
from .device import Device
from .energy import Energy, Wattmeter
from .line import Line
from .machine import POWER_ON, SOFT_RESET, Machine
from .sensor import StreetSensor, Surroundings, names_of
from .site import compile_config

if TYPE_CHECKING:
    from gilmok_site import Site

    from .street import Street

BLOCK_SIZE = 4096


class StreetNode:
    """A place in the street, as `site` describes it; made by `Street.node` or `Street.of_site`.

    `mounted` is the height of a distance sensor above the datum's zero in m, where the site gives it none; `blocks` the 4 KiB blocks of
    the flash for records and waveforms, else those of the board. `device` is the box in service, `devices` lists all that ever were.
    """

    def __init__(
        self,
        street: Street,
        name: str,
        line: Line,
        place: int,
        site: Site,
        mounted: float = MOUNTED_M,
        blocks: tuple[int, int] | None = None,
        device: int | None = None,
    ) -> None:
        self.name = name
        self.mounted = mounted
        self.line = line
        self.measuring = True
        self.devices: list[Device] = []
        self._street = street
        self._site = site
        board = load_board(site.node[name].board)
        self._flash = blocks or (board.records.size // BLOCK_SIZE, board.waveforms.size // BLOCK_SIZE), board.program_unit
        self._sensors = {sensor: StreetSensor(self, sensor, table, mounted) for sensor, table in site.node[name].sensor.items()}
        self._world = Surroundings(City(street.seed, place), self._sensors)
        self.machine = Machine(street.schedule, line, street.entropy, self._make_buses, self.say)
        self.machine.on_boot = self._on_boot
        self.machine.on_heard = self._on_heard
        self._wattmeter = Wattmeter(site.node[name], board, lambda: street.schedule.now_us)
        self.machine.on_turn = self._wattmeter.turn
        self.machine.on_stop = self._wattmeter.stop
        self.swap_device(self._make_device(device))

    def __repr__(self) -> str:
        return f"<node {self.name}: {self.state()}>"

    # What it measures.

    def sensor(self, name: str) -> StreetSensor:
        """Return the sensor called `name`: what it measures can be set, and its chip can have a fault.

        Raises: ValueError where there is none.
        """
        if name not in self._sensors:
            raise ValueError(f"{self.name} has no sensor {name!r}; there are {', '.join(self._sensors) or 'none'}")
        return self._sensors[name]

    def output(self, name: str) -> StreetOutput:
        """Return the output called `name`.

        Raises: ValueError where there is none.
        """
        return StreetOutput(self, name, self._states_of(name))

    @property
    def sensors(self) -> list[StreetSensor]:
        """Its sensors, in the order of the site file."""
        return list(self._sensors.values())

    def set(self, **values: float | None) -> None:
        """Hold channels at values, in their units, before every sensor that measures them.

        Raises: ValueError for a channel that no sensor has.
        """
        for name, value in values.items():
            for sensor in self._measuring(name):
                sensor.set(**{name: value})

    def ramp(self, over: str, **ends: tuple[float, float]) -> None:
        """Lead channels from one value to another over a span of time, from now on; then they stay."""
        for name, pair in ends.items():
            for sensor in self._measuring(name):
                sensor.ramp(over, **{name: pair})

    def capture(self, sensor: str, on: bool = True) -> None:
        """Keep the raw waveform of a sensor, until the node is reset.

        Raises: ValueError where the sensor has none.
        """
        if not self.machine.runs or not self.machine.node.capture(sensor, on):
            raise ValueError(f"{self.name} has no waveform of {sensor!r} to keep")
        self.say(f"{'keeps' if on else 'stops keeping'} the waveform of {sensor}")

    # Its power and its boxes.

    @property
    def now_us(self) -> int:
        """The street's time in µs."""
        return self._street.schedule.now_us

    @property
    def device(self) -> Device:
        """The box in service."""
        return self.machine.device

    @property
    def powered(self) -> bool:
        """Tell whether the node has power."""
        return self.machine.node is not None

    def power_cut(self, torn: bool = False) -> None:
        """Take the power away now; `torn`: in the middle of the next flash operation, up to which the street runs on.

        Raises: ValueError where the node has none, StreetError where no operation comes within an hour.
        """
        if not self.powered:
            raise ValueError(f"{self.name} has no power already")
        if torn:
            self.cut_at(1, TORN[1 + self._street.random("torn").randrange(len(TORN) - 1)])
            self._street.run_until(lambda: not self.powered, at_most="1 h")
        else:
            self.machine.stop()
            self.say("loses power")

    def cut_at(self, operations: int, torn: str) -> None:
        """Have power fail in the flash operation that is `operations` away; `torn` says how, see gilmok_sim.flash.TORN."""
        self.device.arm(operations, torn)

    def power_on(self, cut: tuple[int, str] | None = None) -> None:
        """Give power, where there is none; `cut` takes it away again as `cut_at` does, perhaps while the node is still starting."""
        if not self.powered:
            self.machine.boot(POWER_ON, cut)

    def reboot(self) -> None:
        """Reset the node: its memory is gone, power stays."""
        self.say("is reset")
        self.machine.boot(SOFT_RESET)

    def reflash(self) -> None:
        """Erase the whole flash and start anew: a new log; what was not acknowledged is destroyed."""
        self.machine.stop()
        self.device.account.destroy()
        self.device.erase()
        self.say("is erased and flashed")
        self.machine.boot(POWER_ON)

    def flash_image(self) -> Any:
        """Return a copy of the flash as it is, for `restore_image`."""
        return self.device, self.device.image(), self.device.account.alive()

    def restore_image(self, image: Any) -> None:
        """Put an older image of this box's flash back: its log goes on from there (SPEC.md section 3, Fork).

        Raises: ValueError for the image of another box, which has another key.
        """
        device, chips, entries = image
        if device is not self.device:
            raise ValueError(f"this is the image of device {device.address:04x}, and {self.device.address:04x} is in service")
        self.machine.stop()
        device.account.destroy(kept=entries)
        device.load(chips)
        self.say("is restored from an image")
        self.machine.boot(POWER_ON)

    def swap_device(self, device: Device | None = None) -> Device | None:
        """Put another box in service, a new one with blank flash where none is given; return the one it replaces.

        The old one lies on the shelf with its log; swapped in again it hands over what it holds.
        """
        old = self.device if self.devices else None
        self.machine.stop()
        device = device or self._make_device()
        if device not in self.devices:
            self.devices.append(device)
        self.machine.device = device
        self.machine.config = compile_config(
            self._site, self.name, device.address, device.key, self._street.store_id, self._street.group_key
        )
        self.say(f"is served by device {device.address:04x}")
        self.machine.boot(POWER_ON)
        return old

    # How it does.

    @property
    def backlog(self) -> int:
        """How many records in its log are not acknowledged."""
        return self.machine.node.backlog() if self.machine.runs else 0

    @property
    def drained(self) -> bool:
        """Tell whether the collector has acknowledged all there is, and knows of all that is gone."""
        if not self.machine.runs or self.backlog:
            return False
        session = self.machine.node.session
        return session.phase == "ready" and not any(stream.needs_state() for stream in session.streams)

    def energy(self) -> Energy:
        """Return what it has used since it was made, part by part."""
        return self._wattmeter.read()

    def meter(self, part: str, told: Callable[[], float]) -> None:
        """Have the mJ that a part tells counted in its energy."""
        self._wattmeter.others[part] = told

    def state(self) -> str:
        """Return a line for people."""
        if not self.powered:
            return "no power"
        if not self.machine.runs:
            return "unusable configuration"
        session = self.machine.node.session
        link = "cut" if self.line.is_cut else "whole"
        return f"boot {self.machine.node.log.boot}, {session.phase}, backlog {self.backlog}, line {link}"

    def say(self, text: str) -> None:
        """Add an event of this node to the street's."""
        self._street.say(self.name, text)

    def _measuring(self, channel: str) -> list[StreetSensor]:
        """Return the sensors that measure a channel.

        Raises: ValueError where there is none.
        """
        found = [sensor for sensor in self.sensors if sensor.measures(channel)]
        if not found:
            raise ValueError(f"{self.name} cannot set {channel!r}; there are {', '.join(names_of(self.sensors))}")
        return found

    def _states_of(self, name: str) -> tuple[str, str]:
        table = getattr(self._site.node[self.name], "output", {}).get(name)
        return tuple(table.states) if table else ("off", "on")

    def _make_device(self, address: int | None = None) -> Device:
        blocks, unit = self._flash
        return self._street.make_device(blocks, unit, address)

    def _make_buses(self, clock: Any) -> Instruments:
        return Instruments(self._world, clock, self._street.seed)

    def _on_boot(self) -> None:
        """Give the new chips the faults of the old ones, and keep a node still that is not to measure."""
        for sensor in self.sensors:
            if sensor.fault is not None:
                sensor.apply_fault()
        self.machine.node.measuring = self.measuring
        self._wattmeter.boot(self.machine.node)

    def _on_heard(self) -> None:
        """Take down what the node was told."""
        node = self.machine.node
        session = node.session
        if session.epoch is not None and session.epoch == self._street.epoch:
            for stream in session.streams:
                if stream.agreed:
                    self.device.account.acknowledge(node.log.log_id, stream.number, stream.settled_spans())
