"""AES-CCM-16-64-128: `cryptography` on CPython, block calls of `cryptolib` on MicroPython.

Source: RFC 3610 with L = 2 and M = 8; RFC 9053 section 4.2 (COSE algorithm 10).
"""

from .compat import const
from .errors import SealError

SUITE = const(10)
TAG = const(8)

_ECB = const(1)  # modes of cryptolib
_CBC = const(2)
_ASSOCIATED = const(0x40)  # flags of the first block: associated data, L' = 1; between them M' = (M - 2) / 2 (RFC 3610 section 2.2)
_LENGTH_2 = const(1)

try:
    from cryptolib import aes
except ImportError:  # CPython
    aes = None  # type: ignore[assignment,misc]


def new_ccm(key, tag=TAG, longest=0):
    """Return the cipher of this interpreter under a 16-byte key, with `seal` and `open`; its tags have `tag` bytes.

    Whoever knows that frames of `longest` bytes will come has buffers for them made at once, while the heap is in one piece.
    """
    if aes is not None:
        return _BlockCcm(key, tag, longest)
    from .ccm_library import LibraryCcm

    return LibraryCcm(key, tag)


class _BlockCcm:
    """CCM from two block calls: CBC with a zero IV over all blocks is the MAC, ECB over counter blocks the key stream.

    Cost: both contexts are kept, and buffers, which grow to the longest frame seen; a call allocates its result.
    """

    def __init__(self, key, tag, longest):
        self._key = bytes(key)
        self._tag = tag
        self._last = bytearray(16)  # the block that the MAC's context ended with, and begins the next text with
        self._cbc = self._new_cbc()  # kept: 320 bytes that a heap in pieces may not have for each frame
        self._ecb = aes(self._key, _ECB)
        self._blocks = bytearray(longest and longest + 64)
        self._stream = bytearray(longest and longest + 32)

    def seal(self, nonce, associated, plaintext, head=b""):
        """Return head ‖ ciphertext ‖ tag; a head, of at most 16 bytes, is put there as it is."""
        length = len(plaintext)
        stream = self._key_stream(nonce, length)
        _xor(stream, 16, plaintext, stream, 16, length)
        self._mac(nonce, associated, plaintext, stream, 16 + length)
        _xor(stream, 16 + length, memoryview(stream)[16 + length :], stream, 0, self._tag)
        start = 16 - len(head)
        stream[start:16] = head  # in the place of the mask, which has done its work
        return bytes(memoryview(stream)[start : 16 + length + self._tag])

    def open(self, nonce, associated, sealed):
        """Return the plaintext.

        Raises: SealError when the tag does not match.
        """
        length = len(sealed) - self._tag
        if length < 0:
            raise SealError("seal: frame too short")
        stream = self._key_stream(nonce, length)
        out = bytearray(length + self._tag)
        _xor(out, 0, sealed, stream, 16, length)
        self._mac(nonce, associated, memoryview(out)[:length], out, length)
        difference = 0
        for index in range(self._tag):  # every byte is compared, whatever differs
            difference |= out[length + index] ^ stream[index] ^ sealed[length + index]
        if difference:
            raise SealError("seal: tag does not match")
        return bytes(memoryview(out)[:length])

    def _mac(self, nonce, associated, plaintext, out, at):
        """Put the tag's bytes of the CBC-MAC at `at` of `out`."""
        header = 18 + len(associated) if associated else 16
        start = header + (-header & 15)
        size = start + len(plaintext) + (-len(plaintext) & 15)
        if len(self._blocks) < size:
            self._blocks = bytearray(size)
        blocks = self._blocks
        blocks[0] = _LENGTH_2 | (self._tag - 2 >> 1) << 3 | (_ASSOCIATED if associated else 0)
        blocks[1:14] = nonce
        blocks[14], blocks[15] = len(plaintext) >> 8, len(plaintext) & 0xFF
        if associated:
            blocks[16], blocks[17] = len(associated) >> 8, len(associated) & 0xFF
            blocks[18:header] = associated
        for index in range(header, start):
            blocks[index] = 0
        blocks[start : start + len(plaintext)] = plaintext
        for index in range(start + len(plaintext), size):
            blocks[index] = 0
        view = memoryview(blocks)[:size]
        cbc, self._cbc = self._cbc or self._new_cbc(), None  # whatever breaks off between here and the copy: the context is then made anew
        _xor(blocks, 0, blocks, self._last, 0, 16)  # as though it began with zero
        cbc.encrypt(view, view)
        for index in range(16):
            self._last[index] = blocks[size - 16 + index]
        self._cbc = cbc
        out[at : at + self._tag] = view[size - 16 : size - 16 + self._tag]

    def _new_cbc(self):
        for index in range(16):
            self._last[index] = 0
        return aes(self._key, _CBC, bytes(16))

    def _key_stream(self, nonce, length):
        """Return a buffer whose first block masks the tag, the rest the text; behind the text is place for a tag."""
        count = 1 + (length + 15 >> 4)
        if len(self._stream) < 16 + (count << 4):
            self._stream = bytearray(16 + (count << 4))
        stream = self._stream
        for block in range(count):
            at = block << 4
            stream[at] = 1  # L' = 1
            stream[at + 1 : at + 14] = nonce
            stream[at + 14], stream[at + 15] = block >> 8, block & 0xFF
        view = memoryview(stream)[: count << 4]
        self._ecb.encrypt(view, view)
        return stream


def _xor(out, at, data, stream, stream_at, length):
    """Put data XOR stream into `out` from `at` on."""
    for index in range(length):
        out[at + index] = data[index] ^ stream[stream_at + index]
