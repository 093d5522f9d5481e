"""Answers questions about the wire on whichever interpreter runs it: `wire_worker.py FILE`, a JSON list of [operation, …].

One JSON value a line goes out; a declared error is {"error": its class}. Bytes are hex both ways.
"""

import json
import sys
from binascii import hexlify, unhexlify

from gilmok_wire import cbor, framing
from gilmok_wire.ccm import new_ccm
from gilmok_wire.columns import decode_columns, encode_columns
from gilmok_wire.errors import WireError


def answer(task):
    """Return what this interpreter makes of one task."""
    try:
        return _OPERATIONS[task[0]](*task[1:])
    except WireError as error:
        return {"error": type(error).__name__}


def _hex(data):
    return hexlify(data).decode()


def _recode(data):
    return _hex(cbor.encode(cbor.decode(unhexlify(data))))


def _seal(key, nonce, associated, plaintext, tag=8):
    return _hex(new_ccm(unhexlify(key), tag).seal(unhexlify(nonce), unhexlify(associated), unhexlify(plaintext)))


def _open(key, nonce, associated, sealed, tag=8):
    return _hex(new_ccm(unhexlify(key), tag).open(unhexlify(nonce), unhexlify(associated), unhexlify(sealed)))


def _decode_columns(block, count):
    return decode_columns(unhexlify(block), count)


def _deframe(*chunks):
    deframer = framing.Deframer()
    frames, lines = [], []
    for chunk in chunks:
        more_frames, more_lines = deframer.feed(unhexlify(chunk))
        frames += [_hex(frame) for frame in more_frames]
        lines += more_lines
    return [frames, lines, deframer.noise, deframer.bad_crc]


_OPERATIONS = {
    "recode": _recode,
    "seal": _seal,
    "open": _open,
    "encode_columns": lambda columns: _hex(encode_columns(columns)),
    "decode_columns": _decode_columns,
    "deframe": _deframe,
}


def main(path):
    """Answer every task of the file."""
    with open(path) as file:
        tasks = json.load(file)
    for task in tasks:
        print(json.dumps(answer(task)))


if __name__ == "__main__":
    main(sys.argv[1])
