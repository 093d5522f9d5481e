"""A dry contact to ground: door, float, smoke detector, pump relay, limit switch. It sees its state and counts its changes.

A cut cable looks like an open contact: what must not go unseen is wired normally closed, with `invert` = 1.
"""

from gilmok_node.sensors.base import option
from gilmok_node.sensors.between import Between
from gilmok_node.sensors.names import Name
from gilmok_node.sensors.switch import Switch


class Contact:
    """Whether the contact is closed (open, with `invert`), and how often that changed since the last reading."""

    NAME = "contact"
    BUS = "pin"
    CHANNELS = (("closed", "1", 0), ("changes", "1", 0))
    OPTIONS = {
        "channel": ("closed", Name("changes")),
        "invert": (0, (0, 1)),
        # Small switches bounce for some milliseconds, relays for up to twenty (secondary).
        "debounce_ms": (20, Between(1, 500)),
    }
    WARMUP_MS = 0
    SERVICE_MS = 0

    def __init__(self, bus, options):
        self.CHANNELS = ((option(self, options, "channel"), "1", 0), ("changes", "1", 0))
        self._invert = option(self, options, "invert")
        self._switch = Switch(bus, option(self, options, "debounce_ms"))
        self._told = 0

    def begin(self, now_ms):
        """Watch the pin; the next reading may follow at once."""
        self._switch.begin()
        return 0

    def start(self, now_ms):
        """Nothing to start: the contact is watched all the time."""
        return 0

    def read(self, now_ms):
        """Return the state after the last edge, and the changes since the reading before."""
        switch = self._switch
        switch.poll()
        changes = switch.closings + switch.openings
        since, self._told = changes - self._told, changes
        return (int(switch.closed) ^ self._invert, since)
