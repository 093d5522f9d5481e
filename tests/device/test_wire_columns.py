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
        ("5e", 4),  # empty, yet with an order
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


def test_more_columns_than_a_store_has_are_refused():
    assert len(decode_columns(b"\x1f" * 16, 4096)) == 16
    assert _is_refused(b"1f" * 17, 4096)
    assert len(decode_columns(b"\x1f" * 3, 4096, most=3)) == 3


def test_round_trips():
    dice = Dice(7)
    for _ in range(150):
        count = dice.between(1, 60)
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
