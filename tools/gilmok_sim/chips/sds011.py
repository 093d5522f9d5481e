"""A virtual SDS011 particle sensor for MicroPython and CPython: reporting, asked, asleep or in cycles of minutes.

Source: Nova Fitness SDS011 data sheet V1.3; Laser Dust Sensor Control Protocol V1.3.
"""

from gilmok_sim.chips.talker import Talker


class VirtualSds011(Talker):
    """Measures `pm2_5` and `pm10` in µg/m³; `mode` and `minutes` are in its flash, which counts how often it is written."""

    PERIOD_MS = 1000
    WORK_MS = 30000
    ANSWER_MS = 20
    SPIN_MS = 10000  # until then it sees too little air
    ID = (0x58, 0xD9)

    def __init__(self, world, clock, seed=1):
        super().__init__(world, clock, self.PERIOD_MS, seed)
        self.mode = 0
        self.minutes = 0
        self.flash_writes = 0
        self.asleep = False
        self.awake_ms = 0  # how long its laser was on before it last went to sleep
        self._woken_ms = clock()
        self._report_ms = self.next_ms
        self._answers = []
        self._heard = b""

    def period(self, now_ms):
        return self.minutes * 60000 or self.PERIOD_MS

    def frame(self, now_ms):
        worked_ms = self.WORK_MS if self.minutes else now_ms - self._woken_ms
        spin = min(1, max(0, worked_ms) / self.SPIN_MS)
        words = [min(9999, max(0, int(self.world.value(name, now_ms) * spin * 10 + 0.5))) for name in ("pm2_5", "pm10")]
        return _sealed(0xC0, (words[0] & 255, words[0] >> 8, words[1] & 255, words[1] >> 8))

    def emit(self):
        if self._answers:
            data = self._answers.pop(0)
        else:
            data = super().emit()
            self._report_ms = self.next_ms
        self._plan(self.next_ms)
        return b"" if self.fault == "silence" else data

    def skip(self, now_ms):
        self._answers = []
        self._plan(now_ms)
        if self.next_ms is not None:
            super().skip(now_ms)
            self._report_ms = self.next_ms

    def receive(self, data):
        """Obey commands of 19 bytes."""
        self._heard += data
        while len(self._heard) >= 19:
            frame, self._heard = self._heard[:19], self._heard[19:]
            if frame[:2] == b"\xaa\xb4" and frame[18] == 0xAB and sum(frame[2:17]) & 255 == frame[17]:
                self._obey(frame[2], frame[3], frame[4])
            else:
                self._heard = (frame + self._heard)[1:]

    def _obey(self, code, write, value):
        now_ms = self.clock()
        if self.asleep and (code, write, value) != (6, 1, 1):
            return  # it hears nothing but its wake-up
        if code == 2:
            if write:
                self.mode = value
                self.flash_writes += 1
            self._answer(code, write, self.mode)
        elif code == 4:
            self._answers.append(self.frame(now_ms))
        elif code == 6:
            if write and value and self.asleep:
                self._woken_ms = now_ms
                self._report_ms = now_ms + self.PERIOD_MS
            if write and not value and not self.asleep:
                self.awake_ms = now_ms - self._woken_ms
            if write:
                self.asleep = not value
            self._answer(code, write, int(not self.asleep))
        elif code == 8:
            if write:
                self.minutes = value
                self.flash_writes += 1
                self._report_ms = now_ms + (self.WORK_MS if value else self.PERIOD_MS)
            self._answer(code, write, self.minutes)
        self._plan(now_ms)

    def _answer(self, code, write, value):
        self._answers.append(_sealed(0xC5, (code, write, value, 0)))

    def _plan(self, now_ms):
        """Decide when its next frame begins."""
        if self._answers:
            self.next_ms = now_ms + self.ANSWER_MS
        else:
            self.next_ms = None if self.asleep or self.mode else self._report_ms


def _sealed(kind, data):
    """Return a frame of ten bytes."""
    data = bytes(data) + bytes(VirtualSds011.ID)
    return bytes((0xAA, kind)) + data + bytes((sum(data) & 255, 0xAB))
