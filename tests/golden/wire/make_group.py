"""Writes group/v1.json: `PYTHONPATH=tests python tests/golden/wire/make_group.py --overwrite`, once a release and never for an old one.

Frames of a site's group, wire version 1, made from SPEC.md section 6 by other hands than the code's: cbor2 and `cryptography`.
"""

import json
import sys
from pathlib import Path

import cbor2
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

FILE = Path(__file__).with_name("group") / "v1.json"
SOURCE = "SPEC.md section 6, wire version 1, by tests/golden/wire/make_group.py: cbor2, cryptography"
KEY = bytes.fromhex("c0c1c2c3c4c5c6c7c8c9cacbcccdcecf")
CHALLENGE = bytes.fromhex("a1b2c3d4e5f6")


def frame(salt, counter, message):
    """Return one sealed frame and what is in it."""
    header = b"\xe9\xff\xff" + counter.to_bytes(4, "big") + salt
    plaintext = cbor2.dumps(message, canonical=True)
    sealed = AESCCM(KEY, tag_length=8).encrypt(salt + b"\x02" + counter.to_bytes(4, "big"), plaintext, header)
    return {"salt": salt.hex(), "counter": counter, "frame": (header + sealed).hex(), "message": message}


def frames():
    """Return all frames: both messages, at their least and at their most."""
    gate, barrier = b"gatesalt", b"barrsalt"
    most = 2**29 - 1
    return [
        frame(gate, 1, [0, 0x0201, bytes(6), 0x0101, 305419896, 0, 0]),
        frame(gate, 2**30, [0, 0xFFFE, CHALLENGE, 0xFFFD, most, most, 180]),
        frame(gate, 3, [0, 1, CHALLENGE, 2, 0, 77, 65535]),
        frame(barrier, 4, [1, 0, 0, 0x0201, CHALLENGE, 305419896, 0, None, False]),
        frame(barrier, 2**31 - 1, [1, 0xFFFD, 2**30, 0xFFFE, CHALLENGE, most, 1, 1, True]),
        frame(barrier, 6, [1, 0x0101, 5, 0x0201, CHALLENGE, 7, None, None, False]),
    ]


def main():
    """Write the file."""
    if sys.argv[1:] != ["--overwrite"]:
        sys.exit("Later releases must read this file as it is. To replace it all the same, say --overwrite.")
    FILE.parent.mkdir(exist_ok=True)
    content = {"source": SOURCE, "key": KEY.hex(), "frames": frames()}
    FILE.write_text(json.dumps(content, indent=1, default=lambda data: {"hex": data.hex()}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
