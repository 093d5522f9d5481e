"""A node's session over a log in memory, which holds one recording."""

from bisect import bisect_right
from dataclasses import dataclass, field

from gilmok_wire.columns import encode_columns
from gilmok_wire.identity import Identity
from gilmok_wire.link import Link
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.node_session import NodeSession
from gilmok_wire.node_stream import NodeStream, StreamInfo

from bench.recordings import Recording

KEY = bytes(range(16))
ENTRY = 16  # records that a node appends at once when it drains its sampler


@dataclass
class Entry:
    """Consecutive records as the log stores them."""

    stream: int
    sequence: int
    count: int
    boot: int
    start_ms: int
    period_ms: int
    payload: bytes


@dataclass
class MemoryLog:
    """What a session needs of a log."""

    log_id: int = 0x9C41E07B
    parent: int = 0
    boot: int = 12
    entries: list[Entry] = field(default_factory=list)

    def oldest(self, stream: int) -> int:
        """Return the oldest number that is held."""
        return 0

    def next(self, stream: int) -> int:
        """Return the number of the next record."""
        return self.entries[-1].sequence + self.entries[-1].count if self.entries else 0

    def read(self, stream: int, sequence: int) -> Entry | None:
        """Return the entry that holds a number."""
        index = bisect_right(self.entries, sequence, key=lambda entry: entry.sequence) - 1
        return self.entries[index] if sequence < self.next(stream) else None

    def append(self, recording: Recording) -> None:
        """Append every record of a recording; an entry ends where the period changes."""
        times_ms = [time_s * 1000 for time_s in recording.times_s]
        first = 0
        while first < len(times_ms):
            end = first + 1
            period_ms = times_ms[end] - times_ms[first] if end < len(times_ms) else 0
            while end < min(len(times_ms), first + ENTRY) and times_ms[end] - times_ms[end - 1] == period_ms:
                end += 1
            payload = encode_columns([channel.values[first:end] for channel in recording.channels])
            self.entries.append(Entry(0, first, end - first, self.boot, times_ms[first], period_ms, payload))
            first = end


class MeasuredSeal(NodeSeal):
    """A seal that keeps count of what it sealed."""

    def seal(self, plaintext: bytes, ask: bool = False) -> bytes:
        """Return the next uplink frame."""
        frame = super().seal(plaintext, ask)
        self.added = len(frame) - len(plaintext)
        return frame


def stream_info(recording: Recording) -> StreamInfo:
    """Return the schema of a recording's stream."""
    columns = [(channel.name, "1", int(channel.step.log10())) for channel in recording.channels]  # every step is a power of ten
    return StreamInfo(recording.source, 0, tuple(columns), max_age_ms=60_000)


def make_node(recording: Recording, link: Link, log: MemoryLog, device: int = 1) -> tuple[NodeSession, MeasuredSeal]:
    """Return the session and the seal of a node that samples what was recorded into `log`, which is still empty."""
    info = stream_info(recording)
    seal = MeasuredSeal(KEY, device, lambda: b"salt" + device.to_bytes(4, "big"))
    stream = NodeStream(0, info.digest(), info, log)
    return NodeSession(seal, link, log, [stream], Identity(b"conf", "0.1.0")), seal
