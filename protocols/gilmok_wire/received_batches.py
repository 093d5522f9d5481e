"""Batches on the receiving side: messages to rows, and parts of wide records to whole ones.

Source: SPEC.md section 3, codes 1 to 3.
"""

from . import messages
from .batches import Rows
from .columns import LIMIT, decode_column, decode_columns
from .errors import DecodeError
from .wide_records import ROWS_IN_PARTS


def decode_batch(message, columns_decoder=decode_columns):
    """Return the Rows of a checked BATCH or BATCH_EXCEPTIONS message.

    Raises: DecodeError.
    """
    code, stream, first, count, boot, start_ms, period_ms, data = message
    _check_identity(stream, first, count)
    if period_ms >= LIMIT:
        raise DecodeError("batch: period {} ms".format(period_ms))
    at = 0
    if code == messages.BATCH_EXCEPTIONS:
        exceptions, at = decode_column(data, 0, count)
        times = _apply_exceptions(exceptions, start_ms, period_ms)
    else:
        times = _regular_times(start_ms, period_ms, count)
    columns = columns_decoder(data[at:] if at else data, count)
    if not 0 < len(columns) <= messages.MAX_COLUMNS:
        raise DecodeError("batch: {} columns".format(len(columns)))
    return Rows(stream, first, boot, times, columns)


class PartAssembler:
    """Joins the parts of wide records; bounded, so that hostile parts only cost their own kind."""

    LIMIT = 16  # groups under way: a window or two of them

    def __init__(self):
        self._partial = {}

    def add(self, message):
        """Return the whole records as Rows when `message`, a PART, completes them, else None.

        Raises: DecodeError.
        """
        _, stream, sequence, count, boot, start_ms, period_ms, first, total, data = message
        _check_identity(stream, sequence, count)
        columns = decode_columns(data, count)
        if not 0 < total <= messages.MAX_COLUMNS or first + len(columns) > total or count > ROWS_IN_PARTS:
            raise DecodeError("part: columns {} to {} of {}".format(first, first + len(columns), total))
        key = (stream, sequence, count, boot, start_ms, period_ms, total)
        if key not in self._partial and len(self._partial) >= self.LIMIT:
            self._partial.pop(min(self._partial))
        held = self._partial.setdefault(key, {})
        for index, column in enumerate(columns):
            held[first + index] = column
        if len(held) < total:
            return None
        del self._partial[key]
        times = _regular_times(start_ms, period_ms, count)
        return Rows(stream, sequence, boot, times, [held[index] for index in range(total)])


def _regular_times(start_ms, period_ms, count):
    """Return the uptimes of records at one pace: a range where they differ, which is made at once however many they are."""
    return range(start_ms, start_ms + count * period_ms, period_ms) if period_ms else [start_ms] * count


def _apply_exceptions(exceptions, start_ms, period_ms):
    if exceptions[0] is not None:
        raise DecodeError("batch: the first record cannot be an exception")
    times = []
    time_ms = start_ms - period_ms
    for deviation in exceptions:
        time_ms += period_ms + (deviation or 0)
        if time_ms < 0:
            raise DecodeError("batch: time before boot")
        times.append(time_ms)
    return times


def _check_identity(stream, first, count):
    if stream >= messages.MAX_STREAMS or not 0 < count <= messages.MAX_COUNT:
        raise DecodeError("batch: stream {}, {} records".format(stream, count))
    if first + count > messages.MAX_SEQUENCE:
        raise DecodeError("batch: sequence {} is out of range".format(first))
