"""Sets of numbers as ranges, and varints, on both interpreters."""

from gilmok_wire.errors import DecodeError
from gilmok_wire.ranges import Ranges
from gilmok_wire.varint import decode_varint, encode_varint, unzigzag, zigzag
from support.dice import Dice


def _check(ranges, members, limit):
    """Assert that `ranges` is the set `members`, in the shortest sorted form."""
    pairs = ranges.pairs
    assert all([first < end for first, end in pairs])
    assert all([pairs[index][1] < pairs[index + 1][0] for index in range(len(pairs) - 1)])
    assert len(ranges) == len(members) and bool(ranges) == bool(members)
    for number in range(limit):
        assert (number in ranges) == (number in members), number


def test_ranges_are_sets():
    dice = Dice(3)
    for _ in range(60):
        ranges, members = Ranges(), set()
        for _ in range(25):
            first = dice.below(60)
            end = first + dice.below(9)
            ranges.add(first, end)
            members.update(range(first, end))
            _check(ranges, members, 75)
        low, high = dice.below(40), dice.between(30, 75)
        holes = Ranges(ranges.missing(low, high))
        _check(holes, {number for number in range(low, high) if number not in members}, 75)
        for number in range(75):
            end = number
            while end in members:
                end += 1
            assert ranges.end_of(number) == end


def test_a_copy_is_independent():
    ranges = Ranges([(3, 5)])
    copy = ranges.copy()
    copy.add(5, 9)
    assert ranges == Ranges([(3, 5)]) and copy == Ranges([(3, 9)]) and ranges != copy


def test_empty_ranges_add_nothing():
    ranges = Ranges()
    ranges.add(5, 5)
    ranges.add(6, 2)
    assert not ranges and ranges.missing(0, 0) == [] and ranges.missing(2, 4) == [(2, 4)]


def test_varints():
    # The examples of the DWARF standard, version 5, figure 22, and the width limits.
    for number, encoded in [(2, b"\x02"), (127, b"\x7f"), (128, b"\x80\x01"), (129, b"\x81\x01"), (12857, b"\xb9\x64")]:
        out = bytearray()
        encode_varint(out, number)
        assert out == encoded
        assert decode_varint(encoded, 0) == (number, len(encoded))
    for bits in range(35):
        out = bytearray(b"x")
        encode_varint(out, (1 << bits) - 1)
        assert decode_varint(out + b"y", 1) == ((1 << bits) - 1, len(out))


def test_varints_that_are_none():
    for data in (b"", b"\x80", b"\xff\xff\xff\xff\xff", b"\x80\x80\x80\x80\x80\x00"):
        try:
            decode_varint(data, 0)
            raise AssertionError(data)
        except DecodeError:
            pass


def test_zigzag():
    assert [zigzag(value) for value in (0, -1, 1, -2, 2)] == [0, 1, 2, 3, 4]
    for value in (0, 1, -1, 1 << 28, -(1 << 31), (1 << 31) - 1):
        assert unzigzag(zigzag(value)) == value
