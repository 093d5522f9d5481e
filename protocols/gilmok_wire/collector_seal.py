"""The collector's end of sealed frames.

Source: SPEC.md section 2.
"""

from .ccm import new_ccm
from .compat import const
from .errors import EncodeError, Replayed, SealError
from .seal import COUNTER_LIMIT, OVERHEAD, SALTED_OVERHEAD, Header, Window, open_frame, seal_frame

_MAX_SESSIONS = const(4)  # of one device: the confirmed one and some that may be a reboot or a replay


class PeerSession:
    """What a collector knows of one device salt.

    `dialogue`, `link` and `route` belong to the caller: what has been said under this salt, and over what it is answered.
    """

    def __init__(self, salt):
        self.salt = salt
        self.window = Window()
        self.confirmed = False
        self.dialogue = None
        self.link = self.route = None


class CollectorSeal:
    """The collector's end of one device: several device salts, of which at most one is confirmed and current."""

    def __init__(self, key, device, salt):
        self._ccm = new_ccm(key)
        self.device = device
        self.salt = salt
        self.counter = -1
        self.sessions = []  # most recently used first

    def open(self, frame, header=None):
        """Return (plaintext, session, counter) of an uplink; `header` is the frame's where it has been read.

        Raises: DecodeError, SealError or Replayed; the state is then as before.
        """
        header = header or Header(frame)
        if header.down or header.device != self.device:
            raise SealError("seal: frame of another device or direction")
        if header.salt:
            return self._open_salted(frame, header)
        failure = SealError("seal: no session of this device opens the frame")
        for session in self.sessions:
            counter = session.window.full_counter(header.counter)
            try:
                session.window.check(counter)
                plaintext = open_frame(self._ccm, frame, header, counter, session.salt, self.salt)
            except SealError as error:
                failure = error if isinstance(error, Replayed) else failure
                continue
            return self._accept(session, counter, plaintext, confirmed=True)
        raise failure

    def seal(self, session, plaintext):
        """Return the next downlink frame, for the device salt of `session`."""
        if self.counter + 1 >= COUNTER_LIMIT:
            raise EncodeError("seal: downlink counter used up; restart the collector")
        self.counter += 1
        salted = not session.confirmed
        return seal_frame(self._ccm, self.device, 1, self.counter, self.salt, plaintext, salted, False, session.salt)

    def overhead(self, session):
        """Bytes that a downlink to `session` costs beside its plaintext."""
        return OVERHEAD if session.confirmed else SALTED_OVERHEAD

    def _open_salted(self, frame, header):
        session = None
        for known in self.sessions:
            if known.salt == header.salt:
                session = known
        session = session or PeerSession(header.salt)
        session.window.check(header.counter)
        plaintext = open_frame(self._ccm, frame, header, header.counter, header.salt)
        return self._accept(session, header.counter, plaintext, confirmed=False)

    def _accept(self, session, counter, plaintext, confirmed):
        session.window.accept(counter)
        if confirmed and not session.confirmed:
            session.confirmed = True
            self.sessions = []  # the device has moved on: older salts of it are dead
        if session in self.sessions:
            self.sessions.remove(session)
        if session.confirmed or not self.sessions:
            self.sessions.insert(0, session)
        else:  # an unconfirmed salt may be a replay: it never displaces the confirmed one
            self.sessions.insert(1 if self.sessions[0].confirmed else 0, session)
        del self.sessions[_MAX_SESSIONS:]
        return plaintext, session, counter
