"""What hangs on the outputs of a node, for MicroPython and CPython: sirens, barriers with limit switches, people in the way."""

CONFIRMS_1, CONFIRMS_0, PRESENCE, EXIT, ON_SITE = range(5)


class Actuator:
    """Something at an output that takes `travel_ms` from one state to the other.

    `spec` is the output as node_config.cddl has it. `pressed` are the roles of inputs that people or things hold; `jammed` says that it
    does not move any more. `changes` lists (ms, state commanded), the newest last.
    """

    def __init__(self, spec, clock, travel_ms=0):
        self.id, self.pin, self._active, self._fail_safe, _, self.inputs, _ = spec
        self.travel_ms = travel_ms
        self.pressed = set()
        self.jammed = False
        self.changes = []
        self._clock = clock
        self._commanded = self._fail_safe
        self._position = float(self._fail_safe)
        self._at_ms = clock()

    def drive(self, level):
        """Take the level of the pin."""
        self._move()
        state = 1 if level == self._active else 0
        if state != self._commanded:
            self._commanded = state
            self.changes.append((self._clock(), state))

    def release(self):
        """Lose power: springs and gravity bring it to its fail-safe state."""
        self.drive(self._active if self._fail_safe else 1 - self._active)

    @property
    def commanded(self):
        """The state that the pin asks for."""
        return self._commanded

    @property
    def state(self):
        """The state it is in, None between the two."""
        self._move()
        return int(self._position) if self._position in (0.0, 1.0) else None

    def level(self, role, level):
        """Return the level of an input whose active one is `level`."""
        state = self.state
        active = role in self.pressed
        if role in (CONFIRMS_1, CONFIRMS_0):
            active = state == 1 - role
        return level if active else 1 - level

    def _move(self):
        now_ms = self._clock()
        step = (now_ms - self._at_ms) / self.travel_ms if self.travel_ms else 1.0
        self._at_ms = now_ms
        if not self.jammed:
            if self._commanded:
                self._position = min(1.0, self._position + step)
            else:
                self._position = max(0.0, self._position - step)
