"""Times the codec and the seal under MicroPython: `micropython on_chip.py FILE`, FILE with blocks of 32 records, each behind its length.

Prints best-of-rounds times as JSON: the desk has other things to do, and those can only slow a round down.
"""

import gc
import json
import sys
import time

from cryptolib import aes
from gilmok_wire.columns import decode_columns, encode_columns
from gilmok_wire.node_seal import NodeSeal

ROWS = 32
ROUNDS = 20
PLAINTEXT = bytes(range(224))


def best_us(run, *arguments):
    """Return the microseconds of the fastest of several runs."""
    best = None
    for _ in range(ROUNDS):
        gc.collect()
        start = time.ticks_us()
        run(*arguments)
        taken = time.ticks_diff(time.ticks_us(), start)
        best = taken if best is None else min(best, taken)
    return best


def read_blocks(path):
    """Yield the columns of each block in the file."""
    with open(path, "rb") as file:
        while True:
            head = file.read(2)
            if not head:
                return
            yield decode_columns(file.read(head[0] << 8 | head[1]), ROWS)


def main(path):
    """Measure, and print {name: microseconds}."""
    readings = encode_us = json_us = 0
    for columns in read_blocks(path):
        readings += ROWS * len(columns)
        encode_us += best_us(encode_columns, columns)
        json_us += best_us(json.dumps, columns)
    seal = NodeSeal(bytes(16), 1, lambda: bytes(8))
    buffer = bytearray(PLAINTEXT)
    seal_us = best_us(seal.seal, PLAINTEXT)
    cipher_us = best_us(lambda: (aes(bytes(16), 2, bytes(16)).encrypt(buffer), aes(bytes(16), 1).encrypt(buffer)))
    print(json.dumps({"encode_us": encode_us / readings, "json_us": json_us / readings, "seal_us": seal_us, "cipher_us": cipher_us}))


main(sys.argv[-1])
