"""Columns of integers, predicted by fixed polynomials and Rice-coded.

This is the bytecode form for both interpreters; `gilmok_collector.columns` decodes the same bytes faster on CPython.

Shape: a block is m columns of n values each, a value is an integer below 2^29 in magnitude or None where it is missing.
Source: SPEC.md section 1; predictors as in FLAC (RFC 9639, section 9.2.5).
"""

from .compat import const
from .errors import DecodeError, EncodeError
from .varint import decode_varint, encode_varint, unzigzag, zigzag

LIMIT = const(1 << 29)  # a small int on a 32-bit MicroPython even after zig-zag
PARTIAL = const(0x20)
EMPTY = const(30)  # with order 0
RUNS = const(30)  # with any other
CONSTANT = const(31)
_MAX_ORDER = const(3)


def encode_column(out, values):
    """Append the encoding of `values`, integers or None, to the bytearray `out`.

    Raises: EncodeError for a value outside ±(2^29 − 1).
    """
    present = [value for value in values if value is not None] if None in values else values
    for value in present:
        if not -LIMIT < value < LIMIT:
            raise EncodeError("column: {} does not fit 29 bits".format(value))
    if not present:
        out.append(EMPTY)
        return
    order, seeds, residuals, total = _predict(present)
    parameter = code = _rice_parameter(total, len(residuals))
    if order and not parameter:
        symbols = _fold(residuals)
        if 3 * symbols.count(0) > len(symbols):  # three zeros save two bits, every other symbol costs one
            residuals, code = symbols, RUNS
    partial = len(present) < len(values)
    out.append(order << 6 | (PARTIAL if partial else 0) | code)
    if partial:
        _write_presence(out, values)
    for seed in seeds:
        encode_varint(out, zigzag(seed))
    if parameter != CONSTANT:
        _write_rice(out, residuals, parameter)


def encode_columns(columns):
    """Return the block of `columns` as bytes.

    Raises: EncodeError.
    """
    out = bytearray()
    for values in columns:
        encode_column(out, values)
    return bytes(out)


def decode_column(data, at, count):
    """Return (values, offset behind the column) of `count` values that start at `at`.

    Raises: DecodeError.
    """
    if at >= len(data):
        raise DecodeError("column: truncated")
    head = data[at]
    at += 1
    order, parameter = head >> 6, head & 31
    if parameter == EMPTY and not order:
        if head != EMPTY:
            raise DecodeError("column: empty, yet with a bitmap")
        return [None] * count, at
    present = None
    expected = count
    if head & PARTIAL:
        present, at = _read_presence(data, at, count)
        expected = sum(present)
    if order > expected or not expected:
        raise DecodeError("column: order {} of {} values".format(order, expected))
    values = []
    for _ in range(order):
        seed, at = decode_varint(data, at)
        values.append(unzigzag(seed))
    if parameter == CONSTANT:
        values.extend([0] * (expected - order))
    elif parameter == RUNS:
        from .runs import read_runs  # 1 KB that a node hardly ever needs

        at = read_runs(data, at, expected - order, values)
    else:
        at = _read_rice(data, at, expected - order, parameter, values)
    _integrate(values, order)
    return (values if present is None else _spread(values, present)), at


def decode_columns(data, count, most=16):
    """Return the list of columns in the block `data` of `count` records.

    Raises: DecodeError, also for more than `most` columns: a hostile byte can stand for a whole constant column.
    """
    columns = []
    at = 0
    while at < len(data):
        if len(columns) == most:
            raise DecodeError("column: more than {} of them".format(most))
        values, at = decode_column(data, at, count)
        columns.append(values)
    return columns


def _predict(values):
    """Return (order, seeds, residuals, Σ zig-zagged residuals) of the cheapest predictor."""
    best_order, best, best_sum = 0, values, sum(map(abs, values))
    seeds, differences = [], values
    for order in range(1, min(_MAX_ORDER, len(values)) + 1):
        seeds.append(differences[0])
        differences = [differences[i] - differences[i - 1] for i in range(1, len(differences))]
        size = sum(map(abs, differences))
        if size < best_sum and max(map(abs, differences), default=0) < LIMIT:
            best_order, best, best_sum = order, differences, size
    negatives = sum([1 for residual in best if residual < 0])
    return best_order, seeds[:best_order], best, 2 * best_sum - negatives


def _rice_parameter(total, count):
    """Return ⌊log2(total / count)⌋, or CONSTANT where there is nothing to code."""
    if not total:
        return CONSTANT
    parameter = 0
    while total >> parameter + 1 >= count:
        parameter += 1
    return parameter


def _fold(residuals):
    """Return the symbols of runs, un-zig-zagged so that they are written as residuals are: 0 for three zeros, −1 for one."""
    symbols = []
    zeros = 0
    for residual in residuals:
        if residual:
            symbols.append(-residual if residual < 0 else ~residual)
            zeros = 0
        elif zeros < 2:
            symbols.append(-1)
            zeros += 1
        else:
            symbols.pop()
            symbols[-1] = zeros = 0
    return symbols


def _write_presence(out, values):
    bits = 0
    for index, value in enumerate(values):
        bits = bits << 1 | (value is not None)
        if index & 7 == 7:
            out.append(bits)
            bits = 0
    spare = -len(values) & 7
    if spare:
        out.append(bits << spare)


def _read_presence(data, at, count):
    end = at + (count + 7 >> 3)
    if end > len(data):
        raise DecodeError("column: truncated")
    present = [data[at + (index >> 3)] >> (7 - (index & 7)) & 1 for index in range(count)]
    if count & 7 and data[end - 1] & (0xFF >> (count & 7)):
        raise DecodeError("column: padding bits set")
    return present, end


def _spread(values, present):
    source = iter(values)
    return [next(source) if there else None for there in present]


def _write_rice(out, residuals, parameter):  # hot loop
    mask = (1 << parameter) - 1
    bits = 0
    free = 8  # bits still free in the byte being filled
    for residual in residuals:
        quotient = (residual << 1 if residual >= 0 else ~(residual << 1)) >> parameter
        while quotient >= free:
            out.append(bits)
            bits = 0
            quotient -= free
            free = 8
        free -= quotient + 1
        bits |= 1 << free
        if not free:
            out.append(bits)
            bits = 0
            free = 8
    if free < 8:
        out.append(bits)
    if not parameter:
        return
    bits = held = 0
    for residual in residuals:
        bits = bits << parameter | (residual << 1 if residual >= 0 else ~(residual << 1)) & mask
        held += parameter
        while held >= 8:
            held -= 8
            out.append(bits >> held)
            bits &= (1 << held) - 1
    if held:
        out.append(bits << (8 - held))


def _read_rice(data, at, count, parameter, values):  # hot loop
    """Append `count` residuals to `values`; return the offset behind them."""
    quotients = []
    quotient = 0
    budget = 2 * count  # Σ quotients ≤ 2 × count because the parameter comes from the mean
    end = len(data)
    while len(quotients) < count:
        if at >= end:
            raise DecodeError("column: truncated")
        byte = data[at]
        at += 1
        for shift in (7, 6, 5, 4, 3, 2, 1, 0):
            if byte >> shift & 1:
                quotients.append(quotient)
                quotient = 0
                if len(quotients) == count:
                    if byte & (1 << shift) - 1:
                        raise DecodeError("column: padding bits set")
                    break
            else:
                quotient += 1
                budget -= 1
                if budget < 0:
                    raise DecodeError("column: quotients exceed what the parameter allows")
    if at + (count * parameter + 7 >> 3) > end:
        raise DecodeError("column: truncated")
    mask = (1 << parameter) - 1
    bits = held = 0
    for quotient in quotients:
        while held < parameter:
            bits = bits << 8 | data[at]
            at += 1
            held += 8
        held -= parameter
        number = quotient << parameter | bits >> held & mask
        bits &= (1 << held) - 1
        values.append(~(number >> 1) if number & 1 else number >> 1)
    if bits:
        raise DecodeError("column: padding bits set")
    return at


def _integrate(values, order):
    """Turn `order` seeds followed by residuals into values, in place."""
    for level in range(order, 0, -1):
        total = values[level - 1]
        for index in range(level, len(values)):
            total += values[index]
            values[index] = total
    for value in values:
        if not -LIMIT < value < LIMIT:
            raise DecodeError("column: {} does not fit 29 bits".format(value))
