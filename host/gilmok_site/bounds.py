"""What values can be, of each channel of a sensor: between which of its steps a reading is believed."""

import math
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from .catalogue import DRIVERS, Channel
from .channels import channels_of
from .derived import columns_of, derived_of
from .described import described_options
from .errors import BadValue
from .fields import nearest
from .health import ONLY
from .quantity import parse_steps

if TYPE_CHECKING:
    from .model import Node
    from .sensor import Sensor

# NAMUR NE 43: a transmitter's signal is 3.8 to 20.5 mA, 1.25 % below and 3.125 % above its range; the driver takes the rest for missing.
_BELOW, _ABOVE, _PER = 1250, 3125, 100_000


class Bounds(NamedTuple):
    """The least and the greatest value, in steps of the channel; None where nobody says."""

    low: int | None
    high: int | None


UNKNOWN = Bounds(None, None)


def bounds_of(node: "Node", name: str) -> list[Bounds]:
    """Return the bounds of each column of a checked sensor, as its file, else its catalogue has them.

    Raises: BadValue.
    """
    sensor = node.sensor[name]
    channels = channels_of(sensor)
    bounds = [_catalogued(sensor, index, channel) for index, channel in enumerate(channels)]
    for each in derived_of(node, name):
        source = bounds[each.source]
        if each.kind == "level" and source.low is not None and source.high is not None:
            bounds.append(Bounds(each.params[0] - source.high, each.params[0] - source.low))
        else:
            bounds.append(UNKNOWN)
    return bounds


def told_bounds(node: "Node", name: str) -> dict[int, Bounds]:
    """Return the bounds that a sensor's checked health table gives, by column.

    Raises: BadValue.
    """
    health, columns = node.sensor[name].health, columns_of(node, name)
    found = {}
    for channel, (low, high) in (health.range if health else {}).items():
        index = meant_column(node, name, channel)
        found[index] = Bounds(parse_steps(low, columns[index]), parse_steps(high, columns[index]))
    return found


def watched_columns(node: "Node", name: str) -> list[int]:
    """Return the columns of a sensor that rules watch."""
    texts = {rule.watch for rule in node.rule.values() if rule.is_hazard}
    return [index for index, column in enumerate(columns_of(node, name)) if f"{name}.{column[0]}" in texts]


def meant_column(node: "Node", name: str, channel: str) -> int:
    """Return the column that a key of a checked health table means.

    Raises: BadValue where it means none.
    """
    columns = [column[0] for column in columns_of(node, name)]
    watched = watched_columns(node, name)
    if channel == ONLY and len(watched) == 1:
        return watched[0]
    if channel not in columns:
        if channel == ONLY:
            raise BadValue("health_which", known=columns)
        raise BadValue("health_channel", value=channel, known=columns, near=nearest(channel, columns))
    return columns.index(channel)


def _catalogued(sensor: "Sensor", index: int, channel: Channel) -> Bounds:
    driver = DRIVERS[sensor.driver]
    if driver.described == "channel" and index == 0:
        return _of_loop(sensor)
    own_name = driver.channels[index][0] if index < len(driver.channels) else ""
    given = driver.range.get(channel[0]) or (driver.range.get(own_name) if driver.described is None else None)
    if given is None:
        return UNKNOWN
    _, _, exponent, *step = channel
    size = Decimal(step[0] if step else 1).scaleb(exponent)
    low, high = (Decimal(str(bound)) / size for bound in given)
    return Bounds(math.floor(low), math.ceil(high))


def _of_loop(sensor: "Sensor") -> Bounds:
    options = described_options(sensor)
    low, high = options.get("at_4ma"), options.get("at_20ma")
    if type(low) is not int or type(high) is not int:
        return UNKNOWN
    ends = (low - (high - low) * _BELOW // _PER, high + (high - low) * _ABOVE // _PER)
    return Bounds(min(ends), max(ends))
