"""The messages inside a sealed frame: codes, shapes and checks as one table.

A message is a list whose first item is its code. Shape letters: u unsigned, i integer, b byte string, d digest, t text, a array,
* anything; behind `|` the letter that repeats to the end.

Source: SPEC.md section 3, gilmok.cddl.
"""

from . import cbor
from .compat import const
from .errors import DecodeError
from .varint import decode_varint, unzigzag

HELLO = const(0)
BATCH = const(1)
BATCH_EXCEPTIONS = const(2)
PART = const(3)
STATE = const(4)
SCHEMA = const(5)
DIAGNOSTIC = const(6)
RESULT = const(7)
POLL = const(8)
UNSUPPORTED = const(9)
ALERT = const(10)
ACK = const(16)
ANCHOR = const(17)
WANTED = const(18)
FORK = const(19)
COMMAND = const(20)
LINK = const(21)

SHAPES = {
    HELLO: "uuuuudt",
    BATCH: "uuuuuub",
    BATCH_EXCEPTIONS: "uuuuuub",
    PART: "uuuuuuuub",
    STATE: "uduu|u",
    SCHEMA: "udua",
    DIAGNOSTIC: "ut",
    RESULT: "uu*",
    POLL: "|u",
    UNSUPPORTED: "i",
    ALERT: "b",
    ACK: "uuu|a",
    ANCHOR: "uuu",
    WANTED: "|u",
    FORK: "u",
    COMMAND: "ut*",
    LINK: "ui",
}

# Kinds of streams.
READINGS = const(0)
EVENTS = const(1)
WAVEFORM = const(2)

DIGEST = const(4)  # bytes of a schema or configuration digest
WITNESS = const(3)  # bytes of a record's digest: beside three streams' statements it fits the smallest frame
MAX_STREAMS = const(31)  # five bits of a log entry, less one
MAX_COLUMNS = const(16)  # c0…c15 of the store
MAX_COUNT = const(256)  # records in a batch, twice what a node sends: a frame of constant columns unfolds to 8 MB at most
MAX_SEQUENCE = 1 << 40  # as in the log: 34 years at 1 kHz, since a waveform's numbers count samples
MAX_NUMBER = 1 << 48  # Unix time in ms until the year 10889; sums of such numbers still fit the 64 bits of a database

# The stream in which a node keeps what it learns of Unix time, as a StreamInfo has it. 29 bits hold no Unix time in ms, so it is split.
ANCHOR_SCHEMA = ("anchor", EVENTS, "day d 0\ntime ms 0\nuncertainty ms 0\n")


def schema_digest(name, kind, columns):
    """Return the 4-byte digest of a stream's schema."""
    from hashlib import sha256

    return sha256(cbor.encode([name, kind, [list(column) for column in columns]])).digest()[:DIGEST]


def record_digest(boot, time_ms, values):
    """Return the WITNESS bytes that tell a record from another one of the same number."""
    from binascii import crc32

    return crc32(cbor.encode([boot, time_ms] + list(values))).to_bytes(4, "big")[1:]


def decode_messages(plaintext):
    """Return (messages, codes of unsupported ones) of a plaintext.

    Raises: DecodeError where a message of a known code has another shape than SHAPES.
    """
    known, unsupported = [], []
    for message in cbor.decode_sequence(plaintext):
        if not isinstance(message, list) or not message or not _is_kind(message[0], "u"):
            raise DecodeError("message: not an array that starts with a code")
        code = message[0]
        if code not in SHAPES:
            unsupported.append(code)
            continue
        _check_shape(message, SHAPES[code])
        known.append(message)
    return known, unsupported


def _check_shape(message, shape):
    fixed, _, repeated = shape.partition("|")
    count = len(message) - 1
    if count < len(fixed) or (count > len(fixed) and not repeated):
        raise DecodeError("message {}: {} items".format(message[0], count))
    for index in range(count):
        letter = fixed[index] if index < len(fixed) else repeated
        if not _is_kind(message[index + 1], letter):
            raise DecodeError("message {}: item {} is not of kind {}".format(message[0], index + 1, letter))


def _is_kind(item, letter):
    if letter in "ui":
        return isinstance(item, int) and not isinstance(item, bool) and (letter == "i" or 0 <= item < MAX_NUMBER)
    if letter == "*":
        return True
    if letter == "d":
        return isinstance(item, bytes) and len(item) == DIGEST
    return isinstance(item, {"b": bytes, "t": str, "a": list}[letter])


def check_statement(statement):
    """Return (stream, below, [(first, end), …], witness) of what an ACK states of a stream.

    The witness is None where there is none, (None, b"") of a store that holds no record, else (number, record_digest).
    Raises: DecodeError.
    """
    if len(statement) < 2 or not _is_kind(statement[0], "u") or not _is_kind(statement[1], "u") or statement[1] > MAX_SEQUENCE:
        raise DecodeError("acknowledgement: statement is malformed")
    stream, below = statement[:2]
    if len(statement) == 2 or not isinstance(statement[2], bytes):
        return stream, below, check_pairs(statement[2:]), None
    return stream, below, check_pairs(statement[3:]), _decode_witness(below, statement[2])


def _decode_witness(below, data):
    """Return the witness; its number is counted from `below` − 1, and left out where it is that."""
    number, at = below - 1, WITNESS
    if len(data) > WITNESS:
        offset, at = decode_varint(data, WITNESS)
        number += unzigzag(offset)
    if data and (len(data) != at or number < 0):
        raise DecodeError("acknowledgement: witness is malformed")
    return number if data else None, data[:WITNESS]


def check_pairs(numbers):
    """Return [(first, end), …] of a flat list of ascending range bounds.

    Raises: DecodeError.
    """
    if len(numbers) & 1:
        raise DecodeError("ranges: odd number of bounds")
    last = -1
    for number in numbers:
        if not _is_kind(number, "u") or not last < number <= MAX_SEQUENCE:
            raise DecodeError("ranges: bounds do not ascend")
        last = number
    return [(numbers[index], numbers[index + 1]) for index in range(0, len(numbers), 2)]
