"""Properties of the column codec, against a second implementation and on both interpreters."""

import random

from gilmok_wire.columns import LIMIT, decode_columns, encode_columns
from hypothesis import given
from hypothesis import strategies as st
from support.both_interpreters import answers_of_both

from wire import reference_columns

TOP = LIMIT - 1
STILL = st.sampled_from([0] * 9 + [1, -1, 2])
SPANS = st.sampled_from([1, 2, 10, 1000, 1 << 20, TOP])


@st.composite
def columns(draw, count=None):
    """Draw one column: noise, a walk or a curve of any span, moving always or hardly ever, some or all of it missing."""
    count = draw(st.integers(1, 70)) if count is None else count
    span = draw(SPANS)
    values = draw(st.lists(st.integers(-span, span) | STILL if draw(st.booleans()) else STILL, min_size=count, max_size=count))
    for _ in range(draw(st.integers(0, 3))):
        total = 0
        for index, value in enumerate(values):
            total = max(-TOP, min(TOP, total + value))
            values[index] = total
    missing = draw(st.sampled_from([0, 0, 1 << 70, (1 << 70) - 1]) | st.integers(0, (1 << 70) - 1))
    return [None if missing >> index & 1 else value for index, value in enumerate(values)]


BLOCKS = st.integers(1, 70).flatmap(lambda count: st.lists(columns(count), min_size=1, max_size=4))


@given(columns())
def test_the_codec_and_the_reference_agree_byte_for_byte(values):
    encoded = encode_columns([values])
    assert encoded == reference_columns.encode_column(values)
    assert reference_columns.decode_column(encoded, len(values)) == (values, len(encoded))


@given(BLOCKS)
def test_blocks_come_back(block):
    assert decode_columns(encode_columns(block), len(block[0])) == block


@given(columns(), st.integers(0, 3), st.integers(0, 29))
def test_any_order_and_parameter_is_understood(values, order, k):
    """An encoder may choose worse than the rule, where the bound on quotients lets it."""
    present = [value for value in values if value is not None]
    if len(present) < order:
        return
    residuals = reference_columns.differences(present, order)[1]
    numbers = [reference_columns.zigzag(residual) for residual in residuals]
    if any(number >= 1 << 30 for number in numbers) or sum(number >> k for number in numbers) > 2 * len(numbers):
        return
    encoded = reference_columns.encode_column(values, order, k)
    assert decode_columns(encoded, len(values)) == [values]


@given(columns())
def test_runs_never_make_a_column_longer(values):
    encoded = encode_columns([values])
    present = [value for value in values if value is not None]
    if present and encoded[0] & 31 == 30:
        in_rice = reference_columns.encode_column(values, encoded[0] >> 6, 0)
        assert len(encoded) <= len(in_rice)
        assert decode_columns(in_rice, len(values)) == [values]  # as earlier releases wrote it


@given(columns())
def test_the_parameter_keeps_quotients_below_twice_their_count(values):
    present = [value for value in values if value is not None]
    if not present:
        return
    _, residuals = reference_columns.differences(present, reference_columns.order_of(present))
    k = reference_columns.parameter_of(residuals)
    if k is not None:
        numbers = [reference_columns.zigzag(residual) for residual in residuals]
        assert sum(number >> k for number in numbers) < 2 * len(numbers)
        assert k <= 29


def test_both_interpreters_agree_byte_for_byte():
    dice = random.Random(20_180_216)
    blocks = []
    for _ in range(200):
        count, span = dice.randint(1, 130), 1 << dice.randint(0, 29)
        block = [[dice.randrange(-span + 1, span) for _ in range(count)] for _ in range(dice.randint(1, 3))]
        block.append([dice.randint(-9, 9)] * count)
        for index in range(1, count):
            block[-1][index] = block[-1][index - 1] + dice.choice([0] * 9 + [1, -1])
        share = dice.choice([0, 0, 0.2, 0.9])
        blocks.append([[None if dice.random() < share else value for value in column] for column in block])
    here, there = answers_of_both([["encode_columns", block] for block in blocks])
    assert here == there
    hostile = [dice.randbytes(dice.randint(0, 60)).hex() for _ in range(400)]
    hostile += ["5e02" + dice.randbytes(dice.randint(0, 30)).hex() for _ in range(200)]
    tasks = [["decode_columns", encoded, len(block[0])] for encoded, block in zip(here, blocks, strict=True)]
    tasks += [["decode_columns", block, dice.randint(1, 80)] for block in hostile]
    here, there = answers_of_both(tasks)
    assert here == there
    assert here[: len(blocks)] == blocks
    assert {"error": "DecodeError"} in here[len(blocks) :]
