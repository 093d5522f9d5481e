"""A small deterministic CBOR codec for the device.

Carries what the wire uses: integers of 64 bits, byte and text strings, arrays, maps, false, true and null. Not floats, tags, bignums,
indefinite lengths or other simple values: the wire's values are integers.

Source: RFC 8949, section 3 and the core deterministic encoding of section 4.2.1.
"""

from .errors import DecodeError, EncodeError

MAX_DEPTH = 8  # our deepest message nests 3; the rest of the stack belongs to the caller

_UINT, _NINT, _BYTES, _TEXT, _ARRAY, _MAP = range(6)
_SIMPLE = {0xF4: False, 0xF5: True, 0xF6: None}
_MIN_BY_WIDTH = {1: 24, 2: 1 << 8, 4: 1 << 16, 8: 1 << 32}  # a wider argument than needed is not deterministic


def encode(value):
    """Return the deterministic encoding of `value`.

    Raises: EncodeError for a type or an integer the wire does not carry.
    """
    out = bytearray()
    _encode_into(out, value, 0)
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
        return _decode_map(data, at, argument, depth + 1)
    raise DecodeError("CBOR: item 0x{:02x} is not used here".format(initial))


def _encode_into(out, value, depth):
    if value is None:
        out.append(0xF6)
    elif value is False or value is True:
        out.append(0xF5 if value else 0xF4)
    elif isinstance(value, int):
        _encode_head(out, *((_UINT, value) if value >= 0 else (_NINT, -1 - value)))
    elif isinstance(value, str):
        try:
            data = value.encode()
        except UnicodeError:  # half of a surrogate pair
            raise EncodeError("CBOR: text is not Unicode") from None
        _encode_head(out, _TEXT, len(data))
        out.extend(data)
    elif isinstance(value, (bytes, bytearray, memoryview)):
        _encode_head(out, _BYTES, len(value))
        out.extend(value)
    elif depth >= MAX_DEPTH:
        raise EncodeError("CBOR: nested deeper than {}".format(MAX_DEPTH))
    elif isinstance(value, (list, tuple)):
        _encode_head(out, _ARRAY, len(value))
        for item in value:
            _encode_into(out, item, depth + 1)
    elif isinstance(value, dict):
        _encode_map(out, value, depth + 1)
    else:
        raise EncodeError("CBOR: cannot carry {}".format(type(value)))


def _encode_map(out, value, depth):
    pairs = []
    for key in value:
        encoded = bytearray()
        _encode_into(encoded, key, depth)
        pairs.append((bytes(encoded), key))
    _encode_head(out, _MAP, len(pairs))
    for encoded, key in sorted(pairs):  # bytewise lexicographic order of the encoded keys
        out.extend(encoded)
        _encode_into(out, value[key], depth)


def _encode_head(out, major, argument):
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


def _decode_map(data, at, count, depth):
    if count > (len(data) - at) // 2:
        raise DecodeError("CBOR: truncated")
    items = {}
    last = b""
    for _ in range(count):
        start = at
        key, at = decode_at(data, at, depth)
        encoded = bytes(data[start:at])
        if encoded <= last:
            raise DecodeError("CBOR: map keys are not in bytewise order")
        last = encoded
        if isinstance(key, (list, dict)):
            raise DecodeError("CBOR: a map key must be a scalar")
        items[key], at = decode_at(data, at, depth)
    return items, at
