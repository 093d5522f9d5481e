"""The device's CBOR codec: shortest forms only, nothing it does not carry, on both interpreters."""

from binascii import hexlify, unhexlify

from gilmok_wire import cbor
from gilmok_wire.errors import DecodeError, EncodeError

# Value and encoding: RFC 8949, appendix A, and each boundary of an argument's width (section 3).
PAIRS = [
    (0, "00"),
    (23, "17"),
    (24, "1818"),
    (255, "18ff"),
    (256, "190100"),
    (65535, "19ffff"),
    (65536, "1a00010000"),
    (4294967295, "1affffffff"),
    (4294967296, "1b0000000100000000"),
    (18446744073709551615, "1bffffffffffffffff"),
    (-1, "20"),
    (-24, "37"),
    (-25, "3818"),
    (-18446744073709551616, "3bffffffffffffffff"),
    (False, "f4"),
    (True, "f5"),
    (None, "f6"),
    (b"", "40"),
    (b"\x01\x02\x03\x04", "4401020304"),
    ("", "60"),
    ("IETF", "6449455446"),
    ("\u6c34", "63e6b0b4"),
    ("길목", "66eab8b8ebaaa9"),
    ([], "80"),
    ([1, [2, 3], [4, 5]], "8301820203820405"),
    ({}, "a0"),
    ({"a": 1, "b": [2, 3]}, "a26161016162820203"),
    ({10: 1, 100: 2, -1: 3, "z": 4, "aa": 5, False: 6}, "a60a011864022003617a0462616105f406"),
]

REFUSED = [
    "",
    "18",  # truncated arguments and contents
    "1901",
    "41",
    "6261",
    "81",
    "a1",
    "a101",
    "1817",  # longer than needed
    "1900ff",
    "1a0000ffff",
    "1b00000000ffffffff",
    "580161",
    "1c",  # reserved lengths
    "1f",
    "5f4101ff",  # indefinite lengths
    "7f6161ff",
    "9f01ff",
    "bf0101ff",
    "ff",
    "f7",  # other simple values, floats, tags
    "f0",
    "f820",
    "f90000",
    "fa47c35000",
    "fb3ff199999999999a",
    "c100",
    "d81800",
    "c249010000000000000000",
    "61ff",  # not UTF-8
    "62c328",
    "a201010101",  # keys twice, out of order, or no scalars
    "a2020101 01",
    "a2616100616101",
    "a18000",
    "a1a00000",
    "0000",  # more than one item
    "9affffffff",  # counts far beyond the bytes
    "9bffffffffffffffff00",
    "bbffffffffffffffff00",
    "5bffffffffffffffff00",
    "7b7fffffffffffffff00",
]


def _is_refused(data):
    try:
        cbor.decode(data)
    except DecodeError:
        return True
    return False


def test_values_and_encodings():
    for value, encoded in PAIRS:
        assert hexlify(cbor.encode(value)).decode() == encoded
        decoded = cbor.decode(unhexlify(encoded))
        assert decoded == value and type(decoded) is type(value), encoded


def test_refused_encodings():
    for encoded in REFUSED:
        assert _is_refused(unhexlify(encoded.replace(" ", ""))), encoded


def test_every_truncation_is_refused():
    data = cbor.encode([1, "text", b"bytes", [None, {1: True, "k": -300}], 1 << 40])
    for length in range(len(data)):
        assert _is_refused(data[:length]), length


def test_bytes_like_values():
    for value in (b"abc", bytearray(b"abc"), memoryview(b"abc")):
        assert cbor.encode(value) == b"\x43abc"
    for data in (b"\x82\x01\x41a", bytearray(b"\x82\x01\x41a"), memoryview(b"\x82\x01\x41a")):
        assert cbor.decode(data) == [1, b"a"]


def test_a_tuple_is_an_array():
    assert cbor.encode((1, (2,))) == cbor.encode([1, [2]])


def test_what_the_wire_does_not_carry():
    for value in (1.5, 1 << 64, -(1 << 64) - 1, object(), [1.5], {1: 1.5}, {1.5: 1}):
        try:
            cbor.encode(value)
        except EncodeError:
            continue
        raise AssertionError(value)


def test_depth_is_bounded_in_both_directions():
    deepest = []
    for _ in range(cbor.MAX_DEPTH - 1):
        deepest = [deepest]
    assert cbor.decode(cbor.encode(deepest)) == deepest
    try:
        cbor.encode([deepest])
        raise AssertionError("encoded deeper than allowed")
    except EncodeError:
        pass
    assert _is_refused(b"\x81" * 5000 + b"\x00")
    assert _is_refused(b"\xa1\x00" * 5000 + b"\x00")


def test_a_sequence():
    values = [0, "a", [1], None]
    encoded = b"".join([cbor.encode(value) for value in values])
    assert cbor.decode_sequence(encoded) == values
    assert cbor.decode_sequence(b"") == []
    try:
        cbor.decode_sequence(encoded + b"\x19\x01")
        raise AssertionError("a truncated item passed")
    except DecodeError:
        pass
