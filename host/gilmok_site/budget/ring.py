"""The ring of records: how many days it holds, and in how many years its flash is worn.

Source: protocols/SPEC.md, section 5; Espressif, ESP-FAQ, "Non-Volatile Storage": typical flash stands 100 000 erases.
"""

from typing import TYPE_CHECKING

from .account import Line, Part, number
from .streams import Stream, stream_count

if TYPE_CHECKING:
    from ..boards import Board
    from ..model import Node

# firmware/gilmok_node/flash/entry.py and checkpoint.py; tests/site/test_budget.py compares.
ENTRY = 24  # bytes of an entry beside its payload, also of a note
HEADER = 32  # bytes of a block header beside its streams
BOUND = 10  # … and of each stream in it
BLOCK = 4096

ERASES = 100_000
_AWAY = 2  # blocks that hold nothing old: one kept erased ahead, one being filled
_DAYS_OF_YEAR = 365.25
_SPEC = "protocols/SPEC.md, 5"


def ring_of(board: "Board", streams: list[Stream], node: "Node") -> Part:
    """Return the days of records that the ring of a checked node holds at least."""
    unit = board.program_unit
    lines = [_entry_line(stream, unit) for stream in streams]
    a_day = sum(_day_bytes(stream, unit) for stream in streams)
    header, note = padded(HEADER + BOUND * stream_count(node, streams), unit), padded(ENTRY, unit)
    room = BLOCK - header - note
    blocks = board.records.size // BLOCK
    held = (blocks - _AWAY) * room
    turns = a_day / (blocks * room)
    lines += [
        Line("total", f"{number(a_day)} B/d"),
        Line("ring_block", f"{BLOCK} − {header} − {note} = {room} B", source=_SPEC),
        Line(
            "ring_days",
            f"({blocks} − {_AWAY}) × {room} B / {number(a_day)} B/d = {number(held / a_day)} d",
            source=f"boards/{board.name}.toml",
        ),
    ]
    if board.port != "linux":  # a memory card levels its wear itself, and does not say how
        years = ERASES / turns / _DAYS_OF_YEAR
        lines.append(
            Line("ring_wear", f"{number(ERASES)} / {number(turns)} /d / 365.25 = {number(years)} a", source='Espressif ESP-FAQ, "NVS"')
        )
    return Part(held / a_day, lines)


def padded(size: int, unit: int) -> int:
    """Return the bytes that `size` bytes take where flash is programmed in units."""
    return -(-size // unit) * unit


def _entry_bytes(stream: Stream, unit: int) -> int:
    """Return the bytes of one record; each is programmed by itself, as a sync after every reading does."""
    return padded(ENTRY + sum(stream.widths), unit)


def _day_bytes(stream: Stream, unit: int) -> float:
    return _entry_bytes(stream, unit) * stream.records


def _entry_line(stream: Stream, unit: int) -> Line:
    size = f"({ENTRY} + {sum(stream.widths)}) B" if unit == 1 else f"⌈({ENTRY} + {sum(stream.widths)}) / {unit}⌉ × {unit} B"
    sum_ = f"{size} × {number(stream.records)}/d = {number(_day_bytes(stream, unit))} B/d"
    return Line("stream", sum_, stream.name, _SPEC, "at_most" if stream.at_most else "")
