"""Writes gateway/v1.json: `python tests/golden/wire/make_gateway.py --overwrite`, once a release and never for an old one.

Messages between a board gateway and its host, made from SPEC.md section 8 by other hands than the code's: cbor2, zlib's CRC-32 and a COBS
encoder of three lines.
"""

import json
import sys
import zlib
from pathlib import Path

import cbor2

FILE = Path(__file__).with_name("gateway") / "v1.json"
SOURCE = "SPEC.md sections 4 and 8, by tests/golden/wire/make_gateway.py: cbor2, zlib"
SEALED = bytes.fromhex("e5020100017f00ff00") + bytes(range(42))
MESSAGES = [
    [0, SEALED, 0, 922_100_000, 9, 125_000, -87, 72, 123_456],
    [0, b"\xff", 12, 921_900_000, 12, 125_000, -128, -205, 2**40],
    [1, 1, 0, 0, 5_000_000_000],
    [1, 2**32 - 1, 1, 8, 3_600_000],
    [1, 3, 2, 0, None],
    [2, 60_000, "KR920", 0, 3, 14, "0.1.0", True, 17, 2, 5, 1_433, 1, [0] * 11, [], [], 0],
    [2, 2**40, "EU868", 8, 5, -9, "길목", False, 0, 0, 0, 0, 0, list(range(11)), [[36_000, 36_000], [0, 360_000]], [["reset", 3]], 99],
    [16, 7, SEALED, 0, 3, 14, 125_456, 125_466],
    [16, 8, bytes(255), 12, 0, None, None, 2**40],
    [16, 9, b"\xe9", 0, 5, -9, 0, 0],
    [17],
]


def cobs(data):
    """Return `data` without zeros (Cheshire and Baker 1999), one block after the other."""
    out = b""
    for block in (data + b"\0").split(b"\0")[:-1]:
        while len(block) >= 254:
            out, block = out + b"\xff" + block[:254], block[254:]
        out += bytes([len(block) + 1]) + block
    return out


def entry(message):
    """Return a message, its bytes, and how they are on the line."""
    data = cbor2.dumps(message, canonical=True)
    line = b"\0" + cobs(data + zlib.crc32(data).to_bytes(4, "big")) + b"\0"
    return {"message": message, "bytes": data.hex(), "line": line.hex()}


def main():
    """Write the file."""
    if sys.argv[1:] != ["--overwrite"]:
        sys.exit("Later releases must read this file as it is. To replace it all the same, say --overwrite.")
    FILE.parent.mkdir(exist_ok=True)
    content = {"source": SOURCE, "messages": [entry(message) for message in MESSAGES]}
    FILE.write_text(json.dumps(content, indent=1, ensure_ascii=False, default=lambda data: {"hex": data.hex()}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
