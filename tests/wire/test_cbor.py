"""The device's CBOR codec agrees with RFC 8949's examples and with two other implementations."""

import json
import math

import cbor2
import pytest
from cddl_verifier.cbor import encode as encode_rfc8949
from gilmok_wire import cbor
from gilmok_wire.errors import DecodeError, EncodeError
from hypothesis import given
from hypothesis import strategies as st
from support.both_interpreters import answers_of_both

CLAIMED = 37  # of the 82 examples


def is_carried(value):
    """Tell whether the codec claims to carry a value."""
    if isinstance(value, list):
        return all(map(is_carried, value))
    if isinstance(value, dict):
        return all(map(is_carried, [*value.keys(), *value.values()]))
    if isinstance(value, int):
        return -(1 << 64) <= value < 1 << 64
    return value is None or isinstance(value, str | bytes)


def is_claimed(text):
    """Tell whether an example is the deterministic encoding of a value that the codec carries."""
    if text == "f818":
        return False  # simple(24) in two bytes: an example of RFC 7049 that RFC 8949 calls malformed
    value = cbor2.loads(bytes.fromhex(text))
    return is_carried(value) and cbor2.dumps(value, canonical=True).hex() == text


@pytest.fixture(scope="module")
def examples(data_dir):
    """Return [(hex, whether the codec claims it)] of RFC 8949, appendix A."""
    texts = [example["hex"] for example in json.loads((data_dir / "vectors/cbor/appendix_a.json").read_text())]
    return [(text, is_claimed(text)) for text in texts]


def test_every_claimed_example_is_decoded_and_every_other_refused(examples):
    here, there = answers_of_both([["recode", text] for text, _ in examples])
    expected = [text if claimed else {"error": "DecodeError"} for text, claimed in examples]
    assert len(examples) == 82
    assert sum(claimed for _, claimed in examples) == CLAIMED
    assert here == expected
    assert there == expected


def test_claimed_examples_decode_to_what_cbor2_says(examples):
    for text, claimed in examples:
        if claimed:
            data = bytes.fromhex(text)
            assert cbor.decode(data) == cbor2.loads(data)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 64), (1 << 64) - 1)
    | st.sampled_from([sign * (1 << bits) + off for bits in (5, 8, 16, 32, 63) for off in (-1, 0, 1) for sign in (1, -1)])
    | st.binary(max_size=300)
    | st.text(max_size=100)
)
# cbor2's canonical order is that of RFC 7049, shorter keys first; it is RFC 8949's where the keys are of one major type.
UNIFORM_KEYS = st.sampled_from([st.integers(0, 1 << 40), st.integers(-1000, -1), st.text(max_size=30)])
UNIFORM = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=30) | UNIFORM_KEYS.flatmap(lambda keys: st.dictionaries(keys, inner)),
    max_leaves=10,
)
KEYS = st.none() | st.integers(-300, 70_000) | st.text(max_size=30) | st.binary(max_size=30)
ANY = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=10)


def depth_of(value):
    """Return how deep arrays and maps nest."""
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


@given(UNIFORM.filter(lambda value: depth_of(value) <= cbor.MAX_DEPTH))
def test_agreement_with_cbor2(value):
    encoded = cbor.encode(value)
    assert encoded == cbor2.dumps(value, canonical=True)
    assert cbor2.loads(encoded) == cbor.decode(encoded) == value


@given(ANY.filter(lambda value: depth_of(value) <= cbor.MAX_DEPTH))
def test_agreement_with_an_encoder_of_rfc_8949(value):
    encoded = cbor.encode(value)
    assert encoded == encode_rfc8949(value, canonical=True)
    assert cbor.decode(encoded) == value


@given(st.lists(SCALARS, max_size=5))
def test_sequences(values):
    encoded = b"".join(cbor2.dumps(value, canonical=True) for value in values)
    assert cbor.decode_sequence(encoded) == values


@pytest.mark.parametrize("value", [1.5, math.nan, "\ud800", {"\ud800": 1}, {1, 2}, cbor2.undefined])
def test_values_that_are_not_carried(value):
    with pytest.raises(EncodeError):
        cbor.encode(value)


@pytest.mark.parametrize("text", ["eda080", "c080", "f4908080", "80", "e6b0"])
def test_text_that_is_not_utf_8(text):
    data = cbor2.dumps(bytes.fromhex(text))
    with pytest.raises(DecodeError):
        cbor.decode(bytes([data[0] | 0x20]) + data[1:])
