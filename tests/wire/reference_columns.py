"""SPEC.md section 1 written down a second time, slowly: bit strings and exhaustive search instead of loops over bytes.

Shares no code with gilmok_wire, so that vectors made here are not made by the code under test.
"""

import re

LIMIT = 2**29


def zigzag(value):
    """Map 0, −1, 1, −2 … to 0, 1, 2, 3 …."""
    return 2 * value if value >= 0 else -2 * value - 1


def unzigzag(number):
    """Undo `zigzag`."""
    return number // 2 if number % 2 == 0 else -(number + 1) // 2


def varint(number):
    """Return LEB128 bytes."""
    groups = [number % 128]
    while number >= 128:
        number //= 128
        groups.append(number % 128)
    return bytes([group + 128 for group in groups[:-1]] + groups[-1:])


def pack(bits):
    """Return a string of 0 and 1 as bytes, padded with 0."""
    bits += "0" * (-len(bits) % 8)
    return int("1" + bits, 2).to_bytes(len(bits) // 8 + 1, "big")[1:]


def differences(values, order):
    """Return (seeds, residuals) of a predictor order."""
    seeds = []
    for _ in range(order):
        seeds.append(values[0])
        values = [after - before for before, after in zip(values, values[1:], strict=False)]
    return seeds, values


def order_of(values):
    """Return the order that the specification names."""
    costs = {}
    for order in range(min(3, len(values)) + 1):
        _, residuals = differences(values, order)
        if all(abs(residual) < LIMIT for residual in residuals):
            costs[order] = sum(abs(residual) for residual in residuals)
    return min(costs, key=lambda order: (costs[order], order))


def parameter_of(residuals):
    """Return the Rice parameter that the specification names, None for the constant case."""
    numbers = [zigzag(residual) for residual in residuals]
    if not any(numbers):
        return None
    k = 0
    while sum(numbers) >= len(numbers) * 2 ** (k + 1):
        k += 1
    return k


def runs(residuals):
    """Return the bit string of residuals in runs."""
    letters = "".join("z" if residual == 0 else f"<{zigzag(residual)}>" for residual in residuals)
    letters = letters.replace("zzz", "1").replace("z", "01")
    return re.sub("<([0-9]+)>", lambda number: "0" * (int(number[1]) + 1) + "1", letters)


def encode_column(values, order=None, k=None):
    """Return the bytes of a column; a forced order or parameter is for the search of better ones."""
    present = [value for value in values if value is not None]
    if not present:
        return bytes([30])
    order = order_of(present) if order is None else order
    seeds, residuals = differences(present, order)
    rule = parameter_of(residuals)
    in_runs = runs(residuals) if order and rule == 0 and k is None else None
    k = rule if k is None or rule is None else k
    partial = len(present) < len(values)
    out = bytearray([order * 64 + partial * 32 + (31 if k is None else k)])
    if partial:
        out += pack("".join("0" if value is None else "1" for value in values))
    out += b"".join(varint(zigzag(seed)) for seed in seeds)
    if k is None:
        return bytes(out)
    numbers = [zigzag(residual) for residual in residuals]
    unary = "".join("0" * (number >> k) + "1" for number in numbers)
    if in_runs and len(in_runs) < len(unary):
        out[0] = out[0] // 32 * 32 + 30
        return bytes(out) + pack(in_runs)
    remainders = "".join(format(number % 2**k, f"0{k}b") for number in numbers) if k else ""
    return bytes(out) + pack(unary) + pack(remainders)


def decode_column(data, count):
    """Return (values, bytes used) of a well-formed column."""
    head, at = data[0], 1
    order, partial, rice = head // 64, head // 32 % 2, head % 32
    if rice == 30 and order == 0:
        return [None] * count, 1
    mask = "1" * count
    if partial:
        size = (count + 7) // 8
        mask = "".join(format(byte, "08b") for byte in data[at : at + size])[:count]
        at += size
    values, more = [], mask.count("1") - order
    for _ in range(order):
        number, scale = 0, 1
        while True:
            byte = data[at]
            at += 1
            number += byte % 128 * scale
            scale *= 128
            if byte < 128:
                break
        values.append(unzigzag(number))
    if rice == 30:
        residuals, at = _decode_runs(data, at, more)
    else:
        residuals, at = ([0] * more, at) if rice == 31 else _decode_rice(data, at, more, rice)
    for level in reversed(range(order)):
        first = values.pop()
        residuals = [first + sum(residuals[:index]) for index in range(len(residuals) + 1)]
        assert len(values) == level
    source = iter(residuals)
    return [next(source) if there == "1" else None for there in mask], at


def _decode_runs(data, at, count):
    bits = "".join(format(byte, "08b") for byte in data[at:])
    residuals, end = [], 0
    while len(residuals) < count:
        one = bits.index("1", end)
        residuals += {0: [0, 0, 0], 1: [0]}.get(one - end) or [unzigzag(one - end - 1)]
        end = one + 1
    return residuals, at + (end + 7) // 8


def _decode_rice(data, at, count, k):
    bits = "".join(format(byte, "08b") for byte in data[at:])
    end, quotients = 0, []
    for _ in range(count):
        one = bits.index("1", end)
        quotients.append(one - end)
        end = one + 1
    start = (end + 7) // 8 * 8
    remainders = [int(bits[start + k * i : start + k * (i + 1)] or "0", 2) for i in range(count)]
    used = start // 8 + (count * k + 7) // 8
    numbers = [quotient * 2**k + remainder for quotient, remainder in zip(quotients, remainders, strict=True)]
    return [unzigzag(number) for number in numbers], at + used
