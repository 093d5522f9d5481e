"""A virtual Modbus RTU slave for MicroPython and CPython, with the registers that a site file describes.

Source: MODBUS Application Protocol V1.1b3, 6.3, 6.4, 7; MODBUS over Serial Line V1.02, 2.5.1, 6.2.2.

Beside the FAULTS of all chips there are: late (an answer after LATE_MS), other_address (as of another slave), half (the first
half of a frame), exception (it is busy).
"""

from gilmok_sim.chips import Noise
from gilmok_sim.chips.anything import measured

DELAY_MS = 12
LATE_MS = 700
_WORDS = {"u16": 1, "i16": 1, "u32": 2, "i32": 2}


def crc_of(data):
    """Return the CRC of 6.2.2, bit by bit, low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return bytes((crc & 255, crc >> 8))


class VirtualModbus:
    """Measures the channels of its configuration; None is a value that is missing. `registers` may be set beside them."""

    def __init__(self, world, clock, seed=1):
        self.world = world
        self.clock = clock
        self.fault = None
        self.address = 1
        self.registers = {}  # number → 16 bits, or a function of the time that returns them
        self.function = 3
        self.asked = 0
        self._noise = Noise(seed)
        self._held = {}

    def configure(self, options):
        """Make the registers that the options of the sensor describe."""
        self.function = options.get("function", 3)
        swapped = options.get("low_word_first", 0)
        missing = list(options.get("missing", ()))
        for item in options["channels"]:
            words = _WORDS[item[4]]
            for place in range(words):
                shift = 16 * (place if swapped else words - 1 - place)
                self.registers[item[3] + place] = self._cell(item, shift, words, missing)

    def hear(self, data, end_ms):
        """Answer a request for this slave."""
        if self.fault == "silence" or len(data) != 8 or data[0] != self.address or crc_of(data[:6]) != data[6:]:
            return []
        self.asked += 1
        answer = bytearray((self.address,)) + self._answer(data[1], data[2] << 8 | data[3], data[4] << 8 | data[5], end_ms)
        if self.fault == "other_address":
            answer[0] ^= 3
        answer += crc_of(answer)
        if self.fault == "noise":
            self._noise.fill(answer)
        elif self.fault == "bad_checksum":
            answer[-1] ^= 0x55
        elif self.fault == "half":
            answer = answer[: len(answer) // 2]
        return [(end_ms + (LATE_MS if self.fault == "late" else DELAY_MS), bytes(answer))]

    def _answer(self, function, first, count, now_ms):
        if self.fault == "exception":
            return bytes((function | 0x80, 6))
        if function != self.function:
            return bytes((function | 0x80, 1))
        if not 1 <= count <= 125:
            return bytes((function | 0x80, 3))
        answer = bytearray((function, 2 * count))
        for number in range(first, first + count):
            if number not in self.registers:
                return bytes((function | 0x80, 2))
            cell = self.registers[number]
            value = cell(now_ms) if callable(cell) else cell
            if self.fault == "stuck":
                value = self._held.get(number, value)
            self._held[number] = value
            answer += bytes((value >> 8, value & 255))
        return answer

    def _cell(self, item, shift, words, missing):
        def value(now_ms):
            real = measured(self.world, item[0], now_ms)
            if real is None:
                raw = [mark for mark in missing if (mark > 0xFFFF) == (words == 2)][0]
            else:
                raw = int(round(real / 10 ** item[2] / (item[5] if len(item) > 5 else 1)))
            return raw >> shift & 0xFFFF

        return value
