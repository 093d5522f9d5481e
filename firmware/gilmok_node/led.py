"""The status LED: what a node tells whoever stands below it, without a cable. docs/led.md is made from the table below."""

from gilmok_wire.compat import const

STEADY = const(0)
LONG = const(-1)
FAST = const(-2)

# code: how many short blinks in a group, or one of the three above. The first whose condition holds is shown.
CODES = (
    ("booting", STEADY),
    ("alarm", FAST),
    ("maintenance", LONG),
    ("cannot_run", 5),
    ("log_fault", 4),
    ("sensor_fault", 3),
    ("unanswered", 2),
    ("synchronised", 1),
)

PERIOD_MS = const(4000)  # of a group: five blinks take half of it, so that the pause tells where to begin counting
BLINK_MS = const(400)
ON_MS = const(150)  # the eye takes shorter ones for a flicker in daylight
_FAST_MS = const(100)
_LONG_MS = const(1000)


def level(blinks, now_ms):
    """Return 1 where the LED of a code with so many `blinks` is lit at `now_ms`, and the uptime at which that changes."""
    if blinks == STEADY:
        return 1, now_ms + PERIOD_MS
    if blinks < 0:
        half_ms = _FAST_MS if blinks == FAST else _LONG_MS
        return now_ms // half_ms & 1, now_ms - now_ms % half_ms + half_ms
    at = now_ms % PERIOD_MS
    blink, inside = at // BLINK_MS, at % BLINK_MS
    if blink < blinks and inside < ON_MS:
        return 1, now_ms - inside + ON_MS
    return 0, now_ms + (BLINK_MS - inside if blink + 1 < blinks else PERIOD_MS - at)


def code_of(node, led):
    """Return the code of what a Node, a Gateway, or the Rescue in their place, is doing."""
    if hasattr(node, "led_code"):
        return node.led_code  # a gateway knows by itself
    if led.alarm:
        return "alarm"
    if not hasattr(node, "log"):
        return "cannot_run"
    if led.maintenance or not node.measuring:
        return "maintenance"
    if node.log_faults:
        return "log_fault"
    if any([sampler.error is not None for sampler in node.samplers]):
        return "sensor_fault"
    return "synchronised" if node.session.phase != "greet" else "unanswered"


class Led:
    """One LED: `pin` is called with the level of the line, `active` is the one that lights it. It is lit from the start: booting.

    `alarm` and `maintenance` are set by who knows of them.
    """

    def __init__(self, pin, active):
        self.alarm = self.maintenance = False
        self._pin = pin
        self._active = active
        self._set(1)

    def poll(self, node, now_ms):
        """Show what the node is doing; return the uptime at which to be called again."""
        code = code_of(node, self)
        for name, blinks in CODES:
            if name == code:
                lit, at = level(blinks, now_ms)
                self._set(lit)
                return at

    def _set(self, lit):
        self._pin(self._active if lit else 1 - self._active)
