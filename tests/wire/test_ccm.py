"""The seal's cipher agrees with COSE's examples and, from either interpreter, with `cryptography`."""

import json
import random

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from gilmok_wire.ccm import new_ccm
from support.both_interpreters import answers_of_both

# The three of COSE's examples that use algorithm 10, AES-CCM-16-64-128.
EXAMPLES = ["RFC8152__Appendix_C_4_1", "RFC8152__Appendix_C_4_2", "aes-ccm-examples__aes-ccm-enc-01"]


@pytest.fixture(scope="module", params=EXAMPLES)
def example(request, data_dir):
    """Return (key, nonce, associated data, plaintext, ciphertext) of a COSE_Encrypt0 example, as hex."""
    import cbor2

    text = json.loads((data_dir / "vectors" / "cose" / f"{request.param}.json").read_text())
    protected, unprotected, ciphertext = cbor2.loads(bytes.fromhex(text["output"]["cbor"])).value
    assert cbor2.loads(protected) == {1: 10}
    nonce = unprotected[5] if 5 in unprotected else bytes.fromhex(text["input"]["encrypted"]["unsent"]["IV_hex"])
    inner = text["intermediates"]
    plaintext = text["input"]["plaintext"].encode()
    return inner["CEK_hex"], nonce.hex(), inner["AAD_hex"], plaintext.hex(), ciphertext.hex()


def test_cose_example(example):
    key, nonce, associated, plaintext, ciphertext = example
    here, there = answers_of_both([["seal", *example[:4]], ["open", key, nonce, associated, ciphertext]])
    assert here == there == [ciphertext, plaintext]


def test_agreement_with_cryptography_in_both_directions():
    dice = random.Random(3610)
    tasks, expected = [], []
    for length in [0, 1, 8, 15, 16, 17, 24, 38, 102, 229, 1011, 4083]:
        for associated_length in (5, 13, 15, 23):
            key, nonce = dice.randbytes(16), dice.randbytes(13)
            associated, plaintext = dice.randbytes(associated_length), dice.randbytes(length)
            sealed = AESCCM(key, tag_length=8).encrypt(nonce, plaintext, associated)
            head = [key.hex(), nonce.hex(), associated.hex()]
            damaged = sealed[:-1] + bytes([sealed[-1] ^ 1])
            tasks += [["seal", *head, plaintext.hex()], ["open", *head, sealed.hex()], ["open", *head, damaged.hex()]]
            expected += [sealed.hex(), plaintext.hex(), {"error": "SealError"}]
    here, there = answers_of_both(tasks)
    assert here == expected
    assert there == expected


def test_tags_of_four_bytes_and_nothing_associated_as_in_bthome():
    dice = random.Random(4)
    tasks, expected = [], []
    for length in (0, 1, 15, 16, 17):
        for tag, associated in ((4, b""), (4, b"head"), (8, b"")):
            key, nonce, plaintext = dice.randbytes(16), dice.randbytes(13), dice.randbytes(length)
            sealed = AESCCM(key, tag_length=tag).encrypt(nonce, plaintext, associated)
            head = [key.hex(), nonce.hex(), associated.hex()]
            damaged = bytes([sealed[0] ^ 1]) + sealed[1:]
            tasks += [["seal", *head, plaintext.hex(), tag], ["open", *head, sealed.hex(), tag], ["open", *head, damaged.hex(), tag]]
            expected += [sealed.hex(), plaintext.hex(), {"error": "SealError"}]
    here, there = answers_of_both(tasks)
    assert here == expected
    assert there == expected


def test_cpython_uses_the_library():
    assert type(new_ccm(bytes(16))).__name__ == "LibraryCcm"
