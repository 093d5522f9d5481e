"""Columns decoded fast on CPython: the same bytes, values and refusals as `gilmok_wire.columns`.

Tables replace the loops over bits. A residual is `high ^ low`: `high` follows from its quotient, looked up by the byte of the unary part,
`low` from its remainder, looked up by the byte or, where remainders have three or six bits, by the letter of their base64 form. What
is done for every value is left to iterators that need no bytecode. Columns with missing values are rare and left to the wire's decoder.

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

from gilmok_wire.columns import CONSTANT, EMPTY, LIMIT, PARTIAL, RUNS, decode_column
from gilmok_wire.errors import DecodeError
from gilmok_wire.varint import unzigzag

_SEED_BITS = 35  # five bytes, as in `gilmok_wire.varint`
_BASE64 = (ascii_uppercase + ascii_lowercase + digits + "+/").encode()


def decode_columns(data: bytes, count: int, most: int = 16) -> list[list[int | None]]:
    """Return the list of columns in the block `data` of `count` records.

    Raises: DecodeError, also for more than `most` columns: a hostile byte can stand for a whole constant column.
    """
    columns: list[list[int | None]] = []
    at = 0
    try:
        while at < len(data):
            if len(columns) == most:
                raise DecodeError(f"column: more than {most} of them")
            if data[at] & PARTIAL or data[at] == EMPTY:
                values, at = decode_column(data, at, count)
            else:
                values, at = _decode_whole(data, at, count)
            columns.append(values)
    except IndexError:
        raise DecodeError("column: truncated") from None
    return columns


def _decode_whole(data: bytes, at: int, count: int) -> tuple[list[Any], int]:  # hot loop
    """Return (values, offset behind the column) of a column without missing values."""
    order, parameter = data[at] >> 6, data[at] & 31
    at += 1
    pending = count - order
    if pending < 0 or not count or (parameter == RUNS and not pending):
        raise DecodeError(f"column: order {order} of {count} values")
    seeds = []
    for _ in range(order):
        number = shift = 0
        while True:
            byte = data[at]
            at += 1
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
            if shift == _SEED_BITS:
                raise DecodeError("column: a seed longer than five bytes")
        seeds.append(number >> 1 ^ -(number & 1))
    bound = 0  # no residual, sum or value is larger: few columns need be searched for a value out of range
    values: Any
    if parameter == CONSTANT and order == 1:  # a channel that stands still
        values, bound, seeds = seeds * count, abs(seeds[0]), []
    elif parameter == CONSTANT or not pending:
        values = [0] * pending
    else:
        values = []
        row = _high_rows(parameter)
        if parameter == RUNS:
            parameter = 0
        end = at + (3 * pending + 7 >> 3)  # Σ quotients ≤ 2 × pending because the parameter comes from the mean; runs are shorter
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
            if data[end - 1] & (1 << (-pending * parameter & 7)) - 1:
                raise DecodeError("column: padding bits set")
            values = map(xor, values, _low_reader(parameter)(data[at:end]))
            at = end
    while seeds:
        seed = seeds.pop()
        values = accumulate(values, initial=seed)
        bound = bound * count + abs(seed)
    values = list(values)
    if bound >= LIMIT and not -LIMIT < min(values) <= max(values) < LIMIT:
        raise DecodeError("column: a value does not fit 29 bits")
    return values, at


@cache
def _high_rows(parameter: int) -> Any:
    """Return the row for the start of a unary part: by byte, (what the quotients or runs that end in it make, row for what follows).

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
    highs: list[int] = []
    for digit in f"{byte:08b}":
        if digit == "1":
            highs += _highs(parameter, zeros)
        zeros = 0 if digit == "1" else zeros + 1
    return tuple(highs), rows[zeros] if zeros < 8 else _LongRun(rows, parameter, zeros)


def _highs(parameter: int, quotient: int) -> tuple[int, ...]:
    """Return what a quotient makes of a residual, or the residuals that a symbol of runs stands for."""
    if parameter == RUNS:
        return ((0, 0, 0), (0,))[quotient] if quotient < 2 else (unzigzag(quotient - 1),)
    return (quotient << parameter - 1 if parameter else unzigzag(quotient),)


@cache
def _low_reader(parameter: int) -> Callable[[bytes], Iterable[int]]:
    """Return the function from the bytes of remainders to what they make of residuals; a few from padding may follow."""
    if 8 % parameter == 0:
        by_byte = [_lows(byte, 8, parameter) for byte in range(256)].__getitem__
        return lambda data: chain.from_iterable(map(by_byte, data))
    if 6 % parameter == 0:
        by_letter = {letter: _lows(bits, 6, parameter) for bits, letter in enumerate(_BASE64)}.__getitem__
        return lambda data: chain.from_iterable(map(by_letter, b2a_base64(data, newline=False)))
    return lambda data: _lows(int.from_bytes(data, "big"), 8 * len(data), parameter)


def _lows(bits: int, width: int, parameter: int) -> tuple[int, ...]:
    """Return what the fields in the topmost bits make of residuals."""
    mask = (1 << parameter) - 1
    return tuple([unzigzag(bits >> shift & mask) for shift in range(width - parameter, -1, -parameter)])
