"""The gist of an alarm's event, sent ahead of its record: eleven bytes of plaintext, so that the sealed frame has 24.

That is what AS923's and US915's slowest data rates carry, and half of what the record takes on the air. Source: SPEC.md section 3.
"""

from .compat import const
from .errors import DecodeError

ALARM = "alarm"  # the stream whose records an alert announces; its columns begin with rule, event, state, level, value
_MISSING = const(-0x8000)  # the value: none, or one that 16 bits do not hold
_LENGTH = const(8)


def encode_alert(stream, sequence, values):
    """Return the byte string of record `sequence` of a stream called ALARM; `values` are its columns.

    Raises: ValueError where one is missing that cannot be.
    """
    rule, event, state, level, value = values[:5]
    if None in (rule, event, state, level) or not (0 <= event < 16 and 0 <= state < 16 and 0 <= level < 8):
        raise ValueError("alert: rule {}, event {}, state {}, level {}".format(rule, event, state, level))
    if value is None or not _MISSING < value < -_MISSING:
        value = _MISSING
    numbers = ((stream << 3 | level, 1), (sequence & 0xFFFF, 2), (rule & 0xFFFF, 2), (event << 4 | state, 1), (value & 0xFFFF, 2))
    return b"".join([number.to_bytes(size, "big") for number, size in numbers])


def decode_alert(data):
    """Return (stream, low 16 bits of the sequence, low 16 bits of the rule's id, event, state, level, value or None).

    Raises: DecodeError.
    """
    if len(data) != _LENGTH:
        raise DecodeError("alert: {} bytes".format(len(data)))
    value = int.from_bytes(data[6:], "big")
    value = value if value < 0x8000 else value - 0x10000
    low, rule = int.from_bytes(data[1:3], "big"), int.from_bytes(data[3:5], "big")
    return data[0] >> 3, low, rule, data[5] >> 4, data[5] & 15, data[0] & 7, None if value == _MISSING else value
