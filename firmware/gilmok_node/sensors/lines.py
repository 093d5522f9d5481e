"""Buses on which several instruments share one UART and only one may be asked at a time: RS-485 here, SDI-12 beside it."""

from gilmok_wire.compat import const

_POLL_MS = const(10)  # who waits for the line looks again after so long at most
_CHUNK_BYTES = const(32)
_CHUNKS = const(16)  # twice what a UART buffers

# CRC-16 of polynomial 0x8005, reflected, by nibbles: Modbus begins with 0xFFFF, SDI-12 with 0.
_CRC_LOW = (0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401)
_CRC_HIGH = (0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400)
_CRC = _CRC_LOW + _CRC_HIGH


def crc16(data, start, end, crc):
    """Return the CRC-16 of data[start:end], continued from `crc`."""
    table = _CRC
    for i in range(start, end):
        byte = data[i]
        crc = crc >> 4 ^ table[(crc ^ byte) & 15]
        crc = crc >> 4 ^ table[(crc ^ byte >> 4) & 15]
    return crc


def line_settings(options):
    """Return (baud, parity, direction pin or -1) of the line that the options of a sensor ask for."""
    return (options.get("baud", 9600), options.get("parity", "none"), options.get("de", -1))


class Line:
    """A UART whose line is shared: who has claimed it, and how long it must be quiet between two transactions.

    `direction`, where there is one, is called with 1 to drive the line and with 0 to listen.
    """

    def __init__(self, uart, settings, direction, char_us, quiet_ms):
        self._uart = uart
        self._settings = settings
        self._direction = direction
        self._char_us = char_us
        self._quiet_ms = quiet_ms
        self._owner = None
        self._until_ms = 0  # when the claim expires: an owner that failed may not come back for a minute
        self._free_ms = 0
        self._chunk = bytearray(_CHUNK_BYTES)

    def port(self, address, options):
        """Return what the driver of the instrument at `address` gets as its bus.

        Raises: ValueError where its options ask for another line than this.
        """
        if line_settings(options) != self._settings:
            raise ValueError("instruments on one line need the same baud, parity and de, not {}".format(line_settings(options)))
        return LinePort(self, address)

    def claim(self, owner, now_ms, for_ms):
        """Return 0 if `owner` has the line now, and for `for_ms` unless it releases it; otherwise the ms after which to ask again."""
        if self._owner is not None and self._owner is not owner and now_ms < self._until_ms:
            return min(self._until_ms - now_ms, _POLL_MS)
        if now_ms < self._free_ms:
            return self._free_ms - now_ms
        self._owner = owner
        self._until_ms = now_ms + for_ms
        return 0

    def release(self, owner, now_ms):
        """Let others have the line, after the silence that ends a transaction; nothing where `owner` has it not."""
        if self._owner is owner:
            self._owner = None
            self._free_ms = now_ms + self._quiet_ms

    def duration_ms(self, count):
        """Return the ms that `count` characters take, rounded up."""
        return (count * self._char_us + 999) // 1000

    def drop(self):
        """Forget what has been received."""
        for _ in range(_CHUNKS):
            if not self._uart.readinto(self._chunk):
                return

    def readinto(self, buffer):
        """Fill `buffer` with what was received; return how many bytes came, or None."""
        return self._uart.readinto(buffer)


class Rs485(Line):
    """An RS-485 line. Where a pin turns its direction, send() blocks until the last bit is out: 9 ms for 8 bytes at 9600 baud.

    A slave may answer 3.5 characters later, 4 ms, and the loop cannot promise to be back in time to listen. A transceiver
    that turns by itself needs no pin, and then nothing blocks.
    """

    def __init__(self, uart, settings, direction=None):
        baud = settings[0]
        # MODBUS over Serial Line V1.02, 2.5.1.1: 11 bits a character; 3.5 of them of silence, above 19200 baud 1.75 ms.
        # A millisecond more, since a tick may just end.
        char_us = 11000000 // baud
        Line.__init__(self, uart, settings, direction, char_us, (max(char_us * 7 // 2, 1750) + 999) // 1000 + 1)

    def send(self, data):
        """Forget what has been received, then send."""
        self.drop()
        if self._direction is None:
            self._uart.write(data)
            return
        self._direction(1)
        try:
            self._uart.write(data)
            self._uart.flush()
        finally:
            self._direction(0)


class LinePort:
    """The bus "rs485" or "sdi12" as a driver gets it: the line, and the address of its instrument there."""

    def __init__(self, line, address):
        self.line = line
        self.address = address

    def claim(self, now_ms, for_ms):
        """Ask for the line; returns 0, or the ms after which to ask again."""
        return self.line.claim(self, now_ms, for_ms)

    def release(self, now_ms):
        """Let others have the line."""
        self.line.release(self, now_ms)
