"""A virtual PMS5003 particle sensor for MicroPython and CPython: active, passive and asleep, in 32-byte frames.

Source: Plantower PMS5003 series data manual V2.3, "Output result", appendix I and II.
"""

import struct

from gilmok_sim.chips.talker import Talker

# Particles beyond 0.3, 0.5, 1, 2.5, 5 and 10 µm in 0.1 L for each µg/m³ of PM2.5, and for each of PM10 beyond PM2.5:
# plausible, no more.
_FINE = (180, 52, 8, 1, 0, 0)
_COARSE = (4, 3, 2, 1.5, 0.5, 0.1)


class VirtualPms5003(Talker):
    """Measures `pm1`, `pm2_5` and `pm10` in µg/m³, as under atmospheric conditions."""

    START_MS = 1000
    STABLE_MS = 2300  # "Output result": the interval in still air …
    FAST_MS = 800  # … and, of 200–800 ms, when the concentration changes
    SETTLE_MS = 30000  # the fan's way to full speed

    def __init__(self, world, clock, seed=1):
        super().__init__(world, clock, self.START_MS, seed)
        self._awake_ms = clock()
        self._asleep = self._passive = False
        self._answer = None
        self._heard = b""
        self._before = 0
        self._interval_ms = self.FAST_MS

    def period(self, now_ms):
        return self._interval_ms

    def frame(self, now_ms):
        spin = min(1, max(0, now_ms - self._awake_ms) / self.SETTLE_MS)  # too little air reads as too clean
        pm1, pm2_5, pm10 = [max(0, self.world.value(name, now_ms)) * spin for name in ("pm1", "pm2_5", "pm10")]
        changed = abs(pm2_5 - self._before) > 2 + self._before / 10
        self._before = pm2_5
        self._interval_ms = self.FAST_MS if changed else self.STABLE_MS
        values = [_factory(v) for v in (pm1, pm2_5, pm10)] + [pm1, pm2_5, pm10]
        values += [fine * pm2_5 + coarse * max(0, pm10 - pm2_5) for fine, coarse in zip(_FINE, _COARSE)]
        words = [min(0xFFFF, int(v + 0.5)) for v in values]
        return _sealed(struct.pack(">HH12HH", 0x424D, 28, *words, 0x9700))  # 0x97: version, 0: no error

    def emit(self):
        if self._answer is None:
            return super().emit()
        answer, self._answer = self._answer, None
        self.next_ms = None if self._passive else self.next_ms + self.FAST_MS
        return b"" if self.fault == "silence" else answer

    def receive(self, data):
        """Obey commands (42 4D, command, two data bytes, sum): E1 passive or active, E2 read once, E4 sleep or wake."""
        self._heard += data
        while len(self._heard) >= 7:
            command, self._heard = self._heard[:7], self._heard[7:]
            if command == _sealed(command[:5]) and command[:2] == b"BM":
                self._obey(command[2], command[4])
            else:
                self._heard = (command + self._heard)[1:]

    def _obey(self, command, value):
        now_ms = self.clock()
        if command == 0xE4:
            if self._asleep:
                self._awake_ms = now_ms
            self._asleep = not value
            self._passive = False  # after waking it is active again
            self.next_ms = None if self._asleep else now_ms + self.START_MS
        elif self._asleep:
            pass  # it hears nothing but its wake-up
        elif command == 0xE2 and self._passive:
            self._answer = self.frame(now_ms)
            self.next_ms = now_ms
        elif command == 0xE1:
            self._passive = not value
            self._answer = _sealed(bytes((0x42, 0x4D, 0, 4, 0xE1, value)))
            self.next_ms = now_ms


def _factory(value):
    """Return the CF=1 value of an atmospheric one: the same up to 30 µg/m³, then about half as much again."""
    return value if value <= 30 else 30 + (value - 30) * 1.5


def _sealed(data):
    """Return a frame with its sum of all bytes behind it."""
    return data + struct.pack(">H", sum(data))
