"""The column codec: golden vectors, bounds on hostile bytes, missing values, on both interpreters."""

import json
from binascii import hexlify, unhexlify

from gilmok_wire.columns import LIMIT, decode_column, decode_columns, encode_columns
from gilmok_wire.errors import DecodeError, EncodeError
from support.dice import Dice
from support.paths import GOLDEN

TOP = LIMIT - 1


def _is_refused(block, count):
    try:
        decode_columns(unhexlify(block), count)
    except DecodeError:
        return True
    return False


def test_golden_columns():
    with open(GOLDEN + "/wire/columns.json") as file:
        vectors = json.load(file)["vectors"]
    assert len(vectors) > 150
    for vector in vectors:
        values, column = vector["values"], vector["column"]
        assert hexlify(encode_columns([values])).decode() == column, values
        assert decode_columns(unhexlify(column), len(values)) == [values], column


def test_columns_behind_one_another():
    columns = [[1, 2, 3, 4], [None] * 4, [0] * 4, [None, 5, None, -5], [TOP, -TOP, TOP, -TOP]]
    block = encode_columns(columns)
    assert decode_columns(block, 4) == columns
    values, at = decode_column(block, 0, 4)
    assert values == columns[0]
    assert decode_column(block, at, 4) == (columns[1], at + 1)
    assert decode_columns(memoryview(block), 4) == columns
    assert decode_columns(b"", 4) == []


def test_values_that_do_not_fit():
    for value in (LIMIT, -LIMIT, 1 << 40):
        try:
            encode_columns([[0, value]])
            raise AssertionError(value)
        except EncodeError:
            pass


def test_every_truncation_is_refused_or_ends_at_a_column():
    columns = [[3, 1, 4, 1, 5, 9, 2, 6], [None, 1, None, 2, 3, 4, 5, 6], [7] * 8]
    block = encode_columns(columns)
    ends = {len(encode_columns(columns[:count])): count for count in range(4)}
    for length in range(len(block)):
        if length in ends:
            assert decode_columns(block[:length], 8) == columns[: ends[length]]
        else:
            assert _is_refused(hexlify(block[:length]), 8), length


def test_malformed_columns():
    for block, count in [
        ("3e", 4),  # empty, yet with a bitmap
        ("5e", 4),  # runs without a seed
        ("3f00", 4),  # a bitmap of nothing
        ("3fff", 4),  # padding of the bitmap
        ("ff", 2),  # order 3 of two values
        ("5f", 4),  # no seed
        ("5fffffffffff01", 4),  # a varint of six bytes
        ("0001", 4),  # quotients missing
        ("00f1", 4),  # padding of the quotients
        ("04f0", 4),  # remainders missing
        ("03f0ffff", 4),  # padding of the remainders
        ("1df0ffffffffffffffffffffffffffffffff", 4),  # beyond 29 bits
        ("5f8080808004", 2),  # a seed beyond 29 bits
        ("1f1e", 0),  # columns of nothing
    ]:
        assert _is_refused(block, count), block


def test_quotients_are_bounded_by_twice_the_count():
    # Four values, k = 0: quotients that sum to 8 are more than the parameter's rule can give, yet what a decoder must bear.
    assert decode_columns(unhexlify("00" + "01e0"), 4)[0] == [-4, 0, 0, 0]  # 7 zero bits
    assert decode_columns(unhexlify("00" + "00f0"), 4)[0] == [4, 0, 0, 0]  # 8
    assert _is_refused("00" + "0078", 4)  # 9
    assert _is_refused("00" + "00" * 5000 + "f0", 4)


def test_runs():
    # "1" is three residuals of 0, "01" is one, "001" is -1, "0001" is 1.
    for block, values in [
        ("5e0a90", [5, 5, 5, 5, 4]),  # 1 001
        ("5e0ac4", [5, 5, 5, 5, 5, 5, 5, 6]),  # 1 1 0001
        ("7ebf800ac4", [5, None, 5, 5, 5, 5, 5, 5, 6]),  # behind a bitmap
        ("9e0a02c8", [5, 6, 7, 8, 9, 10, 11, 12, 12]),  # of order 2: 1 1 001
    ]:
        assert hexlify(encode_columns([values])).decode() == block
        assert decode_columns(unhexlify(block), len(values)) == [values]
    assert decode_columns(unhexlify("5e0ad0"), 8) == [[5] * 8]  # 1 1 01: no encoder says it so, a decoder need not mind


def test_malformed_runs():
    for block, count in [
        ("5e0a", 8),  # no symbol
        ("5e0a000000", 8),  # a symbol without an end
        ("5e0a80", 8),  # four residuals are missing
        ("5e0ae0", 8),  # nine residuals instead of seven
        ("5e0ad8", 8),  # a symbol behind the last residual
        ("5e0ac5", 8),  # … in the padding behind another one
        ("5e0a", 1),  # runs of nothing
        ("7e800af8", 8),  # … for all that the bitmap says
        ("3ef8", 8),  # order 0
        ("5efeffffff03c4", 8),  # beyond 29 bits
    ]:
        assert _is_refused(block, count), block


def test_runs_are_bounded_by_three_bits_a_residual():
    assert decode_columns(unhexlify("5e0a" + "c00008"), 8) == [[5] * 7 + [-4]]  # the 21st bit of seven residuals
    assert _is_refused("5e0a" + "c00004", 8)
    assert _is_refused("5e0a" + "00" * 5000 + "80", 8)


def test_runs_are_taken_where_they_are_shorter():
    assert encode_columns([[5, 5, 5, 5, 4, 4, 4, 4, 5]])[0] == 0x5E  # 1 001 1 0001 for 1 1 1 01 1 1 1 001
    assert encode_columns([[5, 5, 5, 5, 4, 4, 4, 4, 5, 5, 5]])[0] == 0x40  # with 01 01 they are as long
    assert encode_columns([[0, 0, 0, 1] + [0] * 12])[0] == 0  # order 0 has none


def test_more_columns_than_a_store_has_are_refused():
    assert len(decode_columns(b"\x1f" * 16, 4096)) == 16
    assert _is_refused(b"1f" * 17, 4096)
    assert len(decode_columns(b"\x1f" * 3, 4096, most=3)) == 3


def test_round_trips():
    dice = Dice(7)
    for _ in range(100):
        count = dice.between(1, 60)
        level, steps = dice.between(-LIMIT + 60, LIMIT - 61), [0] * dice.between(1, 40) + [1, -1]
        column = []
        for _ in range(count):
            level += dice.pick(steps)
            column.append(level)
        columns = [column, [None if dice.chance(20) else value for value in column]]
        assert decode_columns(encode_columns(columns), count) == columns
        span = 1 << dice.below(29)
        columns = [[dice.between(-span, span - 1) for _ in range(count)] for _ in range(dice.between(1, 3))]
        missing = dice.pick([0, 0, 30, 95])
        columns = [[None if dice.chance(missing) else value for value in column] for column in columns]
        block = encode_columns(columns)
        assert decode_columns(block, count) == columns


def test_hostile_bytes_raise_nothing_else():
    dice = Dice(8)
    for _ in range(1500):
        block = dice.bytes(dice.below(40))
        try:
            for column in decode_columns(block, dice.between(1, 50)):
                for value in column:
                    assert value is None or -LIMIT < value < LIMIT
        except DecodeError:
            pass
