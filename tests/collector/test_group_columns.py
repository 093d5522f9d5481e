"""Groups of blocks decoded together against the wire's decoder: the same values; and nothing sound is left out."""

import random

import pytest
from collector.test_columns import LIMIT, _blocks, _hostile, _outcome
from gilmok_collector import ahead, group_columns
from gilmok_collector.ahead import AheadDecoder
from gilmok_collector.group_columns import decode_blocks
from gilmok_wire import columns as wire
from gilmok_wire.collector_dialogue import Opened
from gilmok_wire.errors import DecodeError
from gilmok_wire.messages import BATCH, BATCH_EXCEPTIONS, MAX_COLUMNS, MAX_COUNT
from hypothesis import given
from hypothesis import strategies as st


@pytest.fixture(autouse=True)
def _small_groups(monkeypatch):
    monkeypatch.setattr(group_columns, "FEWEST", 1)
    monkeypatch.setattr(ahead, "FEWEST", 1)


def _check(blocks):
    """Compare what `decode_blocks` makes of the blocks with what the wire's decoder makes of each."""
    found = list(decode_blocks(blocks))
    for (data, count), columns in found:
        assert columns == wire.decode_columns(data, count)
        assert all(type(value) is int for column in columns for value in column)
    for data, count in blocks:
        outcome = _outcome(wire.decode_columns, data, count)
        whole = outcome not in ("refused", []) and not any(None in column for column in outcome)
        taken = sum(block == (data, count) for block, _ in found)
        assert taken == (blocks.count((data, count)) if whole and 0 < count <= MAX_COUNT else 0)


def _encoded(blocks):
    return [(wire.encode_columns(columns), count) for count, columns in blocks]


@given(st.lists(_blocks, max_size=8).map(_encoded))
def test_sound_blocks_of_any_size(blocks):
    _check(blocks)


@given(st.lists(st.tuples(_hostile, st.integers(0, MAX_COUNT + 1)), max_size=8), st.lists(_blocks, max_size=2).map(_encoded))
def test_hostile_blocks_beside_sound_ones(hostile, sound):
    _check([*hostile, *sound])


@given(st.lists(_blocks, min_size=1, max_size=4).map(_encoded), st.data())
def test_damaged_blocks_beside_sound_ones(blocks, data):
    damaged = []
    for encoded, count in blocks:
        spoilt = bytearray(encoded)
        for _ in range(data.draw(st.integers(0, 2)) if spoilt else 0):
            spoilt[data.draw(st.integers(0, len(spoilt) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        cut = bytes(spoilt[: data.draw(st.integers(0, len(spoilt)))])
        damaged.append((cut, data.draw(st.sampled_from((count, count, count - 1, count + 1)))))
    _check(damaged + blocks)


@pytest.mark.parametrize("count", (1, 2, 7, 32, 129, 256))
def test_every_parameter_and_every_cut(count):
    blocks = []
    for parameter in range(30):
        sizes = [min((index % 3 << parameter) + index >> 1, LIMIT - 1) for index in range(count)]
        data = bytearray([parameter])  # order 0, whatever the encoder would choose
        wire._write_rice(data, [-size if index & 1 else size for index, size in enumerate(sizes)], parameter)
        blocks += [(bytes(data[:end]), count) for end in range(len(data), 0, -1 if len(data) < 99 else -41)]
    _check(blocks)


def test_every_bit_of_a_block_counts():
    random_walk = random.Random(3)
    columns = [[value := random_walk.randrange(99)] + [value := value + random_walk.randrange(-9, 9) for _ in range(8)] for _ in range(3)]
    columns.append([index * index for index in range(9)])
    data = wire.encode_columns(columns)
    spoilt = [bytearray(data) for _ in range(8 * len(data))]
    for bit, block in enumerate(spoilt):
        block[bit >> 3] ^= 1 << (bit & 7)
    _check([(bytes(block), 9) for block in spoilt])


@pytest.mark.parametrize("seed", (b"\x82\x80\x80\x80\x00", b"\x82\x80\x80\x80\x80\x00", b"\xff" * 5, b"\xff\xff\xff\xff\x7f"))
@pytest.mark.parametrize("order", (1, 2, 3))
def test_seeds_of_many_bytes(seed, order):
    _check([(bytes([order << 6 | wire.CONSTANT]) + seed * order, 4), (bytes([order << 6 | 2]) + seed * order + b"\xff\xff\x00", 4)])


@pytest.mark.parametrize("order", (0, 1, 2, 3))
def test_sums_as_large_as_damage_can_make_them(order):
    head = bytes([order << 6 | 29]) + b"\xfe\xff\xff\xff\x7f" * order
    bits = "001" * (MAX_COUNT - order)
    unary = int(bits + "0" * (-len(bits) % 8), 2).to_bytes(len(bits) + 7 >> 3, "big")
    low = (MAX_COUNT - order) * 29
    remainders = ((1 << low) - 1 << -low % 8).to_bytes(low + 7 >> 3, "big")
    _check([(head + unary + remainders, MAX_COUNT)])


@pytest.mark.parametrize("order", (1, 2, 3))
def test_orders_above_the_count(order):
    for count in (1, 2, 3, 4):
        _check([(bytes([order << 6 | parameter]) + b"\x02" * 9, count) for parameter in (0, 5, 29, wire.CONSTANT)])


def test_columns_up_to_the_most_there_may_be():
    _check([(b"\x5f\x02" * width, 3) for width in range(MAX_COLUMNS + 3)])


def _frame(*messages):
    return Opened(list(messages), [], None, 0, 0)


def _batch(block, count, code=BATCH):
    return [code, 0, 0, count, 1, 0, 0, block]


@given(st.lists(st.tuples(_hostile, st.integers(0, 70)), max_size=6), st.lists(_blocks, max_size=3).map(_encoded))
def test_what_was_decoded_ahead_is_what_is_asked_for(hostile, sound):
    decoder = AheadDecoder()
    blocks = [*hostile, *sound, *sound]
    decoder.decode_ahead([_frame(*[_batch(*block) for block in blocks])])
    for block in reversed(blocks):
        assert _outcome(decoder, *block) == _outcome(wire.decode_columns, *block)


def test_two_frames_with_the_same_block_do_not_share_their_columns():
    decoder, block = AheadDecoder(), (wire.encode_columns([[1, 2, 3]]), 3)
    decoder.decode_ahead([_frame(_batch(*block)), _frame(_batch(*block))])
    assert decoder(*block) == decoder(*block) == decoder(*block)
    decoder.decode_ahead([_frame(_batch(*block)), _frame(_batch(*block))])
    assert decoder(*block) is not decoder(*block)


def test_nothing_of_a_group_is_kept_for_the_next_and_only_plain_batches_are_decoded_ahead(monkeypatch):
    asked = []
    monkeypatch.setattr(group_columns, "decode_blocks", lambda blocks: asked.append(blocks) or [])
    decoder, block = AheadDecoder(), (b"\x5f\x02", 3)
    decoder.decode_ahead([_frame(_batch(*block, BATCH_EXCEPTIONS), [8, 1], _batch(*block))])
    decoder.decode_ahead([_frame([8, 1])])
    assert asked == [[block]]
    with pytest.raises(DecodeError):
        decoder(b"\xff", 3)


@given(st.lists(st.lists(st.sampled_from((0, 0, 0, 0, 0, 0, 0, 1, -1, 5)), min_size=2, max_size=40), min_size=1, max_size=8))
def test_columns_in_runs(steps):
    blocks = []
    for column in steps:
        values = [total := 7] + [total := total + step for step in column]
        blocks.append((wire.encode_columns([values, values[::-1]]), len(values)))
    _check(blocks)


def test_runs_that_end_with_their_residuals_and_those_that_do_not():
    # Order 1, seed 0; 1 is three zeros, 01 one zero, 001 a residual of -1 (zig-zag 1).
    sound = bytes((0x5E, 0, 0b1101_0010)), 9  # 3 + 3 + 1 zeros, then -1
    beyond, padded = (bytes((0x5E, 0, 0b1110_0000)), 9), (bytes((0x5E, 0, 0b1101_0011)), 9)
    assert wire.decode_columns(*sound) == [[0, 0, 0, 0, 0, 0, 0, 0, -1]]
    assert list(decode_blocks([sound, beyond, padded, (b"\x5e\0", 1)])) == [(sound, [[0, 0, 0, 0, 0, 0, 0, 0, -1]])]
    _check([sound, beyond, padded, (b"\x5e\0", 1), (b"\x5e\0\xff", 1)])
