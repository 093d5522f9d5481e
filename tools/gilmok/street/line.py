"""A virtual serial line: bytes take their time, and may be cut off, changed, dropped or repeated."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from .schedule import Schedule

LATENCY_US = 1_000  # a USB bridge hands bytes over once a millisecond
RX_BUFFER = 8192  # as firmware opens its port (gilmok_node.chip): what finds it full is lost
TX_BUFFER = 4096
_CUTS_KEPT = 64  # no chunk is on its way for longer than so many cuts


class Line:
    """One line between a node and the collector; `up` leads to the collector, `down` to the node. Of a line between two nodes
    `up` leads from the first to the second one.

    `taps` are told of whatever arrives, as tap("up" or "down", data).
    """

    def __init__(self, name: str, schedule: Schedule, random: Callable[[str], Random], baud: int = 921_600) -> None:
        self.name = name
        self.byte_us = 10_000_000 / baud  # start bit, eight data bits, stop bit
        self.taps: list[Callable[[str, bytes], None]] = []
        self.up = Direction("up", self, schedule, random(f"{name} up"))
        self.down = Direction("down", self, schedule, random(f"{name} down"))
        self._schedule = schedule
        self._cuts: list[list[float]] = []  # [from, until]

    @property
    def is_cut(self) -> bool:
        """Tell whether nothing passes."""
        return bool(self._cuts) and self._cuts[-1][1] == float("inf")

    def cut(self) -> None:
        """Let nothing pass from this moment on, in the middle of whatever byte it is."""
        if not self.is_cut:
            self._cuts = [*self._cuts[-_CUTS_KEPT:], [self._schedule.now_us, float("inf")]]

    def mend(self) -> None:
        """Let pass what is sent from this moment on."""
        if self.is_cut:
            self._cuts[-1][1] = self._schedule.now_us

    def noise(self, rate: float = 0.0, drop: float = 0.0, duplicate: float = 0.0) -> None:
        """Change or drop this share of bytes, and deliver this share of writes twice; without arguments the line is clean again."""
        for direction in (self.up, self.down):
            direction.rates = (rate, drop, duplicate)

    def passing(self, start_us: float, data: bytes) -> bytes:
        """Return what of `data`, sent from `start_us` on, went over the line while it was whole."""
        for since, until in self._cuts:
            if since < start_us + len(data) * self.byte_us and until > start_us:
                sent = [start_us + index * self.byte_us for index in range(len(data))]
                return bytes(byte for byte, at in zip(data, sent, strict=True) if not self._was_cut(at))
        return data

    def _was_cut(self, at_us: float) -> bool:
        return any(since <= at_us + self.byte_us and at_us < until for since, until in self._cuts)


class Direction:
    """One way of a line; `deliver` takes what arrives, and `bytes` counts what was sent."""

    def __init__(self, name: str, line: Line, schedule: Schedule, random: Random) -> None:
        self.name = name
        self.bytes = 0
        self.rates = (0.0, 0.0, 0.0)
        self.deliver: Callable[[bytes], None] = lambda data: None
        self._line = line
        self._schedule = schedule
        self._random = random
        self._free_us = 0.0

    def send(self, data: bytes, at_us: float) -> None:
        """Put `data` on the line, behind what is still on its way."""
        start_us = max(at_us, self._free_us)
        self._free_us = start_us + len(data) * self._line.byte_us
        self.bytes += len(data)
        self._schedule.at(round(self._free_us) + LATENCY_US, lambda: self._arrive(start_us, data))

    def waiting(self, at_us: float) -> int:
        """Return how many bytes have not left by `at_us`."""
        return max(0, int((self._free_us - at_us) / self._line.byte_us))

    def _arrive(self, start_us: float, data: bytes) -> None:
        data = self._line.passing(start_us, data)
        if any(self.rates):
            data = self._spoilt(data)
        if data:
            for tap in self._line.taps:
                tap(self.name, data)
            self.deliver(data)

    def _spoilt(self, data: bytes) -> bytes:
        rate, drop, duplicate = self.rates
        random = self._random.random
        spoilt = bytearray(byte ^ (1 << int(random() * 8) if random() < rate else 0) for byte in data)
        if drop:
            spoilt = bytearray(byte for byte in spoilt if random() >= drop)
        return bytes(spoilt) * (2 if random() < duplicate else 1)


class NodeEnd:
    """The node's end of a line: the methods of machine.UART that a Port uses. `now_us` is the node's present.

    `out` leads away from it; None while nothing is connected.
    """

    def __init__(self, out: Direction | None, now_us: Callable[[], int]) -> None:
        self.overruns = 0
        self.out = out
        self._now_us = now_us
        self._received = bytearray()

    def any(self) -> int:
        """Return how many bytes wait."""
        return len(self._received)

    def read(self, count: int) -> bytes:
        """Return up to `count` bytes."""
        data = bytes(self._received[:count])
        del self._received[:count]
        return data

    def write(self, data: bytes) -> int:
        """Send what finds room in the buffer; return how many bytes that is."""
        if self.out is None:
            return len(data)
        now_us = self._now_us()
        count = min(len(data), TX_BUFFER - self.out.waiting(now_us))
        if count > 0:
            self.out.send(bytes(data[:count]), now_us)
        return max(0, count)

    def take(self, data: bytes) -> None:
        """Take bytes that arrive; what finds no room is lost."""
        kept = data[: RX_BUFFER - len(self._received)]
        self._received += kept
        self.overruns += len(data) - len(kept)
