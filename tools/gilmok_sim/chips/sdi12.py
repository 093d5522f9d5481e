"""A virtual SDI-12 sensor for MicroPython and CPython, with the values that a site file describes.

Source: SDI-12 1.4, 4.4 (commands), 4.4.12 (CRC), 7.0 (timing).

Beside the FAULTS of all chips there are: late (every answer 700 ms late), other_address, half (the first half of an answer),
no_service (it measures, but does not call).
"""

from gilmok_sim.chips import Noise
from gilmok_sim.chips.anything import measured

ANSWER_MS = 9.0  # of 8.33 to 15
LATE_MS = 700
_ROOM = {"M": 35, "C": 75}  # characters of values an answer


def crc_of(text):
    """Return the three characters of 4.4.12.2, bit by bit."""
    crc = 0
    for byte in text:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return bytes((0x40 | crc >> 12, 0x40 | crc >> 6 & 0x3F, 0x40 | crc & 0x3F))


def text_of(number, decimals):
    """Return a value as a sensor writes it: its sign, its digits, a point where there are decimals."""
    digits = str(abs(number))
    if decimals > 0:
        digits = "0" * (decimals + 1 - len(digits)) + digits
        digits = digits[:-decimals] + "." + digits[-decimals:]
    return ("-" if number < 0 else "+") + digits


class VirtualSdi12:
    """Measures the channels of its configuration for `measure_s` seconds; None is `missing`."""

    def __init__(self, world, clock, seed=1):
        self.world = world
        self.clock = clock
        self.fault = None
        self.address = 0x30
        self.measure_s = 1
        self.early_ms = 0  # by so much it calls before its time is up
        self.missing = "-9999"
        self.commands = []
        self._noise = Noise(seed)
        self._channels = []
        self._awake = None  # (from, until) when a command may begin
        self._kind = "M"
        self._crc = False
        self._ready_ms = None  # None: nothing was measured, or it was aborted
        self._answers = []

    def configure(self, options):
        """Take the channels of the options."""
        self._channels = options["channels"]
        if options.get("missing"):
            self.missing = str(options["missing"][0])

    def heard_break(self, begin_ms, low_ms):
        """Wake up, and abort a measurement for which the line was held."""
        if low_ms < 6.5:
            return
        self._awake = (begin_ms + low_ms + 8.33, begin_ms + low_ms + 100)
        if self._kind == "M" and self._ready_ms is not None and begin_ms < self._ready_ms:
            self._ready_ms = None

    def hear(self, data, end_ms):
        """Answer a command that came in time after a break."""
        begin_ms = end_ms - len(data) * 10 / 1.2
        if self.fault == "silence" or self._awake is None or not self._awake[0] <= begin_ms <= self._awake[1]:
            return []
        if data[0] != self.address or data[-1:] != b"!":
            return []
        command = data[1:-1].decode()
        self.commands.append(command)
        answer, call_ms = self._answer(command, end_ms)
        if answer is None:
            return []
        coming = [(end_ms + (LATE_MS if self.fault == "late" else ANSWER_MS), self._damage(answer))]
        if call_ms is not None and self.fault != "no_service":
            coming.append((call_ms, bytes((self.address,)) + b"\r\n"))
        return coming

    def _answer(self, command, now_ms):
        """Return the answer, or None, and when it will call, or None."""
        me = bytes((self.address,))
        if command == "":
            return me + b"\r\n", None
        if command == "I":
            return me + b"14GILMOK  VIRTUA001\r\n", None
        if command[0] in "MC" and all([letter in "C123456789" for letter in command[1:]]):
            self._kind = command[0]
            self._crc = command[1:2] == "C"
            self._measured(now_ms)
            self._ready_ms = now_ms + ANSWER_MS + self.measure_s * 1000 - self.early_ms
            count = len(self._channels)
            if self._kind == "C":
                return me + b"%03d%02d\r\n" % (self.measure_s, count), None
            return me + b"%03d%d\r\n" % (self.measure_s, count), self._ready_ms if self.measure_s else None
        if command[0] == "D" and command[1:] in "0123456789":
            return self._data(int(command[1:]), now_ms), None
        return None, None

    def _measured(self, now_ms):
        if self.fault == "stuck" and self._answers:
            return
        self._answers = [""]
        for name, _, exponent in self._channels:
            value = measured(self.world, name, now_ms)
            text = self.missing if value is None else text_of(int(round(value / 10**exponent)), -exponent)
            if value is not None and exponent > 0:
                text = text_of(int(round(value)), 0)
            if len(self._answers[-1]) + len(text) > _ROOM[self._kind]:
                self._answers.append("")
            self._answers[-1] += text

    def _data(self, number, now_ms):
        answer = bytes((self.address,))
        if self._ready_ms is not None and now_ms < self._ready_ms:
            self._ready_ms = None  # a command before its time aborts a concurrent measurement
        if self._ready_ms is not None and number < len(self._answers):
            answer += self._answers[number].encode()
        if self._crc:
            answer += crc_of(answer)
        return answer + b"\r\n"

    def _damage(self, answer):
        answer = bytearray(answer)
        if self.fault == "noise":
            for i in range(len(answer)):
                answer[i] = self._noise.bits() & 0x7F
        elif self.fault == "bad_checksum":
            answer[len(answer) - 4] ^= 1
        elif self.fault == "other_address":
            answer[0] ^= 1
        elif self.fault == "half":
            answer = answer[: len(answer) // 2]
        return bytes(answer)
