"""A node of a street: what it measures, its power, and the boxes that serve it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gilmok_sim.chips import FAULTS
from gilmok_sim.flash import TORN
from gilmok_sim.instruments import Instruments
from gilmok_sim.world import MOUNTED_M, Held, RainyNight

from .device import Device
from .line import Line
from .machine import POWER_ON, SOFT_RESET, Machine
from .schedule import parse_span
from .site import Sensors, compile_config

if TYPE_CHECKING:
    from .street import Street

CHANNELS = ("distance", "pm1", "pm2_5", "pm10", "temperature", "humidity", "pressure", "x", "y", "z")
BLOCKS = (256, 128)  # records and waveforms of boards/sim.toml


class StreetNode:
    """A place in the street; made by `Street.node`.

    `mounted` is the height of the level sensor's face above the datum's zero in m. `device` is the box in service, `devices` lists all
    that ever were.
    """

    def __init__(
        self,
        street: Street,
        name: str,
        line: Line,
        place: int,
        sensors: Sensors = "level",
        mounted: float = MOUNTED_M,
        health: str = "60 s",
        blocks: tuple[int, int] = BLOCKS,
    ) -> None:
        self.name = name
        self.mounted = mounted
        self.line = line
        self.measuring = True
        self.devices: list[Device] = []
        self._street = street
        self._sensors = sensors
        self._health = health
        self._blocks = blocks
        self._world = Held(RainyNight(street.seed, place))
        self._faults: dict[str, str] = {}
        self.machine = Machine(street.schedule, line, street.entropy, self._make_buses, self.say)
        self.machine.on_boot = self._on_boot
        self.machine.on_heard = self._on_heard
        self.swap_device()

    def __repr__(self) -> str:
        return f"<node {self.name}: {self.state()}>"

    # What it measures.

    def set(self, **values: float | None) -> None:
        """Hold channels at values, in their units; `level` is the water's height above the datum, which sets `distance`.

        Raises: ValueError for a channel that no sensor has.
        """
        for name, value in values.items():
            channel, told = self._as_channel(name, value)
            self._world.hold(channel, told)

    def ramp(self, over: str, **ends: tuple[float, float]) -> None:
        """Lead channels from one value to another over a span of time, from now on; then they stay."""
        start_ms, span_ms = self._street.schedule.now_us / 1000, parse_span(over) / 1000
        for name, (low, high) in ends.items():
            channel, first = self._as_channel(name, low)
            _, last = self._as_channel(name, high)
            self._world.hold(channel, lambda at_ms, a=first, b=last: a + (b - a) * min(1, max(0, at_ms - start_ms) / span_ms))

    def fault(self, sensor: str, fault: str | None) -> None:
        """Give the chip of a sensor a fault, or with None take it away: silence, noise, bad_checksum, stuck.

        Raises: ValueError.
        """
        if self.machine.instruments is not None and sensor not in self.machine.instruments.chips:
            known = ", ".join(self.machine.instruments.chips)
            raise ValueError(f"{self.name} has no sensor {sensor!r}; there are {known}")
        if fault is not None and fault not in FAULTS:
            raise ValueError(f"no chip knows the fault {fault!r}; there are {', '.join(FAULTS)}")
        self._faults[sensor] = fault or ""
        if self.machine.runs:
            self._on_boot()
        self.say(f"{sensor}: {fault or 'no fault any more'}")

    def capture(self, sensor: str, on: bool = True) -> None:
        """Keep the raw waveform of a sensor, until the node is reset.

        Raises: ValueError where the sensor has none.
        """
        if not self.machine.runs or not self.machine.node.capture(sensor, on):
            raise ValueError(f"{self.name} has no waveform of {sensor!r} to keep")
        self.say(f"{'keeps' if on else 'stops keeping'} the waveform of {sensor}")

    # Its power and its boxes.

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
        if device is None:
            device = self._street.make_device(self._blocks)
            self.devices.append(device)
        self.machine.device = device
        store_id = self._street.store_id
        config = (self.name, self._sensors, self._health, device.address, device.key, store_id)
        self.machine.config = compile_config(*config)
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
        session = self.machine.node.ports[0].session
        return session.phase == "ready" and not any(stream.needs_state() for stream in session.streams)

    def state(self) -> str:
        """Return a line for people."""
        if not self.powered:
            return "no power"
        if not self.machine.runs:
            return "unusable configuration"
        session = self.machine.node.ports[0].session
        link = "cut" if self.line.is_cut else "whole"
        return f"boot {self.machine.node.log.boot}, {session.phase}, backlog {self.backlog}, line {link}"

    def say(self, text: str) -> None:
        """Add an event of this node to the street's."""
        self._street.say(self.name, text)

    def _as_channel(self, name: str, value: Any) -> tuple[str, Any]:
        if name == "level":
            return "distance", self.mounted - value
        if name not in CHANNELS:
            raise ValueError(f"{self.name} cannot set {name!r}; there are level, {', '.join(CHANNELS)}")
        return name, value

    def _make_buses(self, clock: Any) -> Instruments:
        return Instruments(self._world, clock, self._street.seed)

    def _on_boot(self) -> None:
        """Give the new chips the faults of the old ones, and keep a node still that is not to measure."""
        chips = self.machine.instruments.chips if self.machine.instruments else {}
        for sensor in self._faults.keys() & chips.keys():
            chips[sensor].fault = self._faults[sensor] or None
        self.machine.node.measuring = self.measuring

    def _on_heard(self) -> None:
        """Take down what the node was told."""
        node = self.machine.node
        session = node.ports[0].session
        if session.epoch is not None and session.epoch == self._street.epoch:
            for stream in session.streams:
                if stream.agreed:
                    self.device.account.acknowledge(node.log.log_id, stream.number, stream.settled)
