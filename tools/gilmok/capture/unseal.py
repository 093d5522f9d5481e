"""Opens captured frames of both directions with a site's keys; session salts come from the salted frames among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from gilmok_wire.ccm import new_ccm
from gilmok_wire.errors import SealError
from gilmok_wire.seal import Header, Window, open_frame

# Kept of each side of a device, the latest: a frame of an older session than these came long before.
SALTS = 8

NO_KEYS, NO_KEY, NO_SALT, REFUSED = "wire_sealed", "wire_no_key", "wire_no_salt", "wire_refused"


class Unsealer:
    """Opens frames in the order they were captured; `keys` is None where there are none to try."""

    def __init__(self, keys: Mapping[int, bytes] | None) -> None:
        self._keys = keys
        self._ccm: dict[int, Any] = {}
        self._salts: dict[tuple[int, bool], list[bytes]] = {}  # (device, down) → the sender's salts, latest first
        self._windows: dict[tuple[int, bool, bytes], Window] = {}

    def open(self, frame: bytes, header: Header) -> bytes | str:
        """Return the plaintext, or the reason why there is none: the code of a message."""
        if self._keys is None:
            return NO_KEYS
        if header.device not in self._keys:
            return NO_KEY
        reason = NO_SALT
        for salt, peer_salt in self._candidates(header):
            plaintext = self._try(frame, header, salt, peer_salt)
            if plaintext is not None:
                return plaintext
            reason = REFUSED
        return reason

    def _candidates(self, header: Header) -> Iterator[tuple[bytes, bytes]]:
        """Yield pairs of salts: the sender's, and the receiver's that it authenticates (SPEC.md, section 2)."""
        own = [header.salt] if header.salt else self._salts.get((header.device, header.down), [])
        peers = self._salts.get((header.device, not header.down), [])
        if header.salt and not header.down:
            peers = [b""]  # a device says its salt only until it knows the collector's
        yield from product(own, peers)

    def _try(self, frame: bytes, header: Header, salt: bytes, peer_salt: bytes) -> bytes | None:
        window = self._windows.get((header.device, header.down, salt)) or Window()
        counter = header.counter if header.salt else window.full_counter(header.counter)
        if header.device not in self._ccm:
            self._ccm[header.device] = new_ccm(self._keys[header.device])  # type: ignore[index]
        try:
            plaintext = open_frame(self._ccm[header.device], frame, header, counter, salt, peer_salt)
        except SealError:
            return None
        window.highest = max(window.highest, counter)
        self._windows[header.device, header.down, salt] = window
        self._remember(header.device, header.down, salt)
        return bytes(plaintext)

    def _remember(self, device: int, down: bool, salt: bytes) -> None:
        salts = self._salts.setdefault((device, down), [])
        if salt in salts:
            salts.remove(salt)
        salts.insert(0, salt)
        del salts[SALTS:]
