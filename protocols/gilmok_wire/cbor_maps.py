"""Maps of the CBOR codec, in a module of their own: a node meets one in its configuration only and forgets this module after boot.

Source: RFC 8949, sections 3.1 and 4.2.1.
"""

from .cbor import decode_at, encode_head, encode_into
from .compat import const
from .errors import DecodeError

_MAP = const(5)  # major type


def encode_map(out, value, depth):
    """Append the encoding of the dict `value`, whose items are `depth` levels deep, to the bytearray `out`.

    Raises: EncodeError.
    """
    pairs = []
    for key in value:
        encoded = bytearray()
        encode_into(encoded, key, depth)
        pairs.append((bytes(encoded), key))
    encode_head(out, _MAP, len(pairs))
    for encoded, key in sorted(pairs):  # bytewise lexicographic order of the encoded keys
        out.extend(encoded)
        encode_into(out, value[key], depth)


def decode_map(data, at, count, depth):
    """Return (dict, offset behind it) of the `count` pairs that start at `at`.

    Raises: DecodeError.
    """
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
