"""AES-CCM on CPython, by `cryptography`."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from .errors import SealError


class LibraryCcm:
    """CCM by `cryptography`."""

    def __init__(self, key, tag):
        self._tag = tag
        self._cipher = AESCCM(bytes(key), tag_length=tag)

    def seal(self, nonce, associated, plaintext, head=b""):
        """Return head ‖ ciphertext ‖ tag."""
        return head + self._cipher.encrypt(bytes(nonce), bytes(plaintext), bytes(associated))

    def open(self, nonce, associated, sealed):
        """Return the plaintext.

        Raises: SealError when the tag does not match.
        """
        if len(sealed) < self._tag:
            raise SealError("seal: frame too short")
        try:
            return self._cipher.decrypt(bytes(nonce), bytes(sealed), bytes(associated))
        except InvalidTag:
            raise SealError("seal: tag does not match") from None
