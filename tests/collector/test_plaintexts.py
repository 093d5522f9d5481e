"""The fast reader of plaintexts against the wire's own: the same messages, or both refuse."""

import pytest
from fuzz.hostile import PLAINTEXTS, look, mutated
from gilmok_collector.plaintexts import _read_batches, decode_messages
from gilmok_wire import cbor, messages
from gilmok_wire.errors import DecodeError
from hypothesis import given
from hypothesis import strategies as st

_edges = [edge + step for edge in (0, 24, 1 << 8, 1 << 16, 1 << 32, messages.MAX_NUMBER) for step in (-1, 0, 1) if edge + step >= 0]
_numbers = st.sampled_from(_edges) | st.integers(0, messages.MAX_NUMBER - 1)
_batches = st.tuples(st.sampled_from((1, 2)), *[_numbers] * 6, st.binary(max_size=40) | st.sampled_from((b"x" * 255, b"x" * 256))).map(list)


def _outcome(decode, plaintext):
    try:
        return decode(plaintext)
    except DecodeError as error:
        return str(error)


def _encoded(items):
    return b"".join([cbor.encode(item) for item in items])


@given(st.lists(_batches, max_size=3))
def test_batches(batches):
    plaintext = _encoded(batches)
    assert _outcome(decode_messages, plaintext) == _outcome(messages.decode_messages, plaintext)
    is_sound = all(number < messages.MAX_NUMBER for batch in batches for number in batch[:7])
    assert _read_batches(plaintext) == (batches if is_sound else None)


@look(150)
@given(PLAINTEXTS | mutated(st.lists(_batches, max_size=2).map(_encoded)))
def test_anything(plaintext):
    assert _outcome(decode_messages, plaintext) == _outcome(messages.decode_messages, plaintext)


@pytest.mark.parametrize("size", (0, 1, 23, 24, 255, 256, 300))
def test_every_cut_and_every_changed_byte(size):
    plaintext = _encoded([[1, 0, 24, 32, 300, 70_000, 1 << 33, bytes(size)]])
    for cut in range(len(plaintext)):
        assert _outcome(decode_messages, plaintext[:cut]) == _outcome(messages.decode_messages, plaintext[:cut])
    for place in range(len(plaintext) - size):
        for octet in range(256):
            spoilt = plaintext[:place] + bytes([octet]) + plaintext[place + 1 :]
            assert _outcome(decode_messages, spoilt) == _outcome(messages.decode_messages, spoilt), (place, octet)
