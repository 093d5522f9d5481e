"""Base of the virtual Sensirion chips on I²C, for MicroPython and CPython: commands, waits, and words with their CRC.

Source: the CRC of the SCD4x data sheet, §3.11, one bit at a time.
"""

from gilmok_sim.bus import ENODEV
from gilmok_sim.chips import Noise

_HEARD = 32


def crc(data):
    """Return the CRC-8 of bytes: polynomial 0x31, initial value 0xFF."""
    value = 0xFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value << 1 ^ 0x31 if value & 0x80 else value << 1) & 0xFF
    return value


def pack(words):
    """Return 16-bit words, high byte first, each with its CRC."""
    data = bytearray()
    for word in words:
        data += bytes((word >> 8, word & 255))
        data.append(crc(data[-2:]))
    return bytes(data)


class SensirionChip:
    """A subclass gives obey(code, words), which may call reply(words, after_ms) and rest(ms).

    It acknowledges nothing while it is busy, and no read before it has an answer; an answer can be fetched once.
    """

    CODE_BYTES = 2
    keeps = _HEARD  # of what it heard, for tests; in a node's process the node needs the room

    def __init__(self, world, clock, seed=1):
        self.world = world
        self.clock = clock
        self.fault = None
        self.noise = Noise(seed)
        self.heard = []  # (code, words) of the last commands obeyed
        self._busy_ms = clock()
        self._reply = None
        self._frozen = {}

    def command(self, data):
        """Take one I²C write."""
        if self.fault == "silence" or self.clock() < self._busy_ms:
            raise OSError(ENODEV)
        code = 0
        for byte in data[: self.CODE_BYTES]:
            code = code << 8 | byte
        words = []
        for at in range(self.CODE_BYTES, len(data), 3):
            if crc(data[at : at + 2]) != data[at + 2]:
                raise OSError(ENODEV)  # it does not acknowledge a word whose CRC is wrong
            words.append(data[at] << 8 | data[at + 1])
        self._reply = None
        self.heard.append((code, words))
        del self.heard[: -self.keeps]
        self.obey(code, words)

    def answer(self, buffer):
        """Answer one I²C read."""
        if self.fault == "silence" or self.clock() < self._busy_ms or self._reply is None:
            raise OSError(ENODEV)
        data, self._reply = bytearray(self._reply), None
        if self.fault == "bad_checksum":
            data[2] ^= 0x55
        for i in range(len(buffer)):
            buffer[i] = data[i] if i < len(data) else 0xFF
        if self.fault == "noise":
            self.noise.fill(buffer)

    def rest(self, ms):
        """Acknowledge nothing for so long."""
        self._busy_ms = self.clock() + ms

    def reply(self, words, after_ms):
        """Have these words ready after so long."""
        self.rest(after_ms)
        self._reply = pack(words)

    def measured(self, channel, low, high, scale, at_ms=None):
        """Return a channel as a word: what lies between `low` and `high`, as a share of `scale`."""
        return int(min(max((self.value(channel, at_ms) - low) / (high - low), 0), 1) * scale + 0.5)

    def value(self, channel, at_ms=None):
        """Return what there was to measure at a time, or now; a chip that is stuck repeats what there was before."""
        if self.fault != "stuck" or channel not in self._frozen:
            self._frozen[channel] = self.world.value(channel, self.clock() if at_ms is None else at_ms)
        return self._frozen[channel]

    def obey(self, code, words):
        """Do what a command says."""
        raise NotImplementedError
