"""One sensor of a street's node: what there is for it to measure, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gilmok_sim.chips import FAULTS
from gilmok_sim.city import SIGNALS, City
from gilmok_sim.world import MOUNTED_M
from gilmok_site.channels import channels_of
from gilmok_site.quantity import parse_quantity

from .schedule import parse_span

if TYPE_CHECKING:
    from gilmok_site.sensor import Sensor

    from .node import StreetNode

LEVEL = "level"  # of the water, above the datum's zero: what a ranger is told as a distance
AXES = ("x", "y", "z")

# What the virtual chip of a driver asks its world for, where that is not what its channels are called.
ASKED = {
    "adxl355": AXES,
    "adxl355_i2c": AXES,
    "lis3dh": AXES,
    "mpu6050": (*AXES, "temperature"),
    "tilt": ("tilt_x", "tilt_y", "temperature"),
    "contact": ("closed",),
    "rain_gauge": ("rain_rate",),
    "crack_meter": ("displacement",),
}
FIRST_ONLY = ("current_loop", "gas_cell")  # the other channels are what the first one is made of


class StreetSensor:
    """One sensor; made by `StreetNode.sensor`. What is not set follows the seeded city."""

    def __init__(self, node: StreetNode, name: str, table: Sensor, mounted: float) -> None:
        self.name = name
        self.driver = table.driver
        self.channels = measured_by(table)
        self.mounted = mounted if table.height is None else float(parse_quantity(table.height, "m"))
        self._node = node
        self._held: dict[str, Any] = {}
        self._fault: str | None = None

    def set(self, **values: Any) -> None:
        """Hold channels at values, in their units; None lets one go. `level` is the water's height, which sets `distance`.

        Raises: ValueError for a channel that the sensor does not measure.
        """
        for name, value in values.items():
            channel, told = self._as_channel(name, value)
            if value is None:
                self._held.pop(channel, None)
            else:
                self._held[channel] = told

    def ramp(self, over: str, **ends: tuple[float, float]) -> None:
        """Lead channels from one value to another over a span of time, from now on; then they stay.

        Raises: ValueError as set().
        """
        start_ms, span_ms = self._node.now_us / 1000, parse_span(over) / 1000
        for name, (low, high) in ends.items():
            channel, first = self._as_channel(name, low)
            _, last = self._as_channel(name, high)
            self._held[channel] = lambda at_ms, a=first, b=last: a + (b - a) * min(1, max(0, at_ms - start_ms) / span_ms)

    @property
    def fault(self) -> str | None:
        """The fault of its chip, one of silence, noise, bad_checksum, stuck; None: it has none."""
        return self._fault

    @fault.setter
    def fault(self, fault: str | None) -> None:
        if fault is not None and fault not in FAULTS:
            raise ValueError(f"no chip knows the fault {fault!r}; there are {', '.join(FAULTS)}")
        self._fault = fault
        self.apply_fault()
        self._node.say(f"{self.name}: {fault or 'no fault any more'}")

    @property
    def error(self) -> str | None:
        """Why it has no values now, as the node says it; None while it has."""
        samplers = self._node.machine.node.samplers if self._node.machine.runs else []
        return next((sampler.error.reason for sampler in samplers if sampler.name == self.name and sampler.error is not None), None)

    def apply_fault(self) -> None:
        """Give the chip of this boot the fault there is."""
        instruments = self._node.machine.instruments
        if instruments is not None and self.name in instruments.chips:
            instruments.chips[self.name].fault = self._fault

    def measures(self, name: str) -> bool:
        """Tell whether set() knows `name`."""
        return name in self.channels or name == LEVEL and "distance" in self.channels

    def over(self, world: Any) -> Held:
        """Return the world in which what was set stands before what `world` says."""
        return Held(self._held, world)

    def _as_channel(self, name: str, value: Any) -> tuple[str, Any]:
        if not self.measures(name):
            raise ValueError(f"{self._node.name}.{self.name} cannot set {name!r}; there are {', '.join(names_of([self]))}")
        if name in self.channels:
            return name, value
        return "distance", None if value is None else self.mounted - value


class Held:
    """A world in which some channels were set by hand, to a number or a function of the time in ms; the rest come from another world."""

    def __init__(self, held: dict[str, Any], world: Any) -> None:
        self._held = held
        self._world = world

    def value(self, channel: str, now_ms: float) -> Any:
        """Return the value of `channel`."""
        if channel not in self._held:
            return self._world.value(channel, now_ms)
        value = self._held[channel]
        return value(now_ms) if callable(value) else value


class Surroundings:
    """The world of a node's instruments: the city, and before it what was set for each sensor."""

    def __init__(self, city: City, sensors: dict[str, StreetSensor]) -> None:
        self._city = city
        self._sensors = sensors

    def of(self, sensor: Any) -> Held:
        """Return the world of a SensorConfig."""
        return self._sensors[sensor.name].over(self._city.of(sensor))


def measured_by(table: Sensor) -> tuple[str, ...]:
    """Return the channels that the chip of a sensor asks its world for."""
    if table.driver in ASKED:
        return ASKED[table.driver]
    names = [channel[0] for channel in channels_of(table)]
    if table.driver in FIRST_ONLY:
        return tuple(names[:1])
    return tuple(name for name in names if table.channel or name in SIGNALS)


def names_of(sensors: list[StreetSensor]) -> list[str]:
    """Return what set() knows for any of `sensors`, `level` first."""
    names = dict.fromkeys(name for sensor in sensors for name in sensor.channels)
    return [LEVEL, *(name for name in names if name != LEVEL)] if "distance" in names else list(names)
