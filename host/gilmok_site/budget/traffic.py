"""Frames and bytes a day: how many records share a batch, what a batch takes, and the answers to it.

Lost frames, greetings, schemas and faults are not foreseen. Source: protocols/SPEC.md, sections 1 to 4; gilmok_wire.
"""

from typing import NamedTuple

from gilmok_wire import cbor
from gilmok_wire.link import SERIAL
from gilmok_wire.messages import ACK, ANCHOR, BATCH
from gilmok_wire.node_stream import ROWS

from .account import DAY_MS, Line, Part, number
from .streams import Stream

SEAL = 13  # bytes of a frame beside its plaintext (SPEC section 2)
_CRC, _DELIMITERS, _COBS_RUN = 4, 2, 254  # serial framing (SPEC section 4)

# Slow channels take 3.6 bits a reading at 32 rows (docs/evidence.md); without head and seed of 3 bytes: (32 × 3.6 − 24) / 31 = 2.9.
RESIDUAL_BITS = 3

_UPTIME_DAYS = 30  # numbers and times are as wide as after a month without a reboot
_STORE, _EPOCH, _UNIX_MS = 0xFFFFFFFF, 1_800_000_000, 1_800_000_000_000


class Batches(NamedTuple):
    """A day of one stream on a link: batches of `rows` records in `parts` frames each, which hold `plaintext` bytes."""

    stream: Stream
    rows: int
    parts: int
    plaintext: int

    @property
    def frames(self) -> float:
        """Return the frames a day."""
        return self.stream.records / self.rows * self.parts


def traffic_of(streams: list[Stream]) -> Part:
    """Return the bytes a day on the serial line of a node, both ways."""
    a_day = [batches_of(stream, SERIAL.mtu) for stream in streams]
    lines = [_line(batches) for batches in a_day]
    up = sum(on_serial(batches.plaintext + SEAL) * batches.frames for batches in a_day)
    frames = sum(batches.frames for batches in a_day)
    answers = min(frames, DAY_MS / SERIAL.idle_ms)
    answer = on_serial(SEAL + answer_plaintext())
    total = up + answer * answers
    lines += [
        Line("answers", f"{number(answers)}/d × {answer} B = {number(answers * answer)} B/d", source="protocols/SPEC.md, 3"),
        Line("total", f"{number(up)} + {number(answers * answer)} = {number(total)} B/d"),
    ]
    return Part(total, lines)


def batches_of(stream: Stream, mtu: int) -> Batches:
    """Return the batches that a day's records of `stream` make in frames of `mtu` bytes."""
    rows = 1 if stream.urgent else min(ROWS, 1 + stream.max_age_ms // stream.every_ms)
    while rows > 1 and SEAL + batch_bytes(stream, rows) > mtu:
        rows -= 1
    size = batch_bytes(stream, rows)
    parts = -(-size // (mtu - SEAL))  # of a record that is wider than a frame
    return Batches(stream, rows, parts, -(-size // parts))


def batch_bytes(stream: Stream, rows: int) -> int:
    """Return the bytes of a batch of `rows` records."""
    columns = sum(stream.widths) + len(stream.widths) * -(-(rows - 1) * RESIDUAL_BITS // 8)
    sequence = round(stream.records * _UPTIME_DAYS)
    return len(cbor.encode([BATCH, 1, sequence, rows, 1, _UPTIME_DAYS * DAY_MS, stream.every_ms, bytes(columns)]))


def answer_plaintext() -> int:
    """Return the bytes of an acknowledgement of one stream, and the anchor with it."""
    acknowledgement = [ACK, _STORE, _EPOCH, 0xFFFF, [1, 0xFFFF]]
    anchor = [ANCHOR, 0xFFFF, _UNIX_MS, 0xFF]
    return len(cbor.encode(acknowledgement)) + len(cbor.encode(anchor))


def on_serial(frame: int) -> int:
    """Return the bytes that a frame takes on a serial line."""
    size = frame + _CRC
    return size + 1 + size // _COBS_RUN + _DELIMITERS


def _line(batches: Batches) -> Line:
    size = on_serial(batches.plaintext + SEAL)
    sum_ = f"{number(batches.stream.records)}/d ÷ {batches.rows}{f' × {batches.parts}' if batches.parts > 1 else ''} × "
    sum_ += f"({batches.plaintext} + {SEAL} + {size - batches.plaintext - SEAL}) B = {number(size * batches.frames)} B/d"
    return Line("batches", sum_, batches.stream.name, "protocols/SPEC.md, 1–4", "urgent" if batches.stream.urgent else "")
