"""A virtual dry contact for MicroPython and CPython: a mechanism looks at what is to be switched ten times a second."""

from gilmok_sim.chips.anything import measured
from gilmok_sim.chips.switch import Switch

STEP_MS = 100


class VirtualContact(Switch):
    """Follows `closed`: true while the contact is closed."""

    def __init__(self, world, clock, seed=1):
        super().__init__(world, clock, seed)
        self._at_ms = clock()
        if measured(world, "closed", self._at_ms):
            self.level = 0
            self._closed = True

    def advance(self, now_ms):
        while self._at_ms + STEP_MS <= now_ms:
            self._at_ms += STEP_MS
            closed = bool(measured(self.world, "closed", self._at_ms))
            if closed != self._closed:
                self.plan(closed, self._at_ms)
