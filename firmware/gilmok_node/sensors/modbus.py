"""Any instrument that speaks Modbus RTU over RS-485: the site file says which registers are what.

Source: MODBUS Application Protocol V1.1b3: 6.3, 6.4 (functions 3 and 4), 7 (exceptions). MODBUS over Serial Line V1.02:
2.5.1 (RTU framing), 6.2.2 (CRC) (secondary: pymodbus agrees).
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import Absent, Garbled, NotReady, Silent, option
from gilmok_node.sensors.between import Between
from gilmok_node.sensors.described import ChannelList, is_whole
from gilmok_node.sensors.lines import crc16

_REGISTERS = {"u16": 1, "i16": 1, "u32": 2, "i32": 2}
_MOST = const(32)  # registers a transaction: sixteen channels have no more; the specification allows 125
_REQUEST_BYTES = const(8)
_FRAME_BYTES = const(5)  # address, function, count, CRC
_NOISE_BYTES = const(16)  # room for what a line turning round adds
_LOOK_MS = const(5)  # how often to look for an answer that is due
_LIMIT = const(536870912)  # 2^29: what a record can hold


class _Integers:
    """Allowed values: a list of integers from 0 to 2^32 - 1."""

    def __contains__(self, value):
        return isinstance(value, (list, tuple)) and all([is_whole(item, 0, 0xFFFFFFFF) for item in value])

    def __repr__(self):
        return "a list of integers from 0 to 4294967295"


def _is_register(rest):
    """Return whether these are [register, type] or [register, type, step]."""
    return (
        len(rest) in (2, 3)
        and rest[1] in _REGISTERS
        and is_whole(rest[0], 0, 0x10000 - _REGISTERS[rest[1]])
        and (len(rest) == 2 or is_whole(rest[2], 2, 1000000))
    )


class Modbus:
    """The channels of the option `channels`: [name, unit, exponent, register, type] or [name, unit, exponent, register, type, step].

    One transaction reads one run of registers without a gap. An answer that came damaged is asked for once more; a silent
    slave is left to the sampler, lest a late answer is taken for that of another question.
    """

    NAME = "modbus"
    BUS = "rs485"
    CHANNELS = ()
    OPTIONS = {
        "channels": ((), ChannelList("[name, unit, exponent, register, type] or with a step; type u16, i16, u32, i32", _is_register)),
        "function": (3, (3, 4)),
        "low_word_first": (0, (0, 1)),
        "missing": ((), _Integers()),  # what a register holds where there is no value; above 0xFFFF: two registers
        "timeout_ms": (300, Between(20, 2000)),
        # Of the line; one for all on it.
        "baud": (9600, (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)),
        "parity": ("none", ("none", "even", "odd")),
        "de": (-1, Between(-1, 48)),
    }
    WARMUP_MS = 0
    SERVICE_MS = 0

    def __init__(self, bus, options):
        for name in ("baud", "parity", "de"):
            option(self, options, name)  # for who opens the line
        self._bus = bus
        self._function = option(self, options, "function")
        self._low_word_first = option(self, options, "low_word_first")
        self._missing = option(self, options, "missing")
        self._timeout_ms = option(self, options, "timeout_ms")
        channels = option(self, options, "channels")
        self.CHANNELS = tuple([tuple(item[:3]) + tuple(item[5:]) for item in channels])
        self._groups = _groups(channels)
        self._request = bytearray(_REQUEST_BYTES)
        self._buffer = bytearray(_REQUEST_BYTES + _NOISE_BYTES + _FRAME_BYTES + 2 * _MOST)
        self._reset()

    def _reset(self):
        self._values = [None] * len(self.CHANNELS)
        self._group = 0
        self._asked_ms = None
        self._filled = 0
        self._again = False

    def begin(self, now_ms):
        """Let the line go; a slave shows at the first reading whether it is there."""
        if not self.CHANNELS:
            raise Absent("the site file names no channels of this instrument")
        self._bus.release(now_ms)
        self._reset()
        return 0

    def start(self, now_ms):
        """Begin with the first run of registers."""
        self._bus.release(now_ms)
        self._reset()
        return 0

    def read(self, now_ms):
        """Return the values of all channels, of which each transaction brings some.

        Raises: NotReady while the line is another's or an answer is due; Silent; Garbled with the count of bytes that
        were no answer, or with the code of an exception.
        """
        while self._group < len(self._groups):
            if self._asked_ms is None:
                self._ask(now_ms)
            self._hear(now_ms)
        return tuple(self._values)

    def _ask(self, now_ms):
        first, count, _ = self._groups[self._group]
        line = self._bus.line
        due_ms = line.duration_ms(_REQUEST_BYTES + _FRAME_BYTES + 2 * count)
        wait_ms = self._bus.claim(now_ms, due_ms + self._timeout_ms + _LOOK_MS)
        if wait_ms:
            raise NotReady("another instrument has the line", wait_ms)
        request = self._request
        request[0] = self._bus.address
        request[1] = self._function
        request[2] = first >> 8
        request[3] = first & 0xFF
        request[5] = count  # [4] is 0: at most 32
        crc = crc16(request, 0, 6, 0xFFFF)
        request[6] = crc & 0xFF
        request[7] = crc >> 8
        line.send(request)
        self._filled = 0
        self._asked_ms = now_ms
        raise NotReady("it was asked just now", due_ms + 1)

    def _hear(self, now_ms):
        """Take the answer if it has come.

        Raises: NotReady; Silent; Garbled.
        """
        _, count, channels = self._groups[self._group]
        self._fill()
        at = self._find(count)
        if at is not None:
            self._close(now_ms)
            self._again = False
            if self._buffer[at + 1] != self._function:
                code = self._buffer[at + 2]
                raise Garbled("the slave answers with exception {}".format(code), code)
            for index, offset, kind in channels:
                self._values[index] = self._decode(at + 3 + offset, kind)
            self._group += 1
            return
        since_ms = now_ms - self._asked_ms
        left_ms = self._timeout_ms + self._bus.line.duration_ms(_REQUEST_BYTES + _FRAME_BYTES + 2 * count) - since_ms
        if left_ms > 0:
            raise NotReady("no answer yet", min(left_ms, _LOOK_MS))
        self._close(now_ms)
        heard = self._filled - (_REQUEST_BYTES if self._buffer[:_REQUEST_BYTES] == self._request else 0)  # its own echo
        if heard <= 0:
            raise Silent("no answer for {} ms".format(since_ms), since_ms)
        if self._again:
            raise Garbled("{} bytes came that are no answer".format(heard), heard)
        self._again = True

    def _close(self, now_ms):
        self._bus.release(now_ms)
        self._asked_ms = None

    def _fill(self):
        room = memoryview(self._buffer)[self._filled :]
        while len(room):
            count = self._bus.line.readinto(room)
            if not count:
                return
            self._filled += count
            room = room[count:]
        self._bus.line.drop()  # a line that chatters: whatever the answer was, it is not whole

    def _find(self, count):
        """Return where in the buffer an answer or an exception begins, or None."""
        buffer, filled = self._buffer, self._filled
        for at in range(filled - _FRAME_BYTES + 1):
            if buffer[at] != self._bus.address:
                continue
            if buffer[at + 1] == self._function and buffer[at + 2] == 2 * count:
                end = at + _FRAME_BYTES + 2 * count
            elif buffer[at + 1] == self._function | 0x80:
                end = at + _FRAME_BYTES
            else:
                continue
            if end <= filled and crc16(buffer, at, end, 0xFFFF) == 0:
                return at
        return None

    def _decode(self, at, kind):
        """Return the value that begins there, or None where it is missing or beyond what a record holds."""
        buffer = self._buffer
        raw = buffer[at] << 8 | buffer[at + 1]
        bits = 16
        if _REGISTERS[kind] == 2:
            other = buffer[at + 2] << 8 | buffer[at + 3]
            raw = other << 16 | raw if self._low_word_first else raw << 16 | other
            bits = 32
        if raw in self._missing and (bits == 16 or raw > 0xFFFF):
            return None
        if kind[0] == "i" and raw >> (bits - 1):
            raw -= 1 << bits
        return raw if -_LIMIT < raw < _LIMIT else None


def _groups(channels):
    """Return [(first register, count, [(channel, byte offset, type), …]), …]: runs of registers without a gap."""
    groups = []
    for index in sorted(range(len(channels)), key=lambda i: channels[i][3]):
        register, kind = channels[index][3:5]
        size = _REGISTERS[kind]
        if groups:
            first, count, members = groups[-1]
            end = max(first + count, register + size)
            if register <= first + count:
                members.append((index, 2 * (register - first), kind))
                groups[-1] = (first, end - first, members)
                continue
        groups.append((register, size, [(index, 0, kind)]))
    return groups
