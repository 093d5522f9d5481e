"""Channels made of others: level from distance, corrected particulate matter, compensated angles.

They stand beside what the instrument measured, never instead of it.
"""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from .catalogue import Channel
from .channels import channels_of
from .quantity import parse_steps
from .references import find_reference

if TYPE_CHECKING:
    from .model import Node
    from .sensor import Sensor

# A node multiplies in whole numbers: four digits of a factor are more than any calibration has, six of a small drift.
_FACTOR_DIGITS = 10_000
_DRIFT_DIGITS = 1_000_000
HUNDREDTHS = ("temperature", "Cel", -2)  # a node reckons with temperatures in these, whatever their sensor's step
_HEIGHT = ("height", "m", -3)
_USUAL_KAPPA = 0.4  # Petters and Kreidenweis 2007, section 4: 0.1 organic to 0.6 sulphate aerosol; urban mixtures between
_LONGEST_NAME = 14


class Derived(NamedTuple):
    """One channel, as a node computes it of the channel `source` of the same record, and of `other`: a sensor and its channel."""

    name: str
    unit: str
    exponent: int
    kind: str
    source: int
    params: list[int]
    other: tuple[str, int] | None


def columns_of(node: "Node", name: str) -> list[Channel]:
    """Return what a checked sensor's readings hold: what it measures, then what is made of it."""
    return [*channels_of(node.sensor[name]), *(each[:3] for each in derived_of(node, name))]


def derived_of(node: "Node", name: str) -> list[Derived]:
    """Return what a checked node makes of one sensor's readings."""
    sensor = node.sensor[name]
    channels = channels_of(sensor)
    return [
        *_levels(node, sensor, channels),
        *_linear(sensor, channels),
        *_dried(node, sensor, channels),
        *_compensated(node, sensor, channels),
    ]


def is_distance(channel: Channel) -> bool:
    """Tell whether a water level can be made of `channel`."""
    return channel == ("distance", "m", -3)


def is_particulate(channel: Channel) -> bool:
    """Tell whether humidity makes `channel` read too much: mass as it is in air, not the maker's factory calibration."""
    return channel[1] == "ug/m3" and not channel[0].endswith("_cf1")


def is_plain(channel: Channel) -> bool:
    """Tell whether the step of `channel` is a power of ten."""
    return len(channel) == 3


def _levels(node: "Node", sensor: "Sensor", channels: tuple[Channel, ...]) -> Iterator[Derived]:
    if sensor.height is None:
        return
    air = find_reference(node, sensor.temperature)
    for index, channel in enumerate(channels):
        if is_distance(channel):
            height_mm = parse_steps(sensor.height, _HEIGHT)
            yield Derived("water_level", "m", -3, "level", index, [height_mm], air and air.place)


def _linear(sensor: "Sensor", channels: tuple[Channel, ...]) -> Iterator[Derived]:
    for index, channel in enumerate(channels):
        name, unit, exponent, *step = channel
        if name in sensor.slope or name in sensor.offset:
            factor = _fraction(sensor.slope.get(name, 1), _FACTOR_DIGITS) * (step[0] if step else 1)
            offset = round(Decimal(str(sensor.offset.get(name, 0))).scaleb(-exponent))
            params = [factor.numerator, factor.denominator, offset]
            yield Derived(_named(name, "_cal"), unit, exponent, "linear", index, params, None)


def _dried(node: "Node", sensor: "Sensor", channels: tuple[Channel, ...]) -> Iterator[Derived]:
    air = find_reference(node, sensor.humidity)
    kappa = round((_USUAL_KAPPA if sensor.kappa is None else sensor.kappa) * 100)
    for index, channel in enumerate(channels):
        if air is not None and is_particulate(channel):
            yield Derived(_named(channel[0], "_dry"), channel[1], channel[2], "humidity", index, [kappa], air.place)


def _compensated(node: "Node", sensor: "Sensor", channels: tuple[Channel, ...]) -> Iterator[Derived]:
    warm = find_reference(node, sensor.temperature)
    for index, channel in enumerate(channels):
        if warm is not None and channel[0] in sensor.drift:
            params = [*_drift(sensor.drift[channel[0]], channel), parse_steps(sensor.reference, HUNDREDTHS)]
            yield Derived(_named(channel[0], "_comp"), channel[1], channel[2], "drift", index, params, warm.place)


def _drift(drift: float, channel: Channel) -> tuple[int, int]:
    """Return the drift in steps of the channel by hundredths of a kelvin, as a fraction."""
    steps = Decimal(str(drift)).scaleb(HUNDREDTHS[2] - channel[2])
    fraction = Fraction(steps).limit_denominator(_DRIFT_DIGITS)
    return fraction.numerator, fraction.denominator


def _fraction(number: float, digits: int) -> Fraction:
    return Fraction(str(number)).limit_denominator(digits)


def _named(name: str, ending: str) -> str:
    return name[: _LONGEST_NAME - len(ending)] + ending
