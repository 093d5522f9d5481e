"""Columns decoded fast on CPython: the same bytes, values and refusals as `gilmok_wire.columns`.

Tables replace the loops over bits. A residual is `high ^ low`: `high` follows from its quotient, looked up by the byte of unary part, `low`
from its remainder, looked up by twelve bits of fields. Sums are left to `itertools.accumulate`.

Cost: a fifth of the wire's decoder (`python -m bench collector`); a table is built when its Rice parameter first occurs, 8 MB if all occur.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import accumulate
from operator import xor
from typing import Any

from gilmok_wire.columns import CONSTANT, EMPTY, LIMIT, PARTIAL
from gilmok_wire.errors import DecodeError
from gilmok_wire.varint import decode_varint, unzigzag

Column = list[int | None]

_CHUNK = 12  # bits: four fields of the common parameter 3 a lookup, and tables of 4096 entries


def decode_columns(data: bytes, count: int, most: int = 16) -> list[Column]:
    """Return the list of columns in the block `data` of `count` records.

    Raises: DecodeError, also for more than `most` columns: a hostile byte can stand for a whole constant column.
    """
    columns: list[Column] = []
    at = 0
    while at < len(data):
        if len(columns) == most:
            raise DecodeError(f"column: more than {most} of them")
        values, at = _decode_column(data, at, count)
        columns.append(values)
    return columns


def _decode_column(data: bytes, at: int, count: int) -> tuple[Any, int]:
    head = data[at]
    at += 1
    order, parameter = head >> 6, head & 31
    if parameter == EMPTY:
        if head != EMPTY:
            raise DecodeError("column: empty, yet with an order or a bitmap")
        return [None] * count, at
    presence = None
    expected = count
    if head & PARTIAL:
        presence, at = _read_presence(data, at, count)
        expected = presence.count("1")
    if order > expected or not expected:
        raise DecodeError(f"column: order {order} of {expected} values")
    seeds = []
    for _ in range(order):
        seed, at = decode_varint(data, at)
        seeds.append(seed >> 1 ^ -(seed & 1))
    if parameter == CONSTANT:
        residuals: Iterable[int] = [0] * (expected - order)
    else:
        residuals, at = _read_rice(data, at, expected - order, parameter)
    values = _integrate(residuals, seeds, expected * expected << parameter if parameter < CONSTANT else 0)
    return (values if presence is None else _spread(values, presence)), at


def _read_rice(data: bytes, at: int, count: int, parameter: int) -> tuple[Iterable[int], int]:  # hot loop
    """Return (`count` residuals, offset behind them)."""
    highs: list[int] = []
    row = _high_rows(parameter)
    end = at + (3 * count + 7 >> 3)  # Σ quotients ≤ 2 × count because the parameter comes from the mean
    for byte in data[at:end]:
        more, row = row[byte]
        highs += more
        at += 1
        if len(highs) >= count:
            if at == end and byte & (1 << (-3 * count & 7)) - 1:
                raise DecodeError("column: quotients exceed what the parameter allows")
            break
    if len(highs) != count:
        raise DecodeError("column: truncated, or padding bits set")
    if not parameter:
        return highs, at
    end = at + (count * parameter + 7 >> 3)
    fields = int.from_bytes(data[at:end], "big")
    ...
