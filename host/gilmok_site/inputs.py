"""Which inputs of a shared converter a sensor takes.

An input is one digit; two digits measure the second against the first, so that several may share the first. So may several the input
of a common reference, `ref_input`.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from .catalogue import DRIVERS

if TYPE_CHECKING:
    from .sensor import Sensor

_AGAINST = 10


class Input(NamedTuple):
    """One input: the option that names it, its value there, the input itself, and whether others may have it for the same purpose."""

    key: str
    value: int
    number: int
    common: bool


def inputs_of(sensor: "Sensor") -> Iterator[Input]:
    """Yield the inputs that `sensor` takes, set or usual."""
    for key, option in DRIVERS[sensor.driver].options.items():
        value = sensor.options.get(key, option.default)
        if not key.endswith("input") or value not in option.allowed:
            continue
        yield Input(key, value, value % _AGAINST, key == "ref_input")
        if value >= _AGAINST:
            yield Input(key, value, value // _AGAINST, True)


def clash(sensor: "Sensor", other: "Sensor") -> Input | None:
    """Return the input of `sensor` that `other` has, which may be itself, or None."""
    there = list(inputs_of(other))
    for each in inputs_of(sensor):
        for its in there:
            apart = other is not sensor or each.key != its.key
            if apart and each.number == its.number and not (each.common and its.common):
                return each
    return None
