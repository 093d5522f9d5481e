"""Instruments whose site file says what they measure: its channel tables, and the lists a driver takes."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .catalogue import DRIVERS, Driver
from .errors import BadValue, Problem
from .options import CHANNEL_NAME, Between, OneOf
from .quantity import parse_quantity, parse_steps

if TYPE_CHECKING:
    from .catalogue import Channel as ChannelTuple
    from .sensor import Channel, Sensor
    from .source import Path, Source

# What a driver's channel needs beside name, unit and exponent, in the order of its list. A step goes behind them.
MORE_KEYS: dict[str, dict[str, Any]] = {
    "modbus": {"register": Between(0, 0xFFFF), "type": OneOf(("u16", "i16", "u32", "i32"))},
}
ALL_KEYS = tuple(dict.fromkeys(key for keys in MORE_KEYS.values() for key in keys))

LONGEST_NAME_AND_UNIT = 20  # bytes: a schema item has to fit the smallest frame
_EXPONENTS = Between(-9, 9)


def described_channels(sensor: "Sensor") -> "tuple[ChannelTuple, ...]":
    """Return the channels that a checked site file gives an instrument."""
    return tuple(_channel(channel) for channel in sensor.channel)


def described_options(sensor: "Sensor") -> dict[str, Any]:
    """Return the options that say what a checked instrument measures, as its driver takes them.

    Options that begin with at_ are values of the first channel, written as quantities: they become steps of it.
    """
    driver = DRIVERS[sensor.driver]
    if driver.described is None or not sensor.channel and driver.described == "channel":
        lists = {}
    elif driver.described == "channel":
        lists = {"channel": list(_channel(sensor.channel[0]))}
    else:
        more = MORE_KEYS.get(sensor.driver, {})
        lists = {"channels": [_listed(channel, [_get(channel, key) for key in more]) for channel in sensor.channel]}
    return {**lists, **{name: _scaled(sensor, driver, name) for name in sensor.options if name.startswith("at_")}}


def check_described(source: "Source", path: "Path", sensor: "Sensor", driver: Driver) -> Iterator[Problem]:
    """Yield what is wrong with a sensor's channel tables."""
    if sensor.channel and driver.described is None:
        yield source.problem((*path, "channel"), "key_other", name="channel", driver=sensor.driver)
        return
    if driver.described == "channels" and not sensor.channel:
        name = ".".join(("node", str(path[1]), "sensor", str(path[3])))
        yield source.problem((*path, "channel"), "channel_missing", driver=sensor.driver, table=f"[[{name}.channel]]")
    if driver.described == "channel" and len(sensor.channel) > 1:
        yield source.problem((*path, "channel", 1), "channel_one", driver=sensor.driver)
    names = [channel[0] for channel in driver.channels[1:]]
    for index, channel in enumerate(sensor.channel):
        yield from _check_channel(source, (*path, "channel", index), channel, sensor.driver, driver)
        if channel.name in names:
            yield source.problem((*path, "channel", index, "name"), "channel_twice", value=channel.name)
        names.append(channel.name)


def check_quantities(source: "Source", path: "Path", sensor: "Sensor") -> Iterator[Problem]:
    """Yield the options that are no whole number of steps of the sensor's first channel; its channels are right."""
    driver = DRIVERS[sensor.driver]
    for name, value in sensor.options.items():
        try:
            if name.startswith("at_") and _scaled(sensor, driver, name) not in driver.options[name].allowed:
                facts = {"name": name, "driver": sensor.driver, "known": driver.options[name].allowed}
                yield source.problem((*path, name), "option_value", value=value, **facts)
        except BadValue as error:
            yield source.problem((*path, name), error.code, **error.facts)


def _scaled(sensor: "Sensor", driver: Driver, name: str) -> Any:
    value = sensor.options[name]
    channel = _channel(sensor.channel[0]) if sensor.channel else driver.channels[0]
    return parse_steps(value, channel) if isinstance(value, str) else value


def _check_channel(source: "Source", path: "Path", channel: "Channel", name: str, driver: Driver) -> Iterator[Problem]:
    if not CHANNEL_NAME.fullmatch(channel.name):
        yield source.problem((*path, "name"), "channel_name", value=channel.name)
    if not channel.unit or len((channel.name + channel.unit).encode()) > LONGEST_NAME_AND_UNIT:
        yield source.problem((*path, "unit"), "channel_unit", value=channel.unit, longest=LONGEST_NAME_AND_UNIT)
    yield from _check_step(source, path, channel, name)
    more = MORE_KEYS.get(name, {})
    for key in ALL_KEYS:
        value = _get(channel, key)
        if value is not None and key not in more:
            yield source.problem((*path, key), "key_other", name=key, driver=name)
        elif value is None and key in more:
            yield source.problem((*path, key), "channel_key", name=key, driver=name, known=more[key])
        elif key in more and value not in more[key]:
            yield source.problem((*path, key), "option_value", value=value, name=key, driver=name, known=more[key])


def _check_step(source: "Source", path: "Path", channel: "Channel", name: str) -> Iterator[Problem]:
    """The channel says in one way what one step of its values is."""
    if (channel.exponent is None) == (channel.resolution is None):
        yield source.problem(path, "channel_step", unit=channel.unit)
    elif channel.exponent is not None and channel.exponent not in _EXPONENTS:
        facts = {"value": channel.exponent, "name": "exponent", "driver": name, "known": _EXPONENTS}
        yield source.problem((*path, "exponent"), "option_value", **facts)
    elif channel.resolution is not None:
        try:
            _, _, exponent, *step = _channel(channel)
        except BadValue as error:
            yield source.problem((*path, "resolution"), error.code, **error.facts)
        else:
            if exponent not in _EXPONENTS or step and name not in MORE_KEYS:
                yield source.problem((*path, "resolution"), "channel_resolution", value=channel.resolution, unit=channel.unit)


def _channel(channel: "Channel") -> "ChannelTuple":
    """Return (name, unit, exponent), and a step where the resolution is no power of ten.

    Raises: BadValue.
    """
    if channel.resolution is None:
        return (channel.name, channel.unit, channel.exponent or 0)
    size = parse_quantity(channel.resolution, channel.unit)
    if size <= 0:
        raise BadValue("quantity", value=channel.resolution, unit=channel.unit)
    _, digits, exponent = Decimal(size).normalize().as_tuple()
    step = int("".join(map(str, digits)))
    head = (channel.name, channel.unit, int(exponent))
    return head if step == 1 else (*head, step)


def _listed(channel: "Channel", more: list[Any]) -> list[Any]:
    name, unit, exponent, *step = _channel(channel)
    return [name, unit, exponent, *more, *step]


def _get(channel: "Channel", key: str) -> Any:
    return channel.register_ if key == "register" else getattr(channel, key)
