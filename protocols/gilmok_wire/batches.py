"""Batches on the sending side: rows of one stream to a message that fits.

Source: SPEC.md section 3, codes 1 and 2.
"""

from . import cbor, messages
from .columns import LIMIT, encode_column


class Rows:
    """Consecutive records of one stream and one boot.

    Shape: `times` holds n scheduled uptimes in ms, a list or a range; `columns` m lists of n values.
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
