"""SPS30 over a UART at 115200 baud, 8N1 (its SEL pin open): asked and answered in SHDLC frames.

Source: Sensirion SPS30 data sheet, version 1.0 (2020), §5: §5.1 (frames, stuffing, checksum, states), table 4 and §5.3 (commands).
"""

from gilmok_wire.compat import const

from gilmok_node.sensors import sps30_values as air
from gilmok_node.sensors.base import Absent, Garbled, NotReady, SensorError, Silent, option

# §5.1: 7E, address 0, command, length, data, inverted sum, 7E. None of these requests contains a byte that needs stuffing.
_START = b"\x7e\x00\x00\x02\x01\x03\xf9\x7e"  # §5.3.1: format 03, big-endian floats
_STOP = b"\x7e\x00\x01\x00\xfe\x7e"  # §5.3.2
_READ = b"\x7e\x00\x03\x00\xfc\x7e"  # §5.3.3
_PRODUCT_TYPE = b"\x7e\x00\xd0\x01\x00\x2e\x7e"  # §5.3.8
_STATUS = b"\x7e\x00\xd2\x01\x00\x2c\x7e"  # §5.3.10, not to be cleared
_RESET = b"\x7e\x00\xd3\x00\x2c\x7e"  # §5.3.11
_COMMAND = const(2)  # where the command stands in a request

_RESET_MS = const(120)  # 20 ms for its answer, 100 ms as over I²C (§6.3.14)
_ANSWER_MS = const(30)  # table 4: 20 ms at most, and 47 bytes, some stuffed, take 5 ms
_POLL_MS = const(10)
_SILENT_MS = const(250)

_FLAG = const(0x7E)
_ESCAPE = const(0x7D)
_LONGEST = const(46)  # address, command, state, length, 40 bytes of data, checksum; and room for one more
_CHUNK_BYTES = const(32)
_CHUNKS = const(8)  # a UART's buffer of 256 bytes

_IN_THIS_STATE = const(0x43)  # §5.1, table 3: command not allowed in the current state
_DEVICE_ERROR = const(0x80)  # bit 7: a bit of the status register is set


class Sps30Uart:
    """Mass concentrations, particle counts and the typical particle size.

    `sleep` 1 stops fan and laser between readings, for each of which it starts up anew.
    `frames` and `bad_checksums` count since the driver was made.
    """

    NAME = "sps30_uart"
    BUS = "uart"
    UART = (115200, 8, None, 1, False)
    CHANNELS = air.CHANNELS
    OPTIONS = {"sleep": (0, (0, 1))}
    WARMUP_MS = 32_000  # reset and set up in less than 2 s, and its start-up
    SERVICE_MS = 300  # a step of the set-up; longer than an answer may take

    def __init__(self, bus, options):
        self._bus = bus
        self._chunk = bytearray(_CHUNK_BYTES)
        self._frame = memoryview(bytearray(_LONGEST))
        self._filled = 0
        self._escaped = False
        self._request = None
        self._asked_ms = 0
        self._state = None  # of the answer, None until it came
        self._length = 0  # of its data, which begin at _frame[4]
        self._bad_before = 0
        self._sleep = option(self, options, "sleep")
        self._steps = (_PRODUCT_TYPE,) if self._sleep else (_PRODUCT_TYPE, _START)
        self._step = 0
        self._set_up_ms = None
        self._awake = False
        self._error = None
        self._fresh = air.Freshness()
        self.frames = 0
        self.bad_checksums = 0

    def begin(self, now_ms):
        """Reset it; returns the time that takes. A second of service then sets it up."""
        self._step = 0
        self._set_up_ms = None
        self._awake = False
        self._error = None
        self._ask(_RESET, now_ms)
        self._request = None
        return _RESET_MS

    def service(self, now_ms):
        """Take the next step of the set-up; after the last there is nothing to do."""
        if self._set_up_ms is not None or self._error is not None:
            return
        try:
            self._advance(now_ms)
        except SensorError as error:
            self._error = error

    def start(self, now_ms):
        """Ask for the newest values, or wake it where it sleeps; returns the time until they are there."""
        if not self._is_up(now_ms):
            return 0
        if self._sleep:
            self._ask(_START, now_ms)
            self._awake = True
            self._fresh.came(now_ms)
            return air.STARTUP_MS
        self._ask(_READ, now_ms)
        return _ANSWER_MS

    def read(self, now_ms):
        """Return the newest values, all missing while it starts up or cleans its fan.

        Raises: NotReady until there are new ones; Garbled where frames fail or it stopped measuring; Silent; Stuck where its
        fan or laser has failed.
        """
        if not self._is_up(now_ms) or (self._sleep and not self._awake):
            return air.MISSING
        values = self._newest(now_ms)
        if self._sleep:
            self._ask(_STOP, now_ms)
            self._awake = False
        return values

    def _is_up(self, now_ms):
        if self._error is not None:
            raise self._error
        if self._set_up_ms is None:
            return False
        if not self._sleep and now_ms - self._set_up_ms < air.STARTUP_MS:
            self._fresh.came(now_ms)
            return False
        return True

    def _newest(self, now_ms):
        if self._request is not None:
            self._await(now_ms)
        if self._request in (None, _START):
            self._ask(_READ, now_ms)
            raise NotReady("it was asked just now", _ANSWER_MS)
        if self._request is _STATUS:
            return self._doubt(now_ms)
        if self._state & _DEVICE_ERROR:
            self._ask(_STATUS, now_ms)
            raise NotReady("it has something to report", _ANSWER_MS)
        self._request = None
        if not self._length:
            return self._fresh.missing(now_ms)
        self._expect(40)
        self._fresh.came(now_ms)
        return air.decode(self._frame[4:44])

    def _doubt(self, now_ms):
        self._request = None
        self._expect(5)
        frame = self._frame
        air.is_doubtful(frame[4] << 24 | frame[5] << 16 | frame[6] << 8 | frame[7])
        self._fresh.came(now_ms)
        return air.MISSING  # whatever else it reports, such as the fan's speed, its values were not to be trusted

    def _advance(self, now_ms):
        if self._request is not None:
            self._await(now_ms)
            if self._request is _PRODUCT_TYPE:
                found = bytes(self._frame[4 : 4 + self._length])
                if found[:8] != air.PRODUCT:
                    raise Absent("not an SPS30: its type is {!r}".format(found), self._length)
            self._step += 1
            self._request = None
            if self._step == len(self._steps):
                self._set_up_ms = now_ms
                self._fresh.came(now_ms)
                return
        self._ask(self._steps[self._step], now_ms)

    def _ask(self, request, now_ms):
        """Send a request, having thrown away what waited."""
        for _ in range(_CHUNKS):
            if not self._bus.readinto(self._chunk):
                break
        self._filled = 0
        self._escaped = False
        self._state = None
        self._bad_before = self.bad_checksums
        self._request = request
        self._asked_ms = now_ms
        self._bus.write(request)

    def _await(self, now_ms):
        """Raise NotReady until the answer is there, and then what is wrong with it."""
        for _ in range(_CHUNKS):
            count = self._state is None and self._bus.readinto(self._chunk)
            if not count:
                break
            self._parse(count)
        if self._state is None:
            since_ms = now_ms - self._asked_ms
            if since_ms < _SILENT_MS:
                raise NotReady("no answer yet", _POLL_MS)
            bad = self.bad_checksums - self._bad_before
            if bad:
                raise Garbled("{} frames in a row with a bad checksum".format(bad), bad)
            raise Silent("no answer for {} ms".format(since_ms), since_ms)
        error = self._state & 0x7F
        if error == _IN_THIS_STATE:
            raise Garbled("the SPS30 is not measuring: it was reset", error)
        if error:
            raise Garbled("the SPS30 answers with error {:#x}".format(error), error)

    def _expect(self, length):
        if self._length != length:
            raise Garbled("an answer of {} bytes instead of {}".format(self._length, length), self._length)

    def _parse(self, count):
        """Take bytes until a frame is complete that answers the request."""
        chunk, frame = self._chunk, self._frame
        n = self._filled
        for i in range(count):
            byte = chunk[i]
            if byte == _FLAG:
                if n and self._take(n):
                    return
                n = 0
                self._escaped = False
            elif byte == _ESCAPE:
                self._escaped = True
            elif n < _LONGEST:  # what is too long fails by its length
                frame[n] = byte ^ 0x20 if self._escaped else byte
                self._escaped = False
                n += 1
        self._filled = n

    def _take(self, n):
        """Tell whether the `n` bytes between two flags are the answer."""
        frame = self._frame
        if n < 5 or frame[3] != n - 5 or sum(frame[:n]) & 0xFF != 0xFF:
            self.bad_checksums += 1
            return False
        self.frames += 1
        if frame[1] != self._request[_COMMAND]:
            return False  # a late answer to what was asked before
        self._length = n - 5
        self._state = frame[2]
        return True
