"""How near the column codec's simple choices come to an exhaustive search, on real recordings."""

import pytest
from gilmok_wire.columns import decode_columns, encode_columns

from wire import recordings, reference_columns

BLOCKS = 60  # of each series, spread over it: enough for a tenth of a percent, and a few seconds


@pytest.fixture(scope="module")
def sets(data_dir):
    """Return {name: blocks} of the two sorts of data the codec is for."""
    slow = recordings.slow_series(data_dir).values()
    fast = recordings.waveforms(data_dir).values()
    return {
        "slow channels, 32 rows": [block for values in slow for block in _some(recordings.blocks(values, 32))],
        "waveforms, 128 rows": [block for values in fast for block in _some(recordings.blocks(values, 128))],
    }


def _some(blocks):
    return blocks[:: max(1, len(blocks) // BLOCKS)]


def _bits(block):
    """Return the size in bits, before padding, of: the rule's choice, the best parameter at its order, the best of all."""
    present = [value for value in block if value is not None]
    if not present:
        return 8, 8, 8
    by_order = {}
    for order in range(min(3, len(present)) + 1):
        seeds, residuals = reference_columns.differences(present, order)
        head = 8 + 8 * sum(len(reference_columns.varint(reference_columns.zigzag(seed))) for seed in seeds)
        if len(present) < len(block):
            head += (len(block) + 7) // 8 * 8
        numbers = [reference_columns.zigzag(residual) for residual in residuals]
        rule = reference_columns.parameter_of(residuals)
        sizes = {None: head} if rule is None else {k: head + _rice_bits(numbers, k) for k in _around(rule)}
        by_order[order] = sizes[rule], min(sizes.values())
    chosen = by_order[reference_columns.order_of(present)]
    return chosen[0], chosen[1], min(best for _, best in by_order.values())


def _around(k):
    return range(max(0, k - 3), min(30, k + 4))  # the size has one minimum over k


def _rice_bits(numbers, k):
    return sum(number >> k for number in numbers) + len(numbers) * (k + 1)


def test_the_rules_are_close_to_an_exhaustive_search(sets):
    for name, blocks in sets.items():
        rule, best_parameter, best = (sum(bits) for bits in zip(*map(_bits, blocks), strict=True))
        parameter_loss, loss = rule / best_parameter - 1, rule / best - 1
        values = sum(map(len, blocks))
        print(f"{name}: {rule / values:.3f} bits a value; above the best parameter {parameter_loss:.3%}, of all {loss:.3%}")
        assert 0 <= parameter_loss <= 0.002
        assert 0 <= loss <= 0.006


def test_recordings_come_back_as_they_were(sets):
    for blocks in sets.values():
        for block in blocks:
            encoded = encode_columns([block])
            assert encoded == reference_columns.encode_column(block)
            assert decode_columns(encoded, len(block)) == [block]
