"""Columns decoded fast on CPython: the same bytes, values and refusals as `gilmok_wire.columns`.

Tables replace the loops over bits. A residual is `high ^ low`: `high` follows from its quotient, looked up by the byte of the unary part,
`low` from its remainder, looked up by the byte or, where remainders have three or six bits, by the letter of their base64 form. What
is done for every value is left to iterators that need no bytecode.

Cost: beside the wire's decoder in `python -m bench collector`. The tables of a Rice parameter are built in 10 ms when it first occurs. They
are small enough to stay in the processor's cache; 10 MB if every parameter occurs.
"""

from binascii import b2a_base64
from collections.abc import Callable, Iterable
from functools import cache
from itertools import accumulate, chain
from operator import xor
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any

from gilmok_wire.columns import CONSTANT, EMPTY, LIMIT, PARTIAL
from gilmok_wire.errors import DecodeError
from gilmok_wire.varint import decode_varint, unzigzag

_BASE64 = (ascii_uppercase + ascii_lowercase + digits + "+/").encode()


def decode_columns(data: bytes, count: int, most: int = 16) -> list[list[int | None]]:
    """Return the list of columns in the block `data` of `count` records.

    Raises: DecodeError, also for more than `most` columns: a hostile byte can stand for a whole constant column.
    """
    columns: list[list[int | None]] = []
    at = 0
    while at < len(data):
        if len(columns) == most:
            raise DecodeError(f"column: more than {most} of them")
        values, at = _decode_column(data, at, count)
        columns.append(values)
    return columns


def _decode_column(data: bytes, at: int, count: int) -> tuple[list[Any], int]:  # hot loop
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
        expected = sum(presence)
    if order > expected or not expected:
        raise DecodeError(f"column: order {order} of {expected} values")
    seeds = []
    for _ in range(order):
        seed, at = decode_varint(data, at)
        seeds.append(seed >> 1 ^ -(seed & 1))
    pending = expected - order
    bound = 0  # no residual, sum or value is larger: few columns need be searched for a value out of range
    values: Any
    if parameter == CONSTANT or not pending:
        values = [0] * pending
    else:
        values = []
        row = _high_rows(parameter)
        end = at + (3 * pending + 7 >> 3)  # Σ quotients ≤ 2 × pending because the parameter comes from the mean
        for byte in data[at:end]:
            more, row = row[byte]
            values += more
            at += 1
            if len(values) >= pending:
                break
        if len(values) != pending or (at == end and byte & (1 << (-3 * pending & 7)) - 1):
            raise DecodeError("column: unary part truncated, with padding bits set, or longer than the parameter allows")
        bound = 2 * pending << parameter
        if parameter:
            end = at + (pending * parameter + 7 >> 3)
            values = map(xor, values, _read_lows(data[at:end], pending, parameter))
            at = end
    while seeds:
        seed = seeds.pop()
        values = accumulate(values, initial=seed)
        bound = bound * expected + abs(seed)
    values = list(values)
    if bound >= LIMIT and not -LIMIT < min(values) <= max(values) < LIMIT:
        raise DecodeError("column: a value does not fit 29 bits")
    if presence is not None:
        source = iter(values)
        values = [next(source) if there else None for there in presence]
    return values, at


def _read_lows(data: bytes, count: int, parameter: int) -> Iterable[int]:
    """Return what `count` remainders make of residuals, perhaps followed by what padding makes of them."""
    if len(data) * 8 < count * parameter:
        raise DecodeError("column: truncated")
    if data[-1] & (1 << (-count * parameter & 7)) - 1:
        raise DecodeError("column: padding bits set")
    if 8 % parameter == 0:
        return chain.from_iterable(map(_low_table(parameter), data))
    if 6 % parameter == 0:
        return chain.from_iterable(map(_letter_table(parameter), b2a_base64(data, newline=False)))
    return map(unzigzag, _split(data, parameter))


def _split(data: bytes, width: int) -> list[int]:
    """Return the fields of `width` bits in `data`, the last one padded with 0 bits."""
    bits = len(data) * 8
    pad = -bits % width
    number = int.from_bytes(data, "big") << pad
    mask = (1 << width) - 1
    return [number >> shift & mask for shift in range(bits + pad - width, -1, -width)]


def _read_presence(data: bytes, at: int, count: int) -> tuple[list[int], int]:
    """Return (by record 1 where it has a value, else 0; offset behind the bitmap)."""
    end = at + (count + 7 >> 3)
    bits = _split(data[at:end], 1)
    if len(bits) < count or any(bits[count:]):
        raise DecodeError("column: truncated, or padding bits set")
    return bits[:count], end


@cache
def _high_rows(parameter: int) -> Any:
    """Return the row for the start of a unary part: by byte, (what the quotients that end in it make, row for what follows).

    Row i is for a byte behind i zero bits of a quotient; only a byte of zeros can leave more than seven.
    """
    rows: list[Any] = [[] for _ in range(8)]
    for zeros, row in enumerate(rows):
        row += [_entry(rows, parameter, zeros, byte) for byte in range(256)]
    return rows[0]


class _LongRun:
    """The row behind eight or more zero bits: too rare to be kept."""

    def __init__(self, rows: list[Any], parameter: int, zeros: int):
        self._start = (rows, parameter, zeros)

    def __getitem__(self, byte: int) -> Any:
        return _entry(*self._start, byte)


def _entry(rows: list[Any], parameter: int, zeros: int, byte: int) -> tuple[tuple[int, ...], Any]:
    highs = []
    for digit in f"{byte:08b}":
        if digit == "1":
            highs.append(zeros << parameter - 1 if parameter else unzigzag(zeros))
        zeros = 0 if digit == "1" else zeros + 1
    return tuple(highs), rows[zeros] if zeros < 8 else _LongRun(rows, parameter, zeros)


@cache
def _low_table(parameter: int) -> Callable[[int], tuple[int, ...]]:
    """Return the function from a byte of remainders to what they make of residuals."""
    return [_lows(byte, 8, parameter) for byte in range(256)].__getitem__


@cache
def _letter_table(parameter: int) -> Callable[[int], tuple[int, ...]]:
    """Return the function from a letter of remainders in base64 to what they make of residuals."""
    return {letter: _lows(bits, 6, parameter) for bits, letter in enumerate(_BASE64)}.__getitem__


def _lows(chunk: int, width: int, parameter: int) -> tuple[int, ...]:
    mask = (1 << parameter) - 1
    return tuple([unzigzag(chunk >> shift & mask) for shift in range(width - parameter, -1, -parameter)])
