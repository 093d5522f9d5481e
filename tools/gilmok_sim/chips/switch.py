"""Virtual mechanical contacts for MicroPython and CPython: what closes and opens them, and how they bounce."""

from gilmok_sim.chips import Noise

BOUNCE_MS = 3  # for so long after a change the contact chatters


class Switch:
    """Base of the contacts to ground: open is 1, for a pull-up holds the pin; a subclass overrides advance().

    `level` is that of the pin, `next_ms` when it changes next, None where that is not known yet; edges are planned by
    plan_closed() and plan_open(), each at the end of all that is planned.
    """

    def __init__(self, world, clock, seed=1):
        self.world = world
        self.clock = clock
        self.fault = None
        self.level = 1
        self.noise = Noise(seed)
        self._edges = []  # (ms, level), ascending
        self._closed = False
        self._noisy_ms = clock()

    def configure(self, options):
        """Take what the options of the sensor say of it."""

    @property
    def next_ms(self):
        """Return when the level changes next."""
        now_ms = self.clock()
        self.advance(now_ms)
        if self.fault == "noise" or self.fault == "bad_checksum":
            while self._noisy_ms <= now_ms:
                self._noisy_ms += 1 + self.noise.bits() % 40
                self._edges.append((self._noisy_ms, self.noise.bits() & 1))
        else:
            self._noisy_ms = now_ms
        return self._edges[0][0] if self._edges else None

    def step(self):
        """Go to the next edge; return the level after it."""
        level = self._edges.pop(0)[1]
        if self.fault == "silence":
            level = 1  # the cable is cut
        elif self.fault == "stuck":
            level = self.level
        self.level = level
        return level

    def advance(self, now_ms):
        """Plan what happens until `now_ms`."""

    def plan(self, closed, at_ms, bounce=True):
        """Close or open the contact at `at_ms`, with a chatter of some edges."""
        level = 0 if closed else 1
        self._closed = closed
        self._edges.append((at_ms, level))
        if not bounce:
            return
        for _ in range(self.noise.bits() % 4):
            for each in (1 - level, level):
                at_ms += (self.noise.bits() % 1000) * BOUNCE_MS / 8000
                self._edges.append((at_ms, each))
