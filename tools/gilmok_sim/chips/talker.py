"""Virtual UART chips for MicroPython and CPython that send frames by themselves: their pace and their faults."""

from gilmok_sim.chips import Noise


class Talker:
    """Base of the UART chips; a subclass gives frame() and period()."""

    def __init__(self, world, clock, first_ms, seed=1):
        self.world = world
        self.clock = clock
        self.fault = None
        self.next_ms = clock() + first_ms
        self._noise = Noise(seed)
        self._last = None

    def emit(self):
        """Return the bytes of the frame that begins now, at `next_ms`."""
        now_ms = self.next_ms
        if self.fault == "silence":
            self.skip(self.clock())
            return b""
        if self.fault != "stuck" or self._last is None:
            self._last = self.frame(now_ms)
        self.next_ms = now_ms + self.period(now_ms)
        data = bytearray(self._last)
        if self.fault == "noise":
            self._noise.fill(data)
        elif self.fault == "bad_checksum":
            data[-1] ^= 0x55
        return bytes(data)

    def skip(self, now_ms):
        """Pass over the frames that begin until `now_ms`."""
        period_ms = self.period(now_ms)
        if self.next_ms <= now_ms:
            self.next_ms += ((now_ms - self.next_ms) // period_ms + 1) * period_ms

    def receive(self, data):
        """Hear bytes from the node: most chips ignore them."""

    def frame(self, now_ms):
        """Return the bytes of the frame that begins now."""
        raise NotImplementedError

    def period(self, now_ms):
        """Return the ms from this frame to the next."""
        raise NotImplementedError
