"""Virtual pins and lines for MicroPython and CPython, with the methods of gilmok_node.sensors.pins and lines.

As in bus.py a bus has a fault of its own in `fault`: None, or "stuck", when something holds the line.
"""


class VirtualPin:
    """An input pin on a chip that has `next_ms` (when its level changes next, or None) and step() → the new level.

    The present catches up whenever the pin is looked at; handlers are told the time of each edge. `hold(until_ms)` keeps
    the interpreter from running handlers, as a sector erase does: edges until then come together into one late call.
    """

    def __init__(self, chip, clock):
        self._chip = chip
        self._clock = clock
        self._level = chip.level
        self._handler = None
        self._running = False
        self._held_ms = None
        self._pending = False
        self.fault = None

    def level(self):
        """Return 0 or 1."""
        if not self._running:
            self._running = True
            try:
                self._catch_up(self._clock())
            finally:
                self._running = False
        return 0 if self.fault == "stuck" else self._level

    def on_edge(self, handler):
        """Call handler(ms) after every edge."""
        self.level()
        self._handler = handler

    def hold(self, until_ms):
        """Run no handler before `until_ms`."""
        self.level()
        self._held_ms = until_ms

    def _catch_up(self, now_ms):
        chip = self._chip
        while True:
            at_ms = chip.next_ms
            if at_ms is None or at_ms > now_ms:
                break
            self._let_go(at_ms)
            level = chip.step()
            if level == self._level:
                continue
            self._level = level
            if self._held_ms is not None:
                self._pending = True
            else:
                self._tell(at_ms)
        self._let_go(now_ms)

    def _let_go(self, now_ms):
        held_ms = self._held_ms
        if held_ms is not None and now_ms >= held_ms:
            self._held_ms = None
            if self._pending:
                self._pending = False
                self._tell(held_ms)

    def _tell(self, ms):
        if self._handler is not None and self.fault != "stuck":
            self._handler(int(ms))


def _attach_pin(buses, sensor, chip, clock):
    return VirtualPin(chip, clock)


ATTACH = {"pin": _attach_pin}  # (buses by (kind, number), sensor, chip, clock) → the bus its driver gets
