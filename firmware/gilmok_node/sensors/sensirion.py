"""What Sensirion's I²C sensors share: commands, and words of 16 bits with a CRC behind each.

Source: Sensirion SCD4x data sheet 1.3 (2022), §3.2 and §3.11; SHT4x data sheet 6 (2023), §4.4: the same CRC.
"""

from gilmok_node.sensors.base import Garbled, SensorError, bus_error

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
        answer = self._answer[: 3 * count]
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


class SteppedSensor(WordSensor):
    """Base of the drivers whose set-up takes too long for begin(): service() takes one step after the other.

    `_steps` are (command, argument or None, ms to wait, words of the answer); `_took(command)` looks at an answer.
    """

    SERVICE_MS = 500

    def __init__(self, bus, address, longest, steps):
        super().__init__(bus, address, longest)
        self._steps = steps
        self._step = 0
        self._sent = False
        self._at = 0
        self._asked = 0  # the command whose answer is to be fetched
        self._error = None
        self.set_up_ms = None  # when the last step was taken

    def service(self, now_ms):
        """Take the next step of the set-up; after the last there is nothing to do."""
        if self.set_up_ms is not None or now_ms < self._at or self._error is not None:
            return
        try:
            self._advance(now_ms)
        except SensorError as error:
            self._error = error

    def _restart(self, command, now_ms, wait_ms):
        """Send the command before the first step; return `wait_ms`."""
        self.send(command)
        self._step = 0
        self._sent = False
        self._asked = 0
        self._error = None
        self.set_up_ms = None
        self._at = now_ms + wait_ms
        return wait_ms

    def _is_set_up(self):
        """Tell whether the set-up is complete. Raises: SensorError where it failed."""
        if self._error is not None:
            raise self._error
        return self.set_up_ms is not None

    def _ask(self, command):
        self._asked = 0
        self.send(command)
        self._asked = command

    def _advance(self, now_ms):
        if self._sent:
            self._sent = False
            command, _, _, count = self._steps[self._step]
            if count:
                self.receive(count)
                self._took(command)
            self._step += 1
            if self._step == len(self._steps):
                self.set_up_ms = now_ms
                return
        command, argument, wait_ms, _ = self._steps[self._step]
        if argument is None:
            self.send(command)
        else:
            self.send(command, argument)
        self._sent = True
        self._at = now_ms + wait_ms

    def _took(self, command):
        raise NotImplementedError
