"""A small deterministic CBOR codec for the device.

Carries what the wire uses: integers of 64 bits, byte and text strings, arrays, maps, false, true and null. Not floats, tags, bignums,
indefinite lengths or other simple values: the wire's values are integers.

Source: RFC 8949, section 3 and the core deterministic encoding of section 4.2.1.
"""

from .compat import const
from .errors import DecodeError, EncodeError

MAX_DEPTH = 8  # our deepest message nests 3; the rest of the stack belongs to the caller

# Major types (section 3.1).
_UINT = const(0)
_NINT = const(1)
_BYTES = const(2)
_TEXT = const(3)
_ARRAY = const(4)
_MAP = const(5)

_SIMPLE = {0xF4: False, 0xF5: True, 0xF6: None}
_MIN_BY_WIDTH = {1: 24, 2: 1 << 8, 4: 1 << 16, 8: 1 << 32}  # a wider argument than needed is not deterministic


def encode(value):
    """Return the deterministic encoding of `value`.

    Raises: EncodeError for a type or an integer the wire does not carry.
    """
    out = bytearray()
    encode_into(out, value, 0)
    return bytes(out)


def decode(data):
    """Return the single value that `data` encodes.

    Raises: DecodeError when `data` is not exactly one deterministic item.
    """
    value, end = decode_at(data, 0)
    if end != len(data):
        raise DecodeError("CBOR: {} bytes behind the item".format(len(data) - end))
    return value


def decode_sequence(data):
    """Return the list of values in a CBOR sequence (RFC 8742).

    Raises: DecodeError.
    """
    values = []
    at = 0
    while at < len(data):
        value, at = decode_at(data, at)
        values.append(value)
    return values


def decode_at(data, at, depth=0):
    """Return (value, offset behind it) of the item that starts at `at`.

    Raises: DecodeError.
    """
    if at >= len(data):
        raise DecodeError("CBOR: truncated")
    initial = data[at]
    if initial in _SIMPLE:
        return _SIMPLE[initial], at + 1
    major = initial >> 5
    argument, at = _decode_argument(data, at)
    if major == _UINT:
        return argument, at
    if major == _NINT:
        return -1 - argument, at
    if major in (_BYTES, _TEXT):
        return _decode_string(data, at, argument, major)
    if depth >= MAX_DEPTH:
        raise DecodeError("CBOR: nested deeper than {}".format(MAX_DEPTH))
    if major == _ARRAY:
        return _decode_array(data, at, argument, depth + 1)
    if major == _MAP:
        from .cbor_maps import decode_map

        return decode_map(data, at, argument, depth + 1)
    raise DecodeError("CBOR: item 0x{:02x} is not used here".format(initial))


def encode_into(out, value, depth):
    """Append the encoding of `value`, an item `depth` levels deep, to the bytearray `out`.

    Raises: EncodeError.
    """
    if value is None:
        out.append(0xF6)
    elif value is False or value is True:
        out.append(0xF5 if value else 0xF4)
    elif isinstance(value, int):
        encode_head(out, *((_UINT, value) if value >= 0 else (_NINT, -1 - value)))
    elif isinstance(value, str):
        try:
            data = value.encode()
        except UnicodeError:  # half of a surrogate pair
            raise EncodeError("CBOR: text is not Unicode") from None
        encode_head(out, _TEXT, len(data))
        out.extend(data)
    elif isinstance(value, (bytes, bytearray, memoryview)):
        encode_head(out, _BYTES, len(value))
        out.extend(value)
    elif depth >= MAX_DEPTH:
        raise EncodeError("CBOR: nested deeper than {}".format(MAX_DEPTH))
    elif isinstance(value, (list, tuple)):
        encode_head(out, _ARRAY, len(value))
        for item in value:
            encode_into(out, item, depth + 1)
    elif isinstance(value, dict):
        from .cbor_maps import encode_map

        encode_map(out, value, depth + 1)
    else:
        raise EncodeError("CBOR: cannot carry {}".format(type(value)))


def encode_head(out, major, argument):
    """Append the head of an item of major type `major` (section 3).

    Raises: EncodeError.
    """
    major <<= 5
    if argument < 24:
        out.append(major | argument)
    elif argument < 1 << 8:
        out.append(major | 24)
        out.append(argument)
    elif argument < 1 << 16:
        out.append(major | 25)
        out.extend(argument.to_bytes(2, "big"))
    elif argument < 1 << 32:
        out.append(major | 26)
        out.extend(argument.to_bytes(4, "big"))
    elif argument < 1 << 64:
        out.append(major | 27)
        out.extend(argument.to_bytes(8, "big"))
    else:
        raise EncodeError("CBOR: {} needs more than 64 bits".format(argument))


def _decode_argument(data, at):
    info = data[at] & 31
    at += 1
    if info < 24:
        return info, at
    if info > 27:
        raise DecodeError("CBOR: indefinite or reserved length")
    width = 1 << (info - 24)
    if at + width > len(data):
        raise DecodeError("CBOR: truncated")
    argument = int.from_bytes(data[at : at + width], "big")
    if argument < _MIN_BY_WIDTH[width]:
        raise DecodeError("CBOR: {} is not in its shortest form".format(argument))
    return argument, at + width


def _decode_string(data, at, length, major):
    if length > len(data) - at:
        raise DecodeError("CBOR: truncated")
    raw = bytes(data[at : at + length])
    if major == _BYTES:
        return raw, at + length
    try:
        return raw.decode(), at + length
    except UnicodeError:  # also a ValueError on both interpreters
        raise DecodeError("CBOR: text is not UTF-8")


def _decode_array(data, at, count, depth):
    if count > len(data) - at:  # every item takes a byte: refuses hostile counts before allocating
        raise DecodeError("CBOR: truncated")
    items = []
    for _ in range(count):
        item, at = decode_at(data, at, depth)
        items.append(item)
    return items, at
