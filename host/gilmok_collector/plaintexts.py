"""Plaintexts read fast on CPython: the same messages and refusals as `gilmok_wire.messages`."""

from __future__ import annotations

from gilmok_wire import messages
from gilmok_wire.messages import BATCH, BATCH_EXCEPTIONS, MAX_NUMBER, SHAPES

_HEAD = 0x80 | len(SHAPES[BATCH]) + 1  # of an array (RFC 8949, section 3)
_NUMBERS = SHAPES[BATCH].index("b") + 1  # the code, and what stands before the columns
_LEAST = (24, 1 << 8, 1 << 16, 1 << 32)  # of an argument of 1, 2, 4 and 8 bytes, for it could be shorter


def decode_messages(plaintext: bytes) -> tuple[list[list], list[int]]:
    """Return (messages, codes of unsupported ones) of a plaintext.

    Raises: DecodeError.
    Cost: a fifth of the wire's own decoder for batches, which nearly all frames of a busy link are; the wire's reads all others.
    """
    batches = _read_batches(plaintext)
    return messages.decode_messages(plaintext) if batches is None else (batches, [])


def _read_batches(data: bytes) -> list[list] | None:  # hot loop
    """Return the messages of a plaintext of nothing but sound batches, else None."""
    batches: list[list] = []
    at, end = 0, len(data)
    try:
        while at < end:
            if data[at] != _HEAD:
                return None
            at += 1
            batch: list = []
            for _ in range(_NUMBERS):
                number = data[at]
                at += 1
                if number >= 24:
                    if number > 27:
                        return None
                    least, past = _LEAST[number - 24], at + (1 << number - 24)
                    number = int.from_bytes(data[at:past], "big")
                    if not least <= number < MAX_NUMBER:
                        return None
                    at = past
                batch.append(number)
            size = data[at] - 0x40
            at += 1
            if size >= 24:
                if size > 25:
                    return None
                least, past = _LEAST[size - 24], at + (1 << size - 24)
                size = int.from_bytes(data[at:past], "big")
                if size < least:
                    return None
                at = past
            if size < 0 or at + size > end or batch[0] not in (BATCH, BATCH_EXCEPTIONS):
                return None
            batch.append(data[at : at + size])
            at += size
            batches.append(batch)
    except IndexError:
        return None
    return batches
