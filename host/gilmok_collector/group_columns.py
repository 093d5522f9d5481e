"""The columns of many blocks decoded at once, by numpy: what a commit's worth of frames carries.

The n-th columns of all blocks are decoded together, a row of a matrix each. Where a column ends is known only when it has been decoded, so
the loop over columns remains; loops over blocks, values and bits are numpy's. Nothing is refused here: a block that is damaged, or has
missing values, is left out, and `gilmok_collector.columns` says what is the matter with it.

Cost: beside the decoder of one block in `python -m bench collector`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress, groupby
from operator import itemgetter
from typing import Any

import numpy as np
from gilmok_wire.columns import EMPTY, LIMIT, PARTIAL, RUNS
from gilmok_wire.messages import MAX_COLUMNS, MAX_COUNT

Block = tuple[bytes, int]  # columns and the number of records in each

# Below this, numpy's cost of a call, some 80 of them a column, outweighs what it saves (measured).
FEWEST = 12

# Values in a matrix: a dozen of such matrices stay in a processor's second-level cache.
_MATRIX = 1 << 15

# Behind the last block, so that a damaged one stays inside the array: 256 remainders of 29 bits, head, seeds, a word, and a bit for each
# value of the unary part.
_BEHIND = b"\xff" * 1024

_SEED_BYTES = 5  # as in `gilmok_wire.varint`


def decode_blocks(blocks: Sequence[Block]) -> Iterator[tuple[Block, list[list[int]]]]:
    """Yield each block that is sound, without missing values and not alone of its size, and its columns."""
    fitting = [block for block in blocks if block[0] and 0 < block[1] <= MAX_COUNT]
    for _, members in groupby(sorted(fitting, key=_size), key=_size):
        alike = list(members)
        parts = max(len(alike) * max(alike, key=itemgetter(1))[1] // _MATRIX, 1)
        for part in range(parts):
            some = alike[part::parts]
            if len(some) >= FEWEST:
                yield from _decode_alike(some)


def _size(block: Block) -> int:
    return block[1].bit_length()


def _decode_alike(blocks: list[Block]) -> Iterator[tuple[Block, list[list[int]]]]:
    """Decode blocks of similar numbers of records."""
    bits = _Bits(b"".join([data for data, _ in blocks]))
    counts = np.array([count for _, count in blocks])
    ends = np.cumsum([len(data) for data, _ in blocks])
    at = ends - [len(data) for data, _ in blocks]
    columns: list[list[list[int]]] = [[] for _ in blocks]
    sound = np.ones(len(blocks), bool)
    for _ in range(MAX_COLUMNS):
        rows = np.flatnonzero(sound & (at < ends))
        if not rows.size:
            break
        rows = rows[np.argsort(bits.octets[at[rows]])[::-1]]  # the highest orders first: then what has an order is a slice
        values, at[rows], good = _decode_columns(bits, at[rows], counts[rows])
        sound[rows] = good & (at[rows] <= ends[rows])
        for row, column in zip(rows.tolist(), values.tolist(), strict=True):
            columns[row].append(column)
    sound &= at == ends  # else there are more columns than a batch may have
    if counts.min() != counts.max():
        columns = [[column[:count] for column in block] for block, count in zip(columns, counts.tolist(), strict=True)]
    return compress(zip(blocks, columns, strict=True), sound.tolist())


class _Bits:
    """Blocks one behind another, and where in them are bits that are set."""

    def __init__(self, data: bytes) -> None:
        data += _BEHIND
        self.octets = np.frombuffer(data, np.uint8)
        self.ones = np.flatnonzero(np.unpackbits(self.octets).view(bool))  # of booleans 8 × as fast as of octets
        self.ones_before = np.concatenate(([0], np.cumsum(np.bitwise_count(self.octets), dtype=np.int64)))  # each octet
        self.words = np.ndarray(len(data) - 7, ">i8", data, strides=1).astype(np.int64)  # eight octets from each on


def _decode_columns(bits: _Bits, at: Any, counts: Any) -> tuple[Any, Any, Any]:
    """Return (matrix of values, offsets behind the columns, which columns are sound) of the columns at `at`, in falling order."""
    heads = bits.octets[at].astype(np.int64)
    orders, parameters = heads >> 6, heads & 31
    runs = (parameters == RUNS) & (orders > 0)
    good = (heads & PARTIAL == 0) & ((parameters != EMPTY) | runs & (orders < counts)) & (orders <= counts)
    seeds, at = _read_seeds(bits, at + 1, orders)
    runs &= good
    coded = good & (parameters < RUNS) & (orders < counts)
    if coded.all():
        values, at, good = _read_rice(bits, at, counts, orders, parameters)
    else:
        values = np.zeros((len(at), counts.max()), np.int64)
        if coded.any():
            residuals, at[coded], good[coded] = _read_rice(bits, at[coded], counts[coded], orders[coded], parameters[coded])
            values[coded, : residuals.shape[1]] = residuals
        if runs.any():
            residuals, at[runs], good[runs] = _read_runs(bits, at[runs], counts[runs], orders[runs])
            values[runs, : residuals.shape[1]] = residuals
    del seeds[values.shape[1] :]  # an order above the count
    for number, members in enumerate(seeds):
        values[: len(members), number] = members
    for number, members in reversed(list(enumerate(seeds))):
        part = values[: len(members), number:]
        np.cumsum(part, axis=1, out=part)
    if counts.min() != counts.max():
        values[np.arange(values.shape[1]) >= counts[:, None]] = 0
    if not -LIMIT < values.min() <= values.max() < LIMIT:
        good &= (np.abs(values) < LIMIT).all(axis=1)
    return values, at, good


def _read_seeds(bits: _Bits, at: Any, orders: Any) -> tuple[list[Any], Any]:
    """Return ([first seeds, second seeds, third seeds] of as many columns as have them, offsets behind them)."""
    seeds = []
    for order in range(1, int(orders[0]) + 1):
        place = at[: np.count_nonzero(orders >= order)]
        numbers, more = np.zeros(len(place), np.int64), np.ones(len(place), bool)
        for index in range(_SEED_BYTES):
            octets = bits.octets[place].astype(np.int64)
            numbers |= (octets & 0x7F) * more << 7 * index
            place += more
            more &= octets >= 0x80
            if not more.any():
                break
        place[more] = len(bits.octets) - len(_BEHIND) + 1  # a seed of more bytes: beyond the end of its block
        seeds.append(numbers >> 1 ^ -(numbers & 1))
    return seeds, at


def _read_rice(bits: _Bits, at: Any, counts: Any, orders: Any, parameters: Any) -> tuple[Any, Any, Any]:
    """Return (residuals, each in the place of its value; offsets behind; which are sound); other places hold anything."""
    pending, rows, places = counts - orders, np.arange(len(at)), np.arange(counts.max())
    rank = bits.ones_before[at]
    stops = bits.ones[(rank - orders)[:, None] + places]  # the bit that ends each quotient
    size = stops[rows, counts - 1] + 1 - 8 * at
    low_at = at + (size + 7 >> 3)
    good = (size <= 3 * pending) & (bits.ones_before[low_at] == rank + pending)  # Σ quotients ≤ 2 × pending; no bit in the padding
    size = pending * parameters
    end = low_at + (size + 7 >> 3)
    good &= bits.octets[end - 1] & (1 << (-size & 7)) - 1 == 0
    number = np.empty_like(stops)
    np.subtract(stops[:, 1:], stops[:, :-1], out=number[:, 1:])
    number[rows, orders] = stops[rows, orders] + 1 - 8 * at
    number -= 1
    shift = parameters[:, None]
    number <<= shift
    place = places * shift
    place += (8 * low_at - orders * parameters)[:, None]
    low = bits.words[place >> 3]
    place &= 7
    low >>= (64 - shift) - place
    low &= (1 << shift) - 1
    number |= low
    return number >> 1 ^ -(number & 1), end, good


def _read_runs(bits: _Bits, at: Any, counts: Any, orders: Any) -> tuple[Any, Any, Any]:
    """Return what `_read_rice` does, of columns whose residuals are in runs (SPEC.md section 1)."""
    pending, rows, places = counts - orders, np.arange(len(at)), np.arange((counts - orders).max())
    rank = bits.ones_before[at]
    stops = bits.ones[rank[:, None] + places]  # the bit that ends each symbol
    symbols = np.diff(stops, axis=1, prepend=(8 * at - 1)[:, None]) - 1
    behind = np.cumsum(np.where(symbols, 1, 3), axis=1)  # residuals up to and with each symbol
    last = np.count_nonzero(behind < pending[:, None], axis=1)  # the symbol that completes them
    size = stops[rows, last] + 1 - 8 * at
    end = at + (size + 7 >> 3)
    good = (behind[rows, last] == pending) & (size <= 3 * pending) & (bits.ones_before[end] == rank + last + 1)
    values = np.zeros((len(at), counts.max()), np.int64)
    row, place = np.nonzero((symbols > 1) & (places <= last[:, None]))
    number = symbols[row, place] - 1
    values[row, orders[row] + behind[row, place] - 1] = number >> 1 ^ -(number & 1)
    return values, end, good
