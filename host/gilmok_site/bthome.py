"""Which object of BTHome v2 shows a channel, and how its steps become that object's.

Source: bthome.io/format, "Sensor data"; protocols/SPEC.md section 9.
"""

from dataclasses import dataclass

from .catalogue import Channel


@dataclass(frozen=True)
class Object:
    """An object of BTHome: its id and bytes, and what a step of it is worth.

    Units: a step is 10^`exponent` `unit` (UCUM).
    """

    number: int
    name: str
    size: int
    signed: bool
    unit: str
    exponent: int


OBJECTS = (
    Object(0x00, "packet", 1, False, "1", 0),
    Object(0x02, "temperature", 2, True, "Cel", -2),
    Object(0x03, "humidity", 2, False, "%", -2),
    Object(0x04, "pressure", 3, False, "Pa", 0),
    Object(0x0C, "voltage", 2, False, "V", -3),
    Object(0x0D, "pm2_5", 2, False, "ug/m3", 0),
    Object(0x0E, "pm10", 2, False, "ug/m3", 0),
    Object(0x12, "co2", 2, False, "[ppm]", 0),
    Object(0x3D, "count", 2, False, "1", 0),
    Object(0x40, "distance", 2, False, "m", -3),
    Object(0x43, "current", 2, False, "A", -3),
)
BY_NUMBER = {each.number: each for each in OBJECTS}

# What a channel's name begins with where its unit alone does not tell the object; the rest go by unit.
_NAMED = {"ug/m3": {"pm2_5": 0x0D, "pm10": 0x0E}}
_BY_UNIT = {"Cel": 0x02, "%": 0x03, "Pa": 0x04, "V": 0x0C, "[ppm]": 0x12, "m": 0x40, "A": 0x43}


def object_of(channel: Channel) -> Object | None:
    """Return the object that shows a channel, None where BTHome has none for it, or its range would not do."""
    name, unit, exponent, *step = channel
    if step or exponent < -6 or name == "altitude":
        return None
    named = [number for begin, number in _NAMED.get(unit, {}).items() if name.startswith(begin) and not name.endswith("_cf1")]
    number = named[0] if named else _BY_UNIT.get(unit)
    return None if number is None else BY_NUMBER[number]


def scale_of(channel: Channel) -> tuple[int, int]:
    """Return (multiplier, divisor) that make the object's steps of the channel's; `object_of` must know it."""
    found = object_of(channel)
    if found is None:
        raise ValueError(f"BTHome has no object for {channel[0]}")
    shift = channel[2] - found.exponent
    return (10**shift, 1) if shift >= 0 else (1, 10**-shift)
