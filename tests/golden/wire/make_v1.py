"""Writes v1/*.json: `PYTHONPATH=tests python tests/golden/wire/make_v1.py --overwrite`, once a release and never for an old one.

Frames of wire version 1, made from SPEC.md by other hands than the code's: cbor2, `cryptography` and tests/wire/reference_columns.py.
"""

import json
import sys
from pathlib import Path

import cbor2
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from wire.reference_columns import encode_column

FOLDER = Path(__file__).with_name("v1")
SOURCE = "SPEC.md sections 1 to 3, wire version 1, by tests/golden/wire/make_v1.py: cbor2, cryptography, reference_columns"
KEY = bytes.fromhex("0f1e2d3c4b5a69788796a5b4c3d2e1f0")
DEVICE = 0x0203
NODE_SALT, COLLECTOR_SALT = b"nodesalt", b"collsalt"
UP, DOWN = 0, 1
DIGEST = bytes.fromhex("83ceeee4")  # of [river, 0, [[level, m, -3]]]
TOP = 2**29 - 1

LEVELS = [1203, 1204, 1204, None, 1207, 1211, 1216, 1222]
COUNTS = [TOP, -TOP, 0, 5, None, None, 7, 7]


def block(*columns):
    """Return columns behind one another."""
    return b"".join(encode_column(column) for column in columns)


def frame(way, counter, messages, *, salted=False, ask=False, knows_peer=True, **decoded):
    """Return one sealed frame and what is in it."""
    own, peer = (COLLECTOR_SALT, NODE_SALT) if way else (NODE_SALT, COLLECTOR_SALT)
    kind = 0b11100000 | way << 4 | salted << 3 | ask << 2 | 1
    header = bytes([kind]) + DEVICE.to_bytes(2, "big")
    header += counter.to_bytes(4, "big") + own if salted else (counter % 65536).to_bytes(2, "big")
    plaintext = b"".join(cbor2.dumps(message, canonical=True) for message in messages)
    nonce = own + bytes([way]) + counter.to_bytes(4, "big")
    sealed = AESCCM(KEY, tag_length=8).encrypt(nonce, plaintext, header + (peer if knows_peer else b""))
    return {
        "way": "down" if way else "up",
        "counter": counter,
        "salted": salted,
        "ask": ask,
        "knows_peer": knows_peer,
        "frame": (header + sealed).hex(),
        "plaintext": plaintext.hex(),
        "messages": messages,
        **decoded,
    }


def rows(times, *columns):
    """Return what a batch decodes to."""
    return {"rows": {"times": times, "columns": columns}}


def files():
    """Return {file name: frames}."""
    hello = [0, 1, 0x9C41E07B, 0, 3, 10, bytes.fromhex("c0ffee00"), "0.1.0"]
    child = [0, 1, 0xFFFFFFFF, 0x9C41E07B, 0xFFFFFF, 10, bytes.fromhex("c0ffee00"), "0.1.0+길목"]
    states = [[4, 0, DIGEST, 3, 1003], [4, 30, DIGEST, 0, 2**40, 5, 9, 2**32, 2**32 + 1]]
    regular = [700 + 10_000 * n for n in range(8)]
    odd = [0, 10_000, 20_004, 30_004, 129_999, 139_999, 149_998, 159_998]
    exceptions = [None, None, 4, None, 89_995, None, -1, None]
    first, second = block(LEVELS, COUNTS), block([7] * 8, [None] * 8)
    part = [3, 2, 2**32, 8, 3, 2**40 - 1, 60_000]
    wide = rows([2**40 - 1 + 60_000 * n for n in range(8)], LEVELS, COUNTS, [7] * 8, [None] * 8)
    salted = {"salted": True, "ask": True, "knows_peer": False}
    return {
        "hello": [frame(UP, 0, [hello, *states], **salted), frame(UP, 2**31 - 1, [child], **salted)],
        "batch": [
            frame(UP, 5, [[1, 0, 1003, 8, 3, 700, 10_000, first]], **rows(regular, LEVELS, COUNTS)),
            frame(UP, 0x1FFFF, [[1, 30, 0, 1, 0, 0, 0, block([-5])]], ask=True, **rows([0], [-5])),
        ],
        "batch_exceptions": [frame(UP, 6, [[2, 0, 1011, 8, 3, 0, 10_000, block(exceptions) + first]], **rows(odd, LEVELS, COUNTS))],
        "part": [frame(UP, 7, [[*part, 0, 4, first], [*part, 2, 4, second]], **wide)],
        "state": [frame(UP, 8, states)],
        "schema": [
            frame(UP, 9, [[5, 0, DIGEST, 0, ["river", 0, 1]], [5, 0, DIGEST, 1, ["level", "m", -3]]]),
            frame(UP, 10, [[5, 1, b"\0\1\2\3", 3, ["z", "[g]", -11, 390625]]]),
        ],
        "diagnostic": [frame(UP, 11, [[6, 3, "수위 센서 응답 없음"]])],
        "result": [frame(UP, 12, [[7, 1, 0, None], [7, 2, 1, [True, -1, b"\0", "text", {"a": 1}]]])],
        "poll": [frame(UP, 13, [[8, 0, 1, 30]], ask=True), frame(UP, 14, [[8]], ask=True), frame(UP, 15, [], ask=True)],
        # stream 2, level 3, record …0005, rule …b1c2, event 1, state 2, value −300; and one without a value
        "alert": [
            frame(UP, 17, [[10, bytes.fromhex("130005b1c212fed4")]], ask=True),
            frame(UP, 18, [[10, bytes.fromhex("f4ffff000000" + "8000")]], ask=True),
        ],
        "unsupported": [frame(UP, 16, [[9, 21], [9, -3]]), frame(DOWN, 4, [[9, 99], [9, -4]])],
        "acknowledgement": [
            frame(DOWN, 0, [[16, 0xB0A710AD, 1_760_000_000, 0, [0, 3], [30, 0, 5, 9]]], salted=True),
            frame(DOWN, 5, [[16, 0xB0A710AD, 1_760_000_000, 65535, [0, 1011, 1013, 1020]], [16, 0, 0, 0]]),
        ],
        "anchor": [frame(DOWN, 6, [[17, 2**31 - 1, 1_760_000_000_123, 20]])],
        "wanted": [frame(DOWN, 7, [[18, 0, 30], [18]])],
        "fork": [frame(DOWN, 8, [[19, 0x9C41E07B]])],
        "command": [frame(DOWN, 9, [[20, 1, "blink", {"times": 3}], [20, 2, "stop", None]])],
        "link_report": [frame(DOWN, 10, [[21, 0, -35], [21, 13, 240]])],
    }


def main():
    """Write the files."""
    if sys.argv[1:] != ["--overwrite"]:
        sys.exit("Later releases must read these files as they are. To replace them all the same, say --overwrite.")
    common = {"source": SOURCE, "key": KEY.hex(), "device": DEVICE}
    common |= {"node_salt": NODE_SALT.hex(), "collector_salt": COLLECTOR_SALT.hex()}
    FOLDER.mkdir(exist_ok=True)
    for name, frames in files().items():
        text = json.dumps({**common, "frames": frames}, indent=1, ensure_ascii=False, default=lambda data: {"hex": data.hex()})
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
