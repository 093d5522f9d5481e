"""Proof that no (key, nonce) pair is used twice, for tests on both interpreters."""

from gilmok_wire import collector_seal, node_seal

_SEALS = (node_seal, collector_seal)


class NonceRecorder:
    """Records what every seal made inside its `with` block encrypts, and fails at the first nonce that is used again.

    `seen` maps (key, nonce) to how many frames were sealed before it; `plaintexts` holds (0 up or 1 down, plaintext), if asked for.
    """

    def __init__(self, keep_plaintexts=False):
        self.seen = {}
        self.plaintexts = [] if keep_plaintexts else None
        self._real = None

    def __enter__(self):
        self._real = node_seal.new_ccm
        for seal in _SEALS:
            seal.new_ccm = lambda key, **_: _RecordingCcm(self._real(key), bytes(key), self)
        return self

    def __exit__(self, *_):
        for seal in _SEALS:
            seal.new_ccm = self._real

    def note(self, key, nonce, plaintext):
        """Take down one sealing."""
        pair = key, nonce
        assert pair not in self.seen, f"nonce {nonce.hex()} of frame {self.seen[pair]} is used again"
        self.seen[pair] = len(self.seen)
        if self.plaintexts is not None:
            self.plaintexts.append((nonce[8], bytes(plaintext)))


class _RecordingCcm:
    def __init__(self, ccm, key, recorder):
        self._ccm = ccm
        self._key = key
        self._recorder = recorder
        self.open = ccm.open

    def seal(self, nonce, associated, plaintext, head=b""):
        """Seal under a nonce that must be new."""
        self._recorder.note(self._key, bytes(nonce), plaintext)
        return self._ccm.seal(nonce, associated, plaintext, head)
