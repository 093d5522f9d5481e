"""What Sensirion's I²C sensors share: commands, and words of 16 bits with a CRC behind each.

Source: Sensirion SCD4x data sheet 1.3 (2022), §3.2 and §3.11; SHT4x data sheet 6 (2023), §4.4: the same CRC.
"""

from gilmok_node.sensors.base import Garbled, bus_error

# CRC-8 with polynomial 0x31, four bits at a time: _CRC[i] is the CRC register's change when i is shifted out of its top.
_CRC = b"\x00\x31\x62\x53\xc4\xf5\xa6\x97\xb9\x88\xdb\xea\x7d\x4c\x1f\x2e"


def crc8(data, start, end):
    """Return the CRC of data[start:end]: initial value 0xFF, nothing reflected, no final XOR (0xBEEF → 0x92)."""
    crc = 0xFF
    for i in range(start, end):
        crc ^= data[i]
        crc = (crc << 4) & 0xFF ^ _CRC[crc >> 4]
        crc = (crc << 4) & 0xFF ^ _CRC[crc >> 4]
    return crc


def hundredths_celsius(ticks):
    """Return −45 °C + 175 °C × ticks / 65535 in 0.01 °C; both divided by five, so that a small int suffices."""
    return (3500 * ticks + 6553) // 13107 - 4500


class WordSensor:
    """Base of the drivers: `send` and `receive` move words; an answer stays in `words` until the next."""

    NAME = ""
    BUS = "i2c"
    SERVICE_MS = 0

    def __init__(self, bus, address, longest):
        self._bus = bus
        self._address = address
        self._answer = memoryview(bytearray(3 * longest))
        self.words = [0] * longest

    def send(self, command, *arguments):
        """Send a 16-bit command and its arguments, each with its CRC."""
        data = bytearray(2 + 3 * len(arguments))
        data[0] = command >> 8
        data[1] = command & 0xFF
        at = 2
        for word in arguments:
            data[at] = word >> 8
            data[at + 1] = word & 0xFF
            data[at + 2] = crc8(data, at, at + 2)
            at += 3
        self.send_bytes(data)

    def send_bytes(self, data):
        """Send a command as it is.

        Raises: Absent where the chip does not acknowledge; BusStuck.
        """
        try:
            self._bus.writeto(self._address, data)
            return
        except OSError as caught:
            error = caught
        self._complain(error)

    def receive(self, count):
        """Read `count` words into `words`, and return the first.

        Raises: Absent where the chip has no answer; BusStuck; Garbled where a CRC fails.
        """
        answer = self._answer if count == len(self.words) else self._answer[: 3 * count]
        error = None
        try:
            self._bus.readfrom_into(self._address, answer)
        except OSError as caught:
            error = caught
        if error is not None:
            self._complain(error)
        for i in range(count):
            at = 3 * i
            if crc8(answer, at, at + 2) != answer[at + 2]:
                raise Garbled("the CRC of word {} from the {} at {:#x} fails".format(i, self.NAME.upper(), self._address), answer[at + 2])
            self.words[i] = answer[at] << 8 | answer[at + 1]
        return self.words[0]

    def _complain(self, error):
        raise bus_error(error, "{} at {:#x}".format(self.NAME.upper(), self._address))
