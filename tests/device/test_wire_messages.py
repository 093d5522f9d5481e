"""The table of messages: shapes, refusals, digests, on both interpreters."""

from binascii import hexlify

from gilmok_wire import cbor, messages
from gilmok_wire.errors import DecodeError, Unsupported, WireError
from gilmok_wire.messages import check_pairs, check_statement, decode_messages, schema_digest

GOOD = [
    [0, 1, 77, 0, 1, 10, b"conf", "0.1.0"],
    [1, 0, 0, 1, 1, 0, 0, b"\x1f"],
    [2, 0, 0, 1, 1, 0, 0, b"\x1e\x1f"],
    [3, 0, 0, 1, 1, 0, 0, 0, 2, b"\x1f"],
    [4, 0, b"abcd", 0, 9],
    [4, 0, b"abcd", 0, 9, 3, 4],
    [5, 0, b"abcd", 0, ["river", 0, 1]],
    [6, 4, "fatal"],
    [7, 1, 0, None],
    [7, 1, 0, {"a": [1, b"x"]}],
    [8],
    [8, 0, 30],
    [9, 99],
    [9, -3],
    [10, b"\x13\x00\x05\xb1\xc2\x12\xfe\xd4"],
    [16, 5, 1000, 3],
    [16, 5, 1000, 3, [0, 9], [1, 0, 3, 5]],
    [17, 3, 1_760_000_000_000, 20],
    [18, 0, 1],
    [19, 77],
    [20, 1, "blink", None],
    [21, 5, -20],
]


def _encode_all(told):
    return b"".join([cbor.encode(message) for message in told])


def _is_refused(call, *args):
    try:
        call(*args)
    except DecodeError:
        return True
    return False


def test_every_kind_passes_through():
    assert {message[0] for message in GOOD} == set(messages.SHAPES)
    assert decode_messages(_encode_all(GOOD)) == (GOOD, [])
    assert decode_messages(b"") == ([], [])


def test_unknown_codes_are_told_and_the_rest_is_read():
    plaintext = _encode_all([GOOD[0], [22, 1], GOOD[4], [23, {"any": [None]}], [11]])
    assert decode_messages(plaintext) == ([GOOD[0], GOOD[4]], [22, 23, 11])


def test_what_is_no_message():
    for item in (0, "hello", None, b"", {}, [], ["hello"], [-1], [None], [[0]], [True], [False], [1 << 48]):
        assert _is_refused(decode_messages, cbor.encode(item)), item


def test_wrong_shapes():
    for message in GOOD:
        shape = messages.SHAPES[message[0]]
        if "|" not in shape:
            assert _is_refused(decode_messages, cbor.encode(message + [0])), message
        if not shape.startswith("|"):
            assert _is_refused(decode_messages, cbor.encode(message[: len(shape.split("|")[0])])), message
        for index in range(1, len(message)):
            letter = (shape.replace("|", "") + shape[-1] * len(message))[index - 1]
            for misfit in (None, True, "text", b"bytes", -1, 1 << 48, {}):
                fits = letter == "*" or (letter == "t" and misfit == "text") or (letter == "b" and misfit == b"bytes")
                if not fits and not (letter == "i" and misfit in (-1, 1 << 48) and misfit is not True):
                    changed = message[:index] + [misfit] + message[index + 1 :]
                    assert _is_refused(decode_messages, cbor.encode(changed)), changed


def test_pairs():
    assert check_pairs([]) == []
    assert check_pairs([0, 1, 3, 9]) == [(0, 1), (3, 9)]
    assert check_pairs([0, messages.MAX_SEQUENCE]) == [(0, messages.MAX_SEQUENCE)]
    for numbers in ([1], [2, 2], [3, 2], [0, 4, 3, 5], [0, 4, 4, 5], [0, messages.MAX_SEQUENCE + 1], [0, None], [0, True]):
        assert _is_refused(check_pairs, numbers), numbers


def test_statements():
    assert check_statement([3, 9]) == (3, 9, [], None)
    assert check_statement([3, 0, 4, 5]) == (3, 0, [(4, 5)], None)
    assert check_statement([3, 9, b""]) == (3, 9, [], (None, b""))
    assert check_statement([3, 9, b"abc", 10, 12]) == (3, 9, [(10, 12)], (8, b"abc"))
    assert check_statement([3, 9, b"abc\x06", 10, 12]) == (3, 9, [(10, 12)], (11, b"abc"))
    assert check_statement([3, 9, b"abc\x05"]) == (3, 9, [], (5, b"abc"))
    refused = [[], [3], [None, 1], [3, "9"], [3, [9]], [3, -1], [3, messages.MAX_SEQUENCE + 1], [3, 9, 1], [3, 1, 5, "6"]]
    refused += [[3, 9, b"ab"], [3, 9, b"abc\x80"], [3, 9, b"abc\x06\x00"], [3, 0, b"abc"], [3, 9, b"abc", 1], [3, 9, b"abc\x13"]]
    for statement in refused:
        assert _is_refused(check_statement, statement), statement


def test_schema_digest():
    # printf 83657269766572008183656c6576656c616d22 | xxd -r -p | sha256sum: [river, 0, [[level, m, -3]]] as CBOR.
    digest = schema_digest("river", messages.READINGS, (("level", "m", -3),))
    assert hexlify(digest).decode() == "83ceeee4"
    assert schema_digest("river", messages.READINGS, [["level", "m", -3]]) == digest
    assert schema_digest("river", messages.EVENTS, (("level", "m", -3),)) != digest
    assert schema_digest("river", messages.READINGS, (("level", "m", -3, 2),)) != digest


def test_what_is_unsupported_is_damaged_too():
    assert issubclass(Unsupported, DecodeError) and issubclass(Unsupported, WireError)
