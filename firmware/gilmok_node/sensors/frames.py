"""Sensors that send frames of one fixed length over a UART, unasked: find them in any noise, keep the newest."""

from gilmok_wire.compat import TYPE_CHECKING, const

from gilmok_node.sensors.base import Garbled, NotReady, Silent, missing, option

if TYPE_CHECKING:
    from collections.abc import Callable

# A service call reads at most this many chunks: the 256 bytes a MicroPython UART buffers by default.
_CHUNKS = const(8)
_CHUNK_BYTES = const(32)


class FrameSensor:
    """Base of the UART drivers; a subclass fills the table and the two hooks at its end.

    `frames` and `bad_checksums` count since the driver was made. Its option `sleep` 1, where it has one, stops fan and laser
    between readings: the laser lasts longer, and less dust settles on it.
    """

    BUS = "uart"
    OPTIONS = {}
    CHANNELS = ()
    WARMUP_MS = 0
    HEADER = b""  # how every frame begins
    LENGTH = 0  # bytes of a frame
    FIRST_MS = 0  # after begin() the first frame must be complete by then
    SILENT_MS = 0  # how old the newest frame may grow
    WAKE = b""  # what to send to one that may be asleep …
    SLEEP = b""  # … and what puts it to sleep
    # Hooks, as bare annotations: a method that only raises would take 200 bytes of every node's heap.
    _is_valid: "Callable[[bytearray], bool]"  # whether the checksum of a complete frame holds
    _values: "Callable[[bytearray], tuple[int | None, ...]]"  # the channels of a valid frame

    def __init__(self, bus, options):
        self._bus = bus
        self._chunk = bytearray(_CHUNK_BYTES)
        self._part = bytearray(self.LENGTH)
        self._filled = 0
        self._frame = bytearray(self.LENGTH)
        self._begun_ms = 0
        self._frame_ms = None
        self._bad_before = 0
        self._fan = None
        if "sleep" in self.OPTIONS and option(self, options, "sleep"):
            from gilmok_node.sensors.fan import Fan  # a node whose fans never rest can do without

            self._fan = Fan(bus, self)
        self.frames = 0
        self.bad_checksums = 0

    def begin(self, now_ms):
        """Wake it, for someone may have left it asleep, and forget what came before; returns the ms until a first frame is due."""
        if self.WAKE:
            self._bus.write(self.WAKE)
        for _ in range(_CHUNKS):
            if not self._bus.readinto(self._chunk):
                break
        self._filled = 0
        self._frame_ms = None
        self._begun_ms = now_ms
        self._bad_before = self.bad_checksums
        return self.FIRST_MS

    def start(self, now_ms):
        """Nothing to start where the sensor measures by itself; returns the time until a fan that rested has changed the air."""
        return self._fan.start(now_ms) if self._fan else 0

    def service(self, now_ms):
        """Move what the UART received into frames."""
        for _ in range(_CHUNKS):
            count = self._bus.readinto(self._chunk)
            if not count:
                return
            self._parse(count, now_ms)

    def read(self, now_ms):
        """Return the values of the newest frame, all missing while the sensor warms up.

        Raises: NotReady before a first frame is due, or before one of changed air; Garbled or Silent when frames fail or stop.
        """
        self.service(now_ms)
        since_ms = now_ms - (self._begun_ms if self._frame_ms is None else self._frame_ms)
        if self._frame_ms is None and since_ms < self.FIRST_MS:
            raise NotReady("no frame yet", self.FIRST_MS - since_ms)
        if self._frame_ms is None or since_ms > self.SILENT_MS:
            self._complain(since_ms)
        values = missing(self.CHANNELS) if now_ms - self._begun_ms < self.WARMUP_MS else self._values(self._frame)
        if self._fan:
            self._fan.rest(self._frame_ms)
        return values

    def _complain(self, since_ms):
        bad = self.bad_checksums - self._bad_before
        if bad:
            raise Garbled("{} frames in a row with a bad checksum".format(bad), bad)
        raise Silent("no frame for {} ms".format(since_ms), since_ms)

    def _parse(self, count, now_ms):
        chunk, part, header = self._chunk, self._part, self.HEADER
        n = self._filled
        for i in range(count):
            part[n] = chunk[i]
            n += 1
            if n <= len(header):
                if chunk[i] != header[n - 1]:
                    n = self._slide(n)
            elif n == self.LENGTH:
                n = self._finish(n, now_ms)
                part = self._part
        self._filled = n

    def _finish(self, n, now_ms):
        """Keep the frame that is complete now if it is valid; return how many bytes stay."""
        if not self._is_valid(self._part):
            self.bad_checksums += 1
            return self._slide(n)  # a false header inside noise may hide the true one behind it
        self._part, self._frame = self._frame, self._part
        self._frame_ms = now_ms
        self._bad_before = self.bad_checksums
        self.frames += 1
        return 0

    def _slide(self, n):
        """Drop the first byte and all that cannot begin a frame; return how many bytes stay."""
        part, header = self._part, self.HEADER
        for start in range(1, n):
            rest = part[start:n]
            if rest[: len(header)] == header[: len(rest)]:
                part[: len(rest)] = rest
                return len(rest)
        return 0
