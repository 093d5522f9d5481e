"""Batches on the sending side: rows of one stream to a message that fits.

Source: SPEC.md section 3, codes 1 to 3.
"""

from . import cbor, messages
from .columns import LIMIT, encode_column, encode_columns
from .compat import const
from .errors import EncodeError

MAX_PARTS = const(8)  # frames that one group of wide records may take: one lost frame costs the group
ROWS_IN_PARTS = const(16)
_PART_ROWS = (16, 12, 8, 6, 4, 3, 2, 1)  # group sizes tried


class Rows:
    """Consecutive records of one stream and one boot.

    Shape: `times` holds n scheduled uptimes in ms; `columns` m lists of n values.
    """

    def __init__(self, stream, first, boot, times, columns):
        self.stream = stream
        self.first = first
        self.boot = boot
        self.times = times
        self.columns = columns

    def __len__(self):
        return len(self.times)

    @property
    def end(self):
        """The number behind the last record."""
        return self.first + len(self.times)


def encode_batch(rows, count):
    """Return the encoded message for the first `count` records of `rows`.

    Raises: EncodeError for a value outside the column codec's range.
    """
    times = rows.times
    period, exceptions = _fit_period(times, count)
    out = bytearray()
    if exceptions:
        encode_column(out, exceptions)
    for column in rows.columns:
        encode_column(out, column if count == len(times) else column[:count])
    code = messages.BATCH_EXCEPTIONS if exceptions else messages.BATCH
    return cbor.encode([code, rows.stream, rows.first, count, rows.boot, times[0], period, out])


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
    # The byte string's head takes two bytes, three from 256 on.
    room -= len(cbor.encode(head + [total, total, b""])) + (1 if room < 256 else 2)
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


def _fit_period(times, count):
    """Return (period, exceptions column or None): the commonest step, and where the steps differ from it."""
    if count < 2:
        return 0, None
    steps = {}
    for index in range(1, count):
        step = times[index] - times[index - 1]
        steps[step] = steps.get(step, 0) + 1
    period, most = 0, 0
    for step, number in steps.items():
        if number > most and 0 <= step < LIMIT:
            period, most = step, number
    if most == count - 1:
        return period, None
    exceptions = [None]
    for index in range(1, count):
        deviation = times[index] - times[index - 1] - period
        exceptions.append(deviation or None)
    return period, exceptions
