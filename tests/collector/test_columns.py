"""The fast decoder against the wire's own: the same values, or both refuse."""

import csv

import pytest
from gilmok_collector.columns import decode_columns
from gilmok_wire import columns as wire
from gilmok_wire.errors import DecodeError
from hypothesis import given
from hypothesis import strategies as st

LIMIT = wire.LIMIT


def _outcome(decode, *args):
    """Return what `decode` makes of the arguments; a refusal is an outcome, any other error escapes."""
    try:
        return decode(*args)
    except DecodeError:
        return "refused"


def _walk(steps):
    values, value = [], 0
    for step in steps:
        value = max(1 - LIMIT, min(LIMIT - 1, value + step))
        values.append(value)
    return values


def _column(count):
    """Return a strategy for columns of `count` values as sensors make them, and as they do not."""
    anything = st.integers(1 - LIMIT, LIMIT - 1)
    still = st.lists(st.sampled_from([0] * 12 + [1, -1, 2, -40]), min_size=count, max_size=count).map(_walk)
    quiet = st.lists(st.integers(-9, 9), min_size=count, max_size=count).map(_walk)
    spiky = st.lists(st.sampled_from((0, 0, 0, 1, -1, 40, -3000, 1 << 24)), min_size=count, max_size=count).map(_walk)
    wild = st.lists(anything, min_size=count, max_size=count)
    steady = anything.map(lambda value: [value] * count)
    gappy = st.lists(st.one_of(st.none(), st.integers(-99, 99)), min_size=count, max_size=count)
    return st.one_of(still, quiet, spiky, wild, steady, gappy)


_blocks = st.integers(1, 150).flatmap(lambda count: st.tuples(st.just(count), st.lists(_column(count), min_size=0, max_size=6)))


@given(_blocks)
def test_what_was_encoded_comes_back(block):
    count, columns = block
    assert decode_columns(wire.encode_columns(columns), count) == columns


# Heads of every order and of the parameters a small file can hold, so that hostile bytes get past the first byte.
_heads = st.builds(
    lambda order, partial, parameter: bytes([order << 6 | partial << 5 | parameter]),
    st.integers(0, 3),
    st.sampled_from((0, 0, 0, 1)),
    st.one_of(st.integers(0, 31), st.integers(0, 4), st.just(wire.RUNS)),
)
_hostile = st.one_of(
    st.binary(max_size=80),
    st.lists(st.tuples(_heads, st.binary(max_size=24)), max_size=4).map(lambda parts: b"".join([head + rest for head, rest in parts])),
)


@given(_hostile, st.integers(0, 70), st.integers(0, 16))
def test_hostile_bytes_have_the_same_outcome(data, count, most):
    assert _outcome(decode_columns, data, count, most) == _outcome(wire.decode_columns, data, count, most)


@given(_blocks, st.data())
def test_damaged_blocks_have_the_same_outcome(block, data):
    count, columns = block
    encoded = bytearray(wire.encode_columns(columns))
    for _ in range(data.draw(st.integers(0, 3))):
        if encoded:
            encoded[data.draw(st.integers(0, len(encoded) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    cut = bytes(encoded[: data.draw(st.integers(0, len(encoded)))])
    asked = data.draw(st.sampled_from((count, count, count - 1, count + 1)))
    assert _outcome(decode_columns, cut, asked) == _outcome(wire.decode_columns, cut, asked)


@pytest.mark.parametrize("parameter", range(30))
@pytest.mark.parametrize("count", (1, 2, 7, 32, 129))
def test_every_parameter_and_every_cut(parameter, count):
    sizes = [min((index % 3 << parameter) + index >> 1, LIMIT - 1) for index in range(count)]
    values = [-size if index & 1 else size for index, size in enumerate(sizes)]
    data = bytearray([parameter])  # order 0, whatever the encoder would choose
    wire._write_rice(data, values, parameter)
    for end in range(len(data), 0, -1 if len(data) < 99 else -17):
        cut = bytes(data[:end])
        assert _outcome(decode_columns, cut, count) == _outcome(wire.decode_columns, cut, count)


@pytest.mark.parametrize("pending", (1, 2, 3, 5, 8, 11, 31, 32))
def test_quotients_may_sum_to_twice_their_number_and_no_more(pending):
    for zeros in range(2 * pending - 1, 2 * pending + 9):
        bits = "0" * zeros + "1" * pending
        bits += "0" * (-len(bits) % 8)
        data = bytes([0]) + int(bits, 2).to_bytes(len(bits) // 8, "big")
        outcome = _outcome(decode_columns, data, pending)
        assert outcome == _outcome(wire.decode_columns, data, pending)
        assert (outcome == "refused") == (zeros > 2 * pending)


@pytest.mark.parametrize("parameter", (1, 2, 3, 5, 6, 7, 11))
def test_padding_behind_remainders_must_be_0(parameter):
    values = [(index % 5 << parameter >> 2) - index for index in range(9)]
    data = bytearray([parameter])
    wire._write_rice(data, values, parameter)
    padding = -9 * parameter & 7
    assert padding
    for bit in range(padding):
        spoilt = data[:-1] + bytes([data[-1] | 1 << bit])
        assert _outcome(decode_columns, bytes(spoilt), 9) == "refused" == _outcome(wire.decode_columns, bytes(spoilt), 9)


@pytest.mark.parametrize("pending", (1, 2, 3, 5, 7, 8, 31))
@pytest.mark.parametrize("order", (1, 2, 3))
def test_every_cut_and_every_bit_of_runs(pending, order):
    """Not canonical ones too, and the last bits within and beyond three a residual."""
    head = bytes([order << 6 | wire.RUNS]) + b"\x02" * order
    for zeros in range(3 * pending + 9):
        bits = "1" * (zeros % 4) + "0" * zeros + "1" + "01" * (zeros % 3)
        bits += "0" * (-len(bits) % 8)
        data = head + int("1" + bits, 2).to_bytes(len(bits) // 8 + 1, "big")[1:]
        for cut in range(len(data) + 1):
            assert _outcome(decode_columns, data[:cut], pending + order) == _outcome(wire.decode_columns, data[:cut], pending + order)
    for number in range(1 << 12):
        data = head + (number << 4).to_bytes(2, "big")
        assert _outcome(decode_columns, data, pending + order) == _outcome(wire.decode_columns, data, pending + order)


def test_seeds_have_five_bytes_at_most():
    for length in (5, 6, 7):
        data = bytes([0x40 | wire.CONSTANT]) + b"\x82" + b"\x80" * (length - 2) + b"\x00"
        outcome = _outcome(decode_columns, data, 3)
        assert outcome == _outcome(wire.decode_columns, data, 3) == ([[1, 1, 1]] if length == 5 else "refused")


@pytest.mark.parametrize("order", (1, 2, 3))
def test_sums_beyond_29_bits_are_refused(order):
    data = bytearray([order << 6 | 1])
    for seed in ([LIMIT - 2, 0, 0], [LIMIT - 3, 1, 0], [LIMIT - 3, 1, 0])[order - 1][:order]:
        wire.encode_varint(data, wire.zigzag(seed))
    count = order + 6
    for residuals in ([0, 0, 1, 0, 0, 0], [0, 0, 1, -1, 1, 1]):
        block = bytearray(data)
        wire._write_rice(block, residuals, 1)
        assert _outcome(decode_columns, bytes(block), count) == _outcome(wire.decode_columns, bytes(block), count)
    assert _outcome(decode_columns, bytes(block), count) == "refused"


def test_values_at_the_edge_of_29_bits():
    for edge in (LIMIT - 1, 1 - LIMIT, LIMIT, -LIMIT):
        seed = bytearray()
        wire.encode_varint(seed, wire.zigzag(edge))
        constant = bytes([0x40 | wire.CONSTANT]) + seed
        outcome = _outcome(decode_columns, constant, 5)
        assert outcome == _outcome(wire.decode_columns, constant, 5)
        assert (outcome == "refused") == (abs(edge) == LIMIT)


def test_a_real_flood_comes_back(data_dir):
    with open(data_dir / "water/deadrun_01589330_201806_5min.csv", encoding="utf-8") as file:
        stage = [round(float(row["stage_ft"]) * 100) for row in csv.DictReader(file)]
    for first in range(0, len(stage), 32):
        rows = stage[first : first + 32]
        assert decode_columns(wire.encode_columns([rows, rows]), len(rows)) == [rows, rows]
