"""The channels of one sensor: its driver's, as its options or the site file make them."""

from typing import TYPE_CHECKING, Any

from .catalogue import DRIVERS, Channel, Driver
from .described import described_channels
from .options import Between

if TYPE_CHECKING:
    from .sensor import Sensor


def channels_of(sensor: "Sensor") -> tuple[Channel, ...]:
    """Return what a checked sensor measures, in the order of its records."""
    driver = DRIVERS[sensor.driver]
    if driver.described == "channels":
        return described_channels(sensor)
    channels: list[Channel] = list(driver.channels)
    if driver.described:
        channels[: len(sensor.channel)] = described_channels(sensor)
    for name, value in sensor.options.items():
        _vary(channels, driver, name, value)
    return tuple(channels)


def _vary(channels: list[Channel], driver: Driver, name: str, value: Any) -> None:
    """Change `channels` as one option does (catalogue.Variants)."""
    variants = driver.variants.get(name)
    if variants is None or value not in driver.options[name].allowed:
        return
    if variants.named is not None:
        _, unit, exponent, *step = channels[variants.named]
        channels[variants.named] = (value, unit, exponent, *step)
    if variants.stepped is not None:
        channels[variants.stepped] = (*channels[variants.stepped][:3], value)
    if isinstance(driver.options[name].allowed, Between):
        cases = [changed for start, changed in variants.cases if start <= value][-1:]
    else:
        cases = [changed for each, changed in variants.cases if each == value]
    for changed in cases:
        for index, channel in changed.items():
            channels[int(index)] = tuple(channel)
