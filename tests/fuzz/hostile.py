"""What a hostile peer that has the key may send, as hypothesis strategies; and how long to look."""

import os

import cbor2
from gilmok_wire import cbor, messages
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

FACTOR = int(os.environ.get("GILMOK_FUZZ", "1"))


def look(examples):
    """Return the settings for that many examples in CI."""
    return settings(max_examples=examples * FACTOR, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


EDGES = [0, 1, 2, 3, 15, 16, 23, 24, 30, 31, 32, 255, 256, 4095, 4096, 4097, 65535, 65536, (1 << 24) - 1, 1 << 24]
EDGES += [1 << bits for bits in (29, 30, 31, 32, 40, 48, 53, 63)] + [(1 << bits) - 1 for bits in (29, 30, 32, 40, 48, 64)]
NUMBERS = st.sampled_from(EDGES) | st.integers(0, 200)
COLUMNS = st.binary(max_size=60) | st.sampled_from([b"\x1f" * 16, b"\x1e" * 17, b"\x5f\x02" * 3, b"\x00" * 40])
SCALARS = st.none() | st.booleans() | NUMBERS | st.integers(-(1 << 64), -1) | st.binary(max_size=20) | st.text(max_size=10)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.integers(0, 30), inner, max_size=3), max_leaves=8
)
SCHEMA_ITEMS = st.tuples(st.text(max_size=5), st.integers(0, 3), st.integers(0, 17)).map(list) | st.tuples(
    st.text(max_size=5), st.text(max_size=5), st.integers(-100, 100)
).map(list)
LETTERS = {
    "u": NUMBERS,
    "i": NUMBERS | st.integers(-300, -1),
    "b": COLUMNS,
    "d": st.binary(min_size=4, max_size=4),
    "t": st.text(max_size=40),
    "a": st.lists(NUMBERS, max_size=8) | SCHEMA_ITEMS | st.lists(VALUES, max_size=4),
    "*": VALUES,
}


@st.composite
def shaped(draw, codes=tuple(messages.SHAPES)):
    """Draw a message that passes the table of shapes, with whatever inside."""
    code = draw(st.sampled_from(codes))
    fixed, _, repeated = messages.SHAPES[code].partition("|")
    letters = fixed + repeated * draw(st.integers(0, 6))
    return [code] + [draw(LETTERS[letter]) for letter in letters]


# Encoded by the codec itself where it can: hostile values, well-formed bytes. Floats and tags come from cbor2.
ENCODED = shaped().map(cbor.encode) | VALUES.map(cbor2.dumps) | st.lists(VALUES, max_size=6).map(cbor2.dumps)


@st.composite
def mutated(draw, source):
    """Draw bytes of `source` with a few of them changed, left out or put in."""
    data = bytearray(draw(source))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return bytes(data)


PLAINTEXTS = st.lists(ENCODED, max_size=5).map(b"".join) | mutated(shaped().map(cbor.encode)) | st.binary(max_size=80)
