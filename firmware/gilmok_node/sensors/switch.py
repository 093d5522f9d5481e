"""A mechanical contact between a pin and ground, counted in the interrupt, without its bounces."""

from gilmok_wire.compat import const

_TICKS_MASK = const(0x3FFFFFFF)  # ticks_ms of a 32-bit MicroPython wraps at 2^30
_HELD_MS = const(500)  # the interpreter is held up for less: 400 ms by a sector erase at most, then a collection


class Switch:
    """Counts closings and openings. Edges less than `debounce_ms` after the edge before belong to the same bounce.

    A bounce that begins on an open contact is one closing, one that begins on a closed contact one opening. While the
    interpreter is held up, edges come together into one late call, of which two kinds must be told apart: a closure hidden
    in it as a whole, which counts, and the rest of the bounce before, which does not. The latter is another of the same
    kind, or ends as it began, within 0.5 s of the edge before.
    """

    def __init__(self, bus, debounce_ms):
        self._bus = bus
        self._debounce_ms = debounce_ms
        self._edge_ms = None
        self._before = False  # whether it was closed before this bounce
        self._pending = False  # this bounce may still count
        self._last = None  # `_before` of the last bounce that counted
        self.closed = False
        self.closings = 0
        self.openings = 0

    def begin(self):
        """Watch the pin from now on; counts go on."""
        self.closed = not self._bus.level()
        self._bus.on_edge(self._on_edge)

    def poll(self):
        """Let a bus that has no interrupts of its own catch up (a virtual one)."""
        self._bus.level()

    def _on_edge(self, ms):
        quiet_ms = _HELD_MS if self._edge_ms is None else (ms - self._edge_ms) & _TICKS_MASK
        self._edge_ms = ms
        if quiet_ms >= self._debounce_ms:
            self._before = self.closed
            self._pending = quiet_ms >= _HELD_MS or self._before is not self._last
        self.closed = not self._bus.level()
        if self._pending and (quiet_ms >= _HELD_MS or self.closed is not self._before):
            self._pending = False
            self._last = self._before
            if self._before:
                self.openings += 1
            else:
                self.closings += 1
