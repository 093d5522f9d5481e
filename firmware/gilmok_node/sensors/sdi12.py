"""Any instrument that speaks SDI-12: the site file says which of its values are what.

Source: SDI-12 1.4: 4.4.5 (aM!), 4.4.6 and 4.4.7 (aC!), 4.4.8 (aD0! … aD9!), 4.4.12 (CRC), 7.2 (retries)
(secondary; its CRC examples are in two public test suites, its timing in Vaisala WXT530 User Guide, appendix B).
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import Absent, Garbled, NotReady, Silent, option
from gilmok_node.sensors.between import Between
from gilmok_node.sensors.described import ChannelList, is_whole
from gilmok_node.sensors.lines import crc16

# An answer begins within 15 ms. Of its characters, 8.3 ms each, an ESP32 under MicroPython shows none before the line has been
# idle for one or two (timeout_char of machine.UART) or 120 wait. The rest is for a busy loop.
_REPLY_MS = const(62)
_GAP_MS = const(60)  # between two characters 1.66 ms at most
_MEASURE_CHARS = const(8)  # atttnn, CR, LF (4.4.7)
_DATA_CHARS = const(81)  # address, 75 of values, CRC, CR, LF (4.4.8) …
_FEWER_CHARS = const(40)  # … less what aM! has not: 35 of values
_LOOK_MS = const(8)  # a character
_PAUSE_MS = const(20)  # 7.2: a retry is at least 16.67 ms after the command
_TRIES = const(3)
_TRANSACTION_MS = const(1500)  # break, command, and 80 characters
_LINE_BYTES = const(96)  # 75 of values, address, CRC, CR, LF; the echo of a command; noise
_LIMIT = const(536870912)  # 2^29: what a record can hold

_COMMAND = const(0)
_MEASURING = const(1)
_DATA = const(2)


class _Numbers:
    """Allowed values: a list of integers."""

    def __contains__(self, value):
        return isinstance(value, (list, tuple)) and all([is_whole(item, -9999999, 9999999) for item in value])

    def __repr__(self):
        return "a list of integers of up to seven digits"


def parse_values(data, start, end):
    """Return [(digits, decimals), …] of values like +1.23-4 in data[start:end], or None where they are none.

    A value is its sign and one to nine digits, with at most one decimal point (4.4.8: seven; a point at either end passes).
    """
    values = []
    at = start
    while at < end:
        if data[at] not in b"+-":
            return None
        negative = data[at] == 0x2D
        number = count = 0
        point = None
        at += 1
        while at < end and data[at] not in b"+-":
            if data[at] == 0x2E and point is None:
                point = count
            elif 0x30 <= data[at] <= 0x39 and count < 9:
                number = number * 10 + data[at] - 0x30
                count += 1
            else:
                return None
            at += 1
        if not count:
            return None
        values.append((-number if negative else number, 0 if point is None else count - point))
    return values


def scale(digits, decimals, exponent):
    """Return digits × 10^-decimals as an integer × 10^exponent, rounded half away from zero; None beyond what a record holds."""
    shift = -decimals - exponent
    if shift >= 0:
        value = digits * 10**shift
    else:
        unit = 10**-shift
        value = (abs(digits) + unit // 2) // unit
        value = -value if digits < 0 else value
    return value if -_LIMIT < value < _LIMIT else None


class Sdi12:
    """The channels of the option `channels`: [name, unit, exponent] for each value in the order in which the sensor sends them.

    With `command` C others on the line may be asked while it measures; with M it has the line until it calls.
    """

    NAME = "sdi12"
    BUS = "sdi12"
    CHANNELS = ()
    OPTIONS = {
        "channels": ((), ChannelList("[name, unit, exponent]", lambda rest: not rest)),
        "command": ("C", ("C", "M")),
        "index": (0, Between(0, 9)),  # aC1! … aC9!, aM1! … aM9!: further measurements
        "crc": (1, (0, 1)),  # 0 for a sensor older than SDI-12 1.3
        "missing": ((), _Numbers()),  # what the sensor sends where it has no value, as -9999
        "de": (-1, Between(-1, 48)),  # of the line; one for all on it
    }
    WARMUP_MS = 0
    SERVICE_MS = 0

    def __init__(self, bus, options):
        option(self, options, "de")  # for who opens the line
        self._bus = bus
        self.CHANNELS = tuple([tuple(item) for item in option(self, options, "channels")])
        self._concurrent = option(self, options, "command") == "C"
        self._crc = option(self, options, "crc")
        self._missing = option(self, options, "missing")
        index = option(self, options, "index")
        self._measure = ("C" if self._concurrent else "M") + ("C" if self._crc else "") + (str(index) if index else "")
        self._buffer = bytearray(_LINE_BYTES)
        self._reset()

    def _reset(self):
        self._phase = _COMMAND
        self._found = []
        self._number = 0  # of the next data command
        self._asked = False  # a command is on its way, or its answer
        self._asked_ms = 0
        self._deadline_ms = None
        self._ready_ms = 0
        self._filled = 0
        self._tries = 0
        self._heard = 0  # bytes, in all tries

    def begin(self, now_ms):
        """Let the line go; a sensor shows at the first reading whether it is there."""
        if not self.CHANNELS:
            raise Absent("the site file names no channels of this instrument")
        return self.start(now_ms)

    def start(self, now_ms):
        """Forget the last measurement; read() asks for the next."""
        self._bus.release(now_ms)
        self._reset()
        return 0

    def read(self, now_ms):
        """Return the values of the measurement, step by step.

        Raises: NotReady while the line is another's, while it measures and while its answers come; Silent; Garbled with
        the count of bytes that were no answer, or of the values that it has.
        """
        if self._phase == _COMMAND:
            self._take_time(now_ms, self._exchange(self._measure, now_ms))
        if self._phase == _MEASURING:
            self._await(now_ms)
        while len(self._found) < len(self.CHANNELS):
            if self._number > 9:
                self._bus.release(now_ms)
                raise Garbled("all answers together have {} values".format(len(self._found)), len(self._found))
            self._found += self._exchange("D{}".format(self._number), now_ms)
            self._number += 1
        self._bus.release(now_ms)
        return tuple([self._value(*item) for item in zip(self._found, self.CHANNELS)])

    def _value(self, found, channel):
        digits, decimals = found
        for mark in self._missing:
            if digits == mark * 10**decimals:
                return None
        return scale(digits, decimals, channel[2])

    def _take_time(self, now_ms, answer):
        """Note how long it measures: `answer` is (seconds, values)."""
        seconds, count = answer
        if count < len(self.CHANNELS):
            self._bus.release(now_ms)
            raise Garbled("the sensor has {} values, the site file names {}".format(count, len(self.CHANNELS)), count)
        self._ready_ms = now_ms + seconds * 1000
        self._phase = _MEASURING if seconds else _DATA
        if self._concurrent or not seconds:
            return
        self._bus.claim(now_ms, seconds * 1000 + _TRANSACTION_MS)

    def _await(self, now_ms):
        """Return when the measurement is over: when the sensor calls (a<CR><LF>), or when its time is up."""
        left_ms = self._ready_ms - now_ms
        if left_ms > 0 and not (not self._concurrent and self._has_called()):
            raise NotReady("it is measuring", left_ms if self._concurrent else min(left_ms, _GAP_MS))
        self._phase = _DATA

    def _has_called(self):
        self._fill()
        line = self._line()
        if line is None:
            return False
        start, end = line
        called = end - start == 1 and self._buffer[start] == self._bus.address
        self._filled = 0
        return called

    def _exchange(self, command, now_ms):
        """Send a command, again if need be, and return what its answer means.

        Raises: NotReady; Silent; Garbled.
        """
        if not self._asked:
            self._ask(command, now_ms)
        wait_ms = self._bus.line.proceed(now_ms)
        if wait_ms:
            raise NotReady("the command is being sent", wait_ms)
        if self._deadline_ms is None:
            self._deadline_ms = now_ms + _REPLY_MS + self._bus.line.duration_ms(self._longest(command))
        if self._fill():
            self._deadline_ms = max(self._deadline_ms, now_ms + _GAP_MS)
        line = self._line()
        if line is None and now_ms < self._deadline_ms:
            raise NotReady("no answer yet", _LOOK_MS)
        answer = None if line is None else self._understand(command, line[0], line[1])
        self._asked = False
        if answer is None:
            self._fail(now_ms, command)
        self._tries = self._heard = 0
        self._filled = 0
        if self._concurrent:
            self._bus.release(now_ms)
        return answer

    def _longest(self, command):
        if command[0] != "D":
            return _MEASURE_CHARS
        return _DATA_CHARS if self._concurrent else _DATA_CHARS - _FEWER_CHARS

    def _ask(self, command, now_ms):
        wait_ms = self._bus.claim(now_ms, _TRANSACTION_MS)
        if wait_ms:
            raise NotReady("another instrument has the line", wait_ms)
        self._asked = True
        self._deadline_ms = None
        self._filled = 0
        if not self._tries:
            self._asked_ms = now_ms
        raise NotReady("it is being woken", self._bus.line.send((chr(self._bus.address) + command + "!").encode(), now_ms))

    def _fail(self, now_ms, command):
        """Have the command repeated.

        Raises: NotReady; after three tries Silent or Garbled.
        """
        self._tries += 1
        self._heard += self._filled - self._echo_end()
        self._bus.release(now_ms)
        if self._tries < _TRIES:
            raise NotReady("no answer that makes sense; once more", _PAUSE_MS)
        if self._heard:
            raise Garbled("{} bytes came that are no answer to {}".format(self._heard, command), self._heard)
        raise Silent("no answer to {} for {} ms".format(command, now_ms - self._asked_ms), now_ms - self._asked_ms)

    def _fill(self):
        """Take what was received; return whether anything came."""
        came = False
        while self._filled < _LINE_BYTES:
            count = self._bus.line.readinto(memoryview(self._buffer)[self._filled :])
            if not count:
                return came
            self._filled += count
            came = True
        self._bus.line.drop()  # a line that chatters ends by its deadline
        return False

    def _echo_end(self):
        """Return how many bytes the echo of the command takes, and what is before it: answers have no exclamation mark."""
        for at in range(self._filled - 1, -1, -1):
            if self._buffer[at] == 0x21:
                return at + 1
        return 0

    def _line(self):
        """Return where the first whole line begins, behind the echo of a command and what is no character, and where it ends."""
        buffer = self._buffer
        start = 0
        for at in range(self._filled):
            if buffer[at] == 0x21 or (at == start and (buffer[at] < 0x20 or buffer[at] > 0x7E)):
                start = at + 1
            elif buffer[at] == 0x0A and buffer[at - 1] == 0x0D:
                return (start, at - 1)
        return None

    def _understand(self, command, start, end):
        """Return (seconds, values) from the answer to a measurement command, the values from that to a data command, or None."""
        buffer = self._buffer
        if start >= end or buffer[start] != self._bus.address:
            return None
        if command[0] != "D":
            text = bytes(buffer[start + 1 : end])
            if len(text) != (5 if self._concurrent else 4) or not text.isdigit():
                return None
            return (int(text[:3]), int(text[3:]))
        if self._crc:
            end -= 3
            if end <= start or not self._crc_holds(start, end):
                return None
        return parse_values(buffer, start + 1, end) or None  # none at all: the measurement was aborted

    def _crc_holds(self, start, end):
        # 4.4.12.2: six bits a character, the high ones first, each or-ed with 0x40.
        crc = crc16(self._buffer, start, end, 0)
        found = self._buffer[end : end + 3]
        return found == bytes((0x40 | crc >> 12, 0x40 | crc >> 6 & 0x3F, 0x40 | crc & 0x3F))
