"""Records too wide for a frame: groups of them, split by columns into several messages.

Source: SPEC.md section 3, code 3.
"""

from . import cbor, messages
from .columns import encode_columns
from .compat import const
from .errors import EncodeError

MAX_PARTS = const(8)  # frames that one group of wide records may take: one lost frame costs the group
ROWS_IN_PARTS = const(16)
_PART_ROWS = const((16, 12, 8, 6, 4, 3, 2, 1))  # group sizes tried


def encode_parts(rows, room):
    """Return (count, messages): the first `count` records of `rows` split by columns into messages of at most `room` bytes each.

    Raises: EncodeError where not even one value fits.
    """
    best = best_cost = None
    regular = _regular(rows.times)
    for count in _PART_ROWS:
        parts = _split(rows, count, room) if count <= regular else []
        if not parts or (len(parts) > MAX_PARTS and count > 1):
            continue
        cost = len(parts) * (10 + len(parts)) / count  # frames a record, and at a tenth of frames lost the group's repetition
        if best is None or cost < best_cost:
            best, best_cost = (count, parts), cost
    if best is None:
        raise EncodeError("batch: no value fits {} bytes".format(room))
    return best


def _regular(times):
    """Return how many of the first times are equally spaced, ROWS_IN_PARTS at most."""
    count = min(len(times), ROWS_IN_PARTS)
    for index in range(2, count):
        if times[index] - times[index - 1] != times[1] - times[0]:
            return index
    return count


def _split(rows, count, room):
    """Return the part messages of `count` records, [] where a single column does not fit `room`."""
    period = rows.times[1] - rows.times[0] if count > 1 else 0
    head = [messages.PART, rows.stream, rows.first, count, rows.boot, rows.times[0], period]
    total = len(rows.columns)
    room -= len(cbor.encode(head + [total, total, b""]))
    room -= 0 if room < 24 else 1 if room < 257 else 2  # the byte string's head takes two bytes from 24 on, three from 256
    parts, data, first = [], b"", 0
    for index, column in enumerate(rows.columns):
        encoded = encode_columns([column[:count]])
        if len(encoded) > room:
            return []
        if len(data) + len(encoded) > room:
            parts.append(cbor.encode(head + [first, total, data]))
            data, first = b"", index
        data += encoded
    parts.append(cbor.encode(head + [first, total, data]))
    return parts
