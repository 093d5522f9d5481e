"""The device's end of sealed frames.

Source: SPEC.md section 2.
"""

from .ccm import new_ccm
from .compat import const
from .errors import SealError
from .seal import COUNTER_LIMIT, OVERHEAD, SALTED_OVERHEAD, Header, Window, open_frame, seal_frame

_LONGEST = const(256)  # bytes of a frame on a serial line


class NodeSeal:
    """The device's end: one own salt at a time, one collector salt once it has answered.

    `draw_salt` returns 8 bytes that never repeat under this key (SPEC.md section 2).
    """

    def __init__(self, key, device, draw_salt):
        self._ccm = new_ccm(key, longest=_LONGEST)
        self._draw_salt = draw_salt
        self.device = device
        self.restart()

    def restart(self):
        """Forget the collector and begin a session of a new salt: every older downlink is dead."""
        self.salt = self._draw_salt()
        self.counter = -1
        self.peer_salt = None
        self._window = Window()

    @property
    def session(self):
        """What `resume` needs to go on in this session after another one was begun."""
        return self.salt, self.counter, self.peer_salt, self._window

    def resume(self, session):
        """Go on in a session that was left."""
        self.salt, self.counter, self.peer_salt, self._window = session

    @property
    def overhead(self):
        """Bytes that the next frame costs beside its plaintext."""
        return SALTED_OVERHEAD if self.peer_salt is None else OVERHEAD

    def seal(self, plaintext, ask=False):
        """Return the next uplink frame."""
        if self.counter + 1 >= COUNTER_LIMIT:
            self.restart()
        self.counter += 1
        peer = self.peer_salt
        return seal_frame(self._ccm, self.device, 0, self.counter, self.salt, plaintext, peer is None, ask, peer or b"")

    def open(self, frame):
        """Return the plaintext of a downlink.

        Raises: DecodeError, SealError or Replayed; the state is then as before.
        """
        header = Header(frame)
        if not header.down or header.device != self.device:
            raise SealError("seal: frame of another device or direction")
        salt = header.salt or self.peer_salt
        if salt is None or (self.peer_salt is not None and salt != self.peer_salt):
            raise SealError("seal: downlink of another collector session")
        counter = header.counter if header.salt else self._window.full_counter(header.counter)
        self._window.check(counter)
        plaintext = open_frame(self._ccm, frame, header, counter, salt, self.salt)
        self._window.accept(counter)
        self.peer_salt = salt
        return plaintext
