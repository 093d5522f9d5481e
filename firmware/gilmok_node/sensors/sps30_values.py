"""What the SPS30 measures, over whichever bus: its channels, its values, its status, and when it is late.

Source: Sensirion SPS30 data sheet, version 1.0 (2020): §1.1 (specifications), §4.2 (fan cleaning), §4.3 (output formats),
§4.4 (status register).
"""

import struct

from gilmok_wire.compat import const

from gilmok_node.sensors.base import Garbled, NotReady, Stuck

PRODUCT = b"00080000"  # §5.3.8 and §6.3.9: product type of every SPS30

# §4.3, table 4, in the order of the words. Mass in 0.1 µg/m³ as Sensirion's own tools print it; its precision is ±5 µg/m³.
# A count is of all particles between 0.3 µm and the diameter in its name.
CHANNELS = (
    ("pm1", "ug/m3", -1),
    ("pm2_5", "ug/m3", -1),
    ("pm4", "ug/m3", -1),
    ("pm10", "ug/m3", -1),
    ("nc0_5", "/cm3", -1),
    ("nc1", "/cm3", -1),
    ("nc2_5", "/cm3", -1),
    ("nc4", "/cm3", -1),
    ("nc10", "/cm3", -1),
    ("typical_size", "um", -2),
)
MISSING = (None,) * 10

# Integers a unit, and the highest value within range: 1000 µg/m³, 3000 /cm³ (§1.1, table 1), 10 µm.
_SCALES = ((10, 1000),) * 4 + ((10, 3000),) * 5 + ((100, 10),)

STARTUP_MS = const(30_000)  # table 1, start-up time in the cleanest air it is specified for; 8 s in dusty air (secondary)

_INTERVAL_MS = const(1100)  # table 1: sampling interval 1 ± 0.04 s
_POLL_MS = const(100)
_CLEANING_MS = const(15_000)  # §4.2: each week the fan blows for 10 s, and no new values come (secondary)

# §4.4, table 5: bits of the status register.
_SPEED = const(1 << 21)  # the fan is too slow or too fast; cleared when it has its speed again
_LASER = const(1 << 5)  # the laser's current is out of range
_FAN = const(1 << 4)  # the fan is on and stands still


def decode(data):
    """Return the channels of ten big-endian floats; what is out of range, or no number, is missing."""
    values = []
    for value, (scale, highest) in zip(struct.unpack(">10f", data), _SCALES):
        values.append(int(value * scale + 0.5) if 0 <= value <= highest else None)
    return tuple(values)


def is_doubtful(status):
    """Tell whether values must not be trusted now, because the fan is about to change its speed.

    Raises: Stuck where the fan or the laser has failed.
    """
    if status & _FAN:
        raise Stuck("the fan of the SPS30 stands still", status)
    if status & _LASER:
        raise Stuck("the laser of the SPS30 has failed", status)
    return bool(status & _SPEED)


class Freshness:
    """Tells a value that is about to come from one that stays away."""

    def __init__(self):
        self.came(0)

    def came(self, now_ms):
        """A value came, or measuring began."""
        self._fresh_ms = now_ms
        self._late_ms = None

    def missing(self, now_ms):
        """Return missing values: the fan is being cleaned.

        Raises: NotReady where a value is about to come; Garbled where it should have come long ago (a brown-out).
        """
        if now_ms - self._fresh_ms < _INTERVAL_MS:
            raise NotReady("no new value yet", _POLL_MS)
        if self._late_ms is None:
            self._late_ms = now_ms
        late_ms = now_ms - self._late_ms
        if late_ms > _CLEANING_MS:
            raise Garbled("the SPS30 stopped measuring", late_ms)
        return MISSING
