"""What a collector states of a stream: what is settled, and which record is the newest.

Source: SPEC.md section 3, code 16 and "Agreement", 5.
"""

from . import cbor
from .messages import record_digest
from .varint import encode_varint, zigzag


def statement_of(stream, knowledge, doubted, room, most):
    """Return the statement of a stream, with a witness where it is `doubted`, of at most `most` ranges and cut to `room` bytes."""
    pairs = knowledge.of(stream).pairs
    below = pairs[0][1] if pairs and not pairs[0][0] else 0
    beyond = pairs[1:] if below else pairs
    statement = [stream, below]
    if doubted:
        statement.append(_encode_witness(below, knowledge.newest(stream)))
    fixed = len(statement)
    for first, end in beyond[:most]:
        statement += [first, end]
    while len(statement) > fixed and len(cbor.encode(statement)) > room:
        statement = statement[:-2]
    if doubted and len(cbor.encode(statement)) > room:
        statement[2] = b""  # numbers beyond 2^32 in the smallest frame: better agreed without a witness than never
    return statement


def _encode_witness(below, record):
    """Return the digest of `record` and, where its number is not `below` − 1, its distance from that; b"" of no record."""
    if record is None or abs(record[0] - below) >= 1 << 33:  # beyond five bytes of varint: a hole of a year at 250 Hz
        return b""
    number, boot, time_ms, values = record
    witness = bytearray(record_digest(boot, time_ms, values))
    if number != below - 1:
        encode_varint(witness, zigzag(number - below + 1))
    return bytes(witness)
