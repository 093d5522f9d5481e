"""The gist of an alarm: eleven bytes, twenty-four sealed."""

from gilmok_wire import cbor, messages
from gilmok_wire.alert import decode_alert, encode_alert
from gilmok_wire.errors import DecodeError

LIMITS = ((0, 0, (1, 0, 0, 0, None)), (30, (1 << 40) - 1, ((1 << 29) - 1, 14, 7, 4, 32767)), (4, 70_000, (0x12345, 3, 2, 3, -32767)))


def raises(error, call, *arguments):
    try:
        call(*arguments)
    except error:
        return True
    return False


def test_what_is_said_is_read():
    for stream, sequence, values in LIMITS:
        rule, event, state, level, value = values
        told = decode_alert(encode_alert(stream, sequence, values))
        assert told == (stream, sequence & 0xFFFF, rule & 0xFFFF, event, state, level, value), values


def test_a_sealed_alert_has_24_bytes():
    for stream, sequence, values in LIMITS:
        assert len(cbor.encode([messages.ALERT, encode_alert(stream, sequence, values)])) == 11


def test_a_value_that_does_not_fit_is_missing():
    for value in (32768, -32768, 1 << 28):
        assert decode_alert(encode_alert(1, 2, (3, 0, 1, 3, value)))[6] is None


def test_what_cannot_be_is_refused():
    for values in ((None, 0, 1, 3, 5), (1, 16, 1, 3, 5), (1, 0, 16, 3, 5), (1, 0, 1, 8, 5), (1, 0, 1, None, 5)):
        assert raises(ValueError, encode_alert, 1, 2, values), values
    for length in (0, 7, 9):
        assert raises(DecodeError, decode_alert, bytes(length)), length


def test_the_golden_frames_say_what_spec_says():
    assert decode_alert(b"\x13\x00\x05\xb1\xc2\x12\xfe\xd4") == (2, 5, 0xB1C2, 1, 2, 3, -300)
    assert decode_alert(b"\xf4\xff\xff\x00\x00\x00\x80\x00") == (30, 0xFFFF, 0, 0, 0, 4, None)
