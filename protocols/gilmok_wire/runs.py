"""Residuals in runs, decoded.

Apart from the columns and imported where a column has runs: a node hardly ever reads one back from its log, and this is 1 KB of its heap.

Source: SPEC.md section 1.
"""

from .errors import DecodeError
from .varint import unzigzag


def read_runs(data, at, count, values):
    """Append `count` residuals to `values`; return the offset behind their symbols.

    Raises: DecodeError.
    """
    end = len(values) + count
    start = at << 3
    quotient = 0
    for position in range(start, min(start + 3 * count, len(data) << 3)):  # as long as Rice with k = 0 may be, and that would be longer
        rest = data[position >> 3] << (position & 7) & 0xFF
        if rest < 0x80:
            quotient += 1
            continue
        if quotient > 1:
            values.append(unzigzag(quotient - 1))
        else:
            values.extend((0,) if quotient else (0, 0, 0))
        quotient = 0
        if len(values) >= end:
            if len(values) > end or rest > 0x80:
                raise DecodeError("column: runs beyond the last residual, or padding bits set")
            return (position >> 3) + 1
    raise DecodeError("column: runs truncated, or longer than the number of residuals allows")
