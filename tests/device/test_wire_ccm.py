"""AES-CCM-16-64-128 as RFC 3610 has it, on both interpreters."""

import json
from binascii import hexlify, unhexlify

from gilmok_wire.ccm import TAG, new_ccm
from gilmok_wire.errors import SealError
from support.paths import GOLDEN

KEY = bytes(range(16))
NONCE = bytes(range(13))


def _vectors():
    with open(GOLDEN + "/wire/rfc3610.json") as file:
        vectors = json.load(file)["vectors"]
    names = ("key", "nonce", "associated", "plaintext", "sealed")
    return [[unhexlify(vector[name]) for name in names] for vector in vectors]


def _is_refused(ccm, *args):
    try:
        ccm.open(*args)
    except SealError:
        return True
    return False


def test_packet_vectors():
    vectors = _vectors()
    assert len(vectors) == 12
    for key, nonce, associated, plaintext, sealed in vectors:
        ccm = new_ccm(key)
        assert ccm.seal(nonce, associated, plaintext) == sealed, hexlify(nonce)
        assert ccm.open(nonce, associated, sealed) == plaintext


def test_every_flipped_bit_is_noticed():
    key, nonce, associated, plaintext, sealed = _vectors()[0]
    ccm = new_ccm(key)
    for bit in range(8 * len(sealed)):
        damaged = bytearray(sealed)
        damaged[bit >> 3] ^= 1 << (bit & 7)
        assert _is_refused(ccm, nonce, associated, damaged), bit
    assert _is_refused(ccm, nonce, associated + b"\0", sealed)
    assert _is_refused(ccm, nonce, associated[:-1], sealed)
    assert _is_refused(ccm, nonce[:-1] + b"\0", associated, sealed)
    assert ccm.open(nonce, associated, sealed) == plaintext


def test_every_length_around_a_block():
    ccm = new_ccm(KEY)
    for length in (0, 1, 15, 16, 17, 31, 32, 33, 255, 256, 4080):
        for associated in (b"", b"a", bytes(13), bytes(14), bytes(15), bytes(30)):
            plaintext = bytes([index & 0xFF for index in range(length)])
            sealed = ccm.seal(NONCE, associated, plaintext)
            assert len(sealed) == length + TAG
            assert ccm.open(NONCE, associated, sealed) == plaintext, (length, len(associated))


def test_buffers_of_a_longer_frame_leave_no_trace():
    ccm = new_ccm(KEY)
    before = ccm.seal(NONCE, b"head", b"short")
    ccm.seal(NONCE, b"another head", b"\xff" * 1000)
    assert ccm.seal(NONCE, b"head", b"short") == before


def test_what_is_shorter_than_its_tag_is_refused():
    ccm = new_ccm(KEY)
    for length in range(TAG):
        assert _is_refused(ccm, NONCE, b"", bytes(length))


def test_views_and_bytearrays_are_as_good_as_bytes():
    ccm = new_ccm(KEY)
    sealed = ccm.seal(NONCE, b"head", b"plaintext")
    assert ccm.seal(bytearray(NONCE), memoryview(b"head"), bytearray(b"plaintext")) == sealed
    assert ccm.open(memoryview(NONCE), bytearray(b"head"), memoryview(sealed)) == b"plaintext"


class Interrupted:
    """A cipher's context that is broken off, before or after it has done its work."""

    def __init__(self, context, after):
        self._context = context
        self._after = after

    def encrypt(self, data, out):
        if self._after:
            self._context.encrypt(data, out)
        raise MemoryError


def test_what_breaks_off_in_the_middle_spoils_nothing_after_it():
    vectors = _vectors()
    for after in (False, True):
        key, nonce, associated, plaintext, sealed = vectors[0]
        ccm = new_ccm(key)
        assert ccm.seal(nonce, associated, plaintext) == sealed
        if not hasattr(ccm, "_cbc"):
            return  # the library's keeps no context
        ccm._cbc = Interrupted(ccm._cbc, after)
        try:
            ccm.seal(nonce, associated, plaintext)
            raise AssertionError("it was broken off")
        except MemoryError:
            pass
        for _ in range(3):
            assert ccm.seal(nonce, associated, plaintext) == sealed, after
            assert ccm.open(nonce, associated, sealed) == plaintext, after
