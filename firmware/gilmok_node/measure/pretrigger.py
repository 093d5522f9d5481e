"""The detector "capture": the last seconds of a waveform in bounded memory, so that the log also gets what was before an event."""

from gilmok_wire.columns import encode_column
from gilmok_wire.compat import TYPE_CHECKING, const

from ..flash.log import LogError

if TYPE_CHECKING:
    from ..flash.recorder import Recorder

_HEAD = const(12)  # bytes before each payload: its length 2, samples 1, lost before 3, period 1, start 5
_MOST_LOST = const(0xFFFFFF)  # numbers that a record may jump (SPEC.md section 5)


class Pretrigger:
    """Takes the place of a Recorder behind a driver's blocks: encodes them, keeps the newest, and while captured hands all to `recorder`.

    An event is what capture() is told, and while a detector of the same driver that `parameters` name is busy. Its waveform begins `blocks`
    before it, as far as `size` bytes reach, and ends `post_ms` behind it, at the end of a block. Work is done in steps, one a service:
    encoding a column takes an ESP32 15 ms, and an alarm must not wait for more.
    Blocks that pass without an event were never meant to be kept: they take no numbers. What is lost within an event does.
    Parameters, as gilmok_site.detector_parameters makes them: blocks, post_ms, size, names of detectors.
    Cost: `size` bytes, and a block with its columns.
    """

    KIND = "capture"
    CHANNELS = ()
    recorder: "Recorder"  # set by who puts it between a driver and its log
    on_values = values = None
    record = busy = False

    def __init__(self, name, driver, parameters):
        self.name = name
        self._driver = driver
        self._blocks, self._post_ms, size, self._names = parameters
        self._ring = bytearray(size)
        self._first = self._used = self._held = 0
        self._asked = self.active = False
        self._cut = False  # whether what was before the oldest block passed without an event
        self._lost_before = 0  # of what the log did not get, before the oldest block
        self._lost = 0  # before the block that comes next
        self._next_ms = self._until_ms = 0  # before when the block that is gathered now ends; until when an event's waveform goes
        self._pending = None  # (start, period, lost, columns) of the block that is being encoded
        self._payload = None

    def capture(self, on):
        """Begin an event, or end it."""
        self._asked = bool(on)
        self._watch()

    def lose(self, samples):
        """Blocks say themselves what was lost before them."""

    def append_block(self, start_ms, period_ms, lost, columns):
        """Take a block.

        Raises: LogError.
        """
        while self._pending:
            self._encode()
        span_ms = len(columns[0]) * period_ms
        self._next_ms = start_ms + 2 * span_ms
        self._watch()
        if self.active and start_ms > self._until_ms:
            while self._held:
                self._hand_on()
            self.active = False
        self._pending = start_ms, period_ms, min(lost + self._lost, _MOST_LOST), columns
        self._lost = 0
        self._payload = bytearray()

    def step(self):
        """Do a part of what is to do.

        Raises: LogError.
        """
        self._watch()
        if self._pending:
            self._encode()
        if self.active and self._held:
            self._hand_on()

    def _watch(self):
        """Begin or prolong an event."""
        for detector in self._driver.listeners:
            if detector.busy and detector.name in self._names:
                break
        else:
            if not self._asked:
                return
        self.active = True
        self._until_ms = self._next_ms + self._post_ms

    def _encode(self):
        """Encode the next column of the pending block; the last one brings it into the ring."""
        start_ms, period_ms, lost, columns = self._pending
        encode_column(self._payload, columns.pop(0))
        if columns:
            self._count = len(columns[0])
            return
        payload, self._pending = self._payload, None
        size = _HEAD + len(payload)
        if size > len(self._ring):
            self._lost += lost + self._count
            return
        while self._used + size > len(self._ring) or not self.active and self._held >= self._blocks:
            self._drop()
        for value, width in ((len(payload), 2), (self._count, 1), (lost, 3), (period_ms, 1), (start_ms, 5)):
            self._put(value.to_bytes(width, "big"))
        self._put(payload)
        self._held += 1

    def _drop(self):
        """Let the oldest block go: within an event it is lost, otherwise it was never meant to be kept."""
        _, _, lost, count, _ = self._take()
        self._cut = not self.active
        self._lost_before = lost + count if self.active else 0

    def _hand_on(self):
        start_ms, period_ms, lost, count, payload = self._take()
        try:
            self.recorder.append_encoded(start_ms, period_ms, lost, count, payload)
        except LogError:
            self._lost_before = lost + count
            raise

    def _take(self):
        """Return (start, period, lost, samples, payload) of the oldest block, which leaves the ring."""
        head = self._peek(self._first, _HEAD)
        size = int.from_bytes(head[:2], "big")
        payload = self._peek(self._first + _HEAD, size)
        size += _HEAD
        self._first = (self._first + size) % len(self._ring)
        self._used -= size
        self._held -= 1
        lost = 0 if self._cut else min(int.from_bytes(head[3:6], "big") + self._lost_before, _MOST_LOST)
        self._cut = False
        self._lost_before = 0
        return int.from_bytes(head[7:12], "big"), head[6], lost, head[2], payload

    def _peek(self, at, size):
        at %= len(self._ring)
        found = self._ring[at : at + size]
        return bytes(found) if len(found) == size else bytes(found) + self._ring[: size - len(found)]

    def _put(self, data):
        at = (self._first + self._used) % len(self._ring)
        first = min(len(data), len(self._ring) - at)
        self._ring[at : at + first] = data[:first]
        if first < len(data):
            self._ring[: len(data) - first] = data[first:]
        self._used += len(data)
