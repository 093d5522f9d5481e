"""What there is to measure where a world has never heard of a channel: any name may stand in a site file.

It is here and not in world.py because only these few chips need it, and a simulated node has no heap to spare.
"""

from math import sin

_HOUR_MS = 3_600_000


def measured(world, channel, now_ms):
    """Return the value of `channel` in its own unit: of the world if it knows, else by its rain, else a slow wave about ten."""
    try:
        return world.value(channel, now_ms)
    except (AttributeError, KeyError):
        pass
    if channel == "rain_rate":
        return 40 * world.value("rain", now_ms)  # mm/h
    if channel == "closed":
        return world.value("rain", now_ms) > 0.5  # a float switch
    return 10 + 2 * sin(now_ms / _HOUR_MS)
