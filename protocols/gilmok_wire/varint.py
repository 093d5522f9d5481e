"""LEB128 integers and the zig-zag mapping of signed to unsigned."""

from .compat import const
from .errors import DecodeError

_MAX_BYTES = const(5)  # 35 bits: every zig-zagged difference of order 3 of 29-bit values fits


def encode_varint(out, number):
    """Append the LEB128 form of a non-negative integer to the bytearray `out`."""
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def decode_varint(data, at):
    """Return (number, offset behind it).

    Raises: DecodeError when truncated or longer than five bytes.
    """
    number = shift = 0
    end = min(len(data), at + _MAX_BYTES)
    while at < end:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7
    raise DecodeError("varint: truncated or longer than {} bytes".format(_MAX_BYTES))


def zigzag(value):
    """Map 0, −1, 1, −2 … to 0, 1, 2, 3 …."""
    return value << 1 if value >= 0 else ~(value << 1)


def unzigzag(number):
    """Undo `zigzag`."""
    return ~(number >> 1) if number & 1 else number >> 1
