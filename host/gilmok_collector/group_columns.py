"""The columns of many blocks decoded at once, by numpy: what a commit's worth of frames carries.

The n-th columns of all blocks are decoded together, a row of a matrix each. Where a column ends is known only when it has been decoded, so
the loop over columns remains; loops over blocks, values and bits are numpy's. Nothing is refused here: a block that is damaged, or has missing
values, is left out, and `gilmok_collector.columns` says what is the matter with it.

Cost: beside the decoder of one block in `python -m bench collector`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress, groupby
from operator import itemgetter
from typing import Any

import numpy as np
from gilmok_wire.columns import CONSTANT, EMPTY, LIMIT, PARTIAL
from gilmok_wire.messages import MAX_COLUMNS, MAX_COUNT

Block = tuple[bytes, int]  # columns and the number of records in each

# Below this, numpy's cost of a call, some 80 of them a column, outweighs what it saves (measured).
FEWEST = 12

# Values in a matrix: a dozen of such matrices stay in a processor's second-level cache.
_MATRIX = 1 << 14

# Behind the last block, so that a damaged one stays inside the array: 256 remainders of 29 bits, head, seeds, a word, and a bit for each
# value of the unary part.
_BEHIND = b"\xff" * 1024

_SEED_BYTES = 5  # as in `gilmok_wire.varint`


def decode_blocks(blocks: Sequence[Block]) -> Iterator[tuple[Block, list[list[int]]]]:
    """Yield each block that is sound, without missing values and not alone of its size, and its columns."""
    sizes = sorted([(count.bit_length(), (data, count)) for data, count in blocks if 0 < count <= MAX_COUNT])
    for bits, members in groupby(sizes, key=itemgetter(0)):
        alike = [block for _, block in members]
        step = max(_MATRIX >> bits, FEWEST)
        for first in range(0, len(alike), step):
            part = alike[first : first + step]
            if len(part) >= FEWEST:
                yield from _decode_alike(part)


def _decode_alike(blocks: list[Block]) -> Iterator[tuple[Block, list[list[int]]]]:
    """Decode blocks of similar numbers of records."""
    bits = _Bits(b"".join([data for data, _ in blocks]))
    counts = np.array([count for _, count in blocks])
    ends = np.cumsum([len(data) for data, _ in blocks])
    at = ends - [len(data) for data, _ in blocks]
    columns: list[list[list[int]]] = [[] for _ in blocks]
    sound = np.ones(len(blocks), bool)
    rows = np.flatnonzero(at < ends)
    for _ in range(MAX_COLUMNS):
        values, at[rows], good = _decode_columns(bits, at[rows], counts[rows])
        sound[rows] = good & (at[rows] <= ends[rows])
        for row, column in zip(rows.tolist(), values.tolist(), strict=True):
            columns[row].append(column)
        rows = np.flatnonzero(sound & (at < ends))
        if not rows.size:
            break
    sound[rows] = False  # more columns than a batch may have
    if counts.min() != counts.max():
        columns = [[column[:count] for column in block] for block, count in zip(columns, counts.tolist(), strict=True)]
    return compress(zip(blocks, columns, strict=True), sound.tolist())


class _Bits:
    """Blocks one behind another, and where in them are bits that are set."""

    def __init__(self, data: bytes) -> None:
        data += _BEHIND
        self.octets = np.frombuffer(data, np.uint8)
        self.ones = np.flatnonzero(np.unpackbits(self.octets).view(bool))  # 8 × as fast as of octets
        self.ones_before = np.concatenate(([0], np.cumsum(np.bitwise_count(self.octets), dtype=np.int64)))  # by octet
        self.words = np.ndarray(len(data) - 7, ">i8", data, strides=1).astype(np.int64)  # eight octets from each on


def _decode_columns(bits: _Bits, at: Any, counts: Any) -> tuple[Any, Any, Any]:
    """Return (matrix of values, offsets behind the columns, which columns are sound) of the columns at `at`."""
    heads = bits.octets[at].astype(np.int64)
    orders, parameters = heads >> 6, heads & 31
    good = (heads & PARTIAL == 0) & (parameters != EMPTY) & (orders <= counts)
    values = np.zeros((len(at), counts.max()), np.int64)
    seeds, at = _read_seeds(bits, at + 1, orders)
    coded = np.flatnonzero(good & (parameters != CONSTANT) & (orders < counts))
    if coded.size:
        every = slice(None) if len(coded) == len(at) else coded
        values[every], at[every], good[every] = _read_rice(bits, at[every], counts[every], orders[every], parameters[every], values.shape[1])
    for number, (members, seed) in enumerate(seeds):
        values[members, number] = seed
    for order in range(len(seeds), 0, -1):
        members = seeds[order - 1][0]
        values[members, order - 1 :] = np.cumsum(values[members, order - 1 :], axis=1)
    values[np.arange(values.shape[1]) >= counts[:, None]] = 0
    if not -LIMIT < values.min() <= values.max() < LIMIT:
        good &= (np.abs(values) < LIMIT).all(axis=1)
    return values, at, good


def _read_seeds(bits: _Bits, at: Any, orders: Any) -> tuple[list[tuple[Any, Any]], Any]:
    """Return ([(which columns have a first, second, third seed, the seeds)], offsets behind them)."""
    seeds = []
    for order in range(1, int(orders.max()) + 1):
        members = np.flatnonzero(orders >= order)
        place, numbers, more = at[members], np.zeros(len(members), np.int64), np.ones(len(members), bool)
        for index in range(_SEED_BYTES):
            octets = bits.octets[place].astype(np.int64)
            numbers |= np.where(more, octets & 0x7F, 0) << 7 * index
            place += more
            more &= octets >= 0x80
            if not more.any():
                break
        place[more] = len(bits.octets)  # a seed of more bytes: beyond the end of its block
        at[members] = place
        seeds.append((members, numbers >> 1 ^ -(numbers & 1)))
    return seeds, at


def _read_rice(bits: _Bits, at: Any, counts: Any, orders: Any, parameters: Any, width: int) -> tuple[Any, Any, Any]:
    """Return (residuals, each in the place of its value; offsets behind; which are sound); other places hold anything."""
    pending, rows, places = counts - orders, np.arange(len(at)), np.arange(width)
    rank, start = bits.ones_before[at], 8 * at
    stops = bits.ones[(rank - orders)[:, None] + places]  # the bit that ends each quotient
    high = np.empty_like(stops)
    np.subtract(stops[:, 1:], stops[:, :-1], out=high[:, 1:])
    high[rows, orders] = stops[rows, orders] - start + 1
    high -= 1
    last = stops[rows, counts - 1]
    low_at = (last >> 3) + 1
    good = (last - start < 3 * pending) & (bits.ones_before[low_at] == rank + pending)  # Σ quotients ≤ 2 × pending; padding
    size = pending * parameters
    end = low_at + (size + 7 >> 3)
    good &= bits.octets[end - 1] & (1 << (-size & 7)) - 1 == 0
    shift = parameters[:, None]
    place = (8 * low_at - orders * parameters)[:, None] + places * shift
    low = bits.words[place >> 3] >> (64 - shift) - (place & 7) & (1 << shift) - 1
    number = high << shift | low
    return number >> 1 ^ -(number & 1), end, good
