"""Sealed frames: header, nonce, salts and replay windows of both ends.

Source: SPEC.md section 2.
"""

from .ccm import TAG, new_ccm
from .compat import const
from .errors import DecodeError, EncodeError, Replayed, SealError, Unsupported

VERSION = const(1)
SALT = const(8)
SHORT_HEADER = const(5)  # type, device, low half of the counter
SALTED_HEADER = const(15)  # type, device, whole counter, salt
OVERHEAD = SHORT_HEADER + TAG
SALTED_OVERHEAD = SALTED_HEADER + TAG

COUNTER_LIMIT = 1 << 31  # far from the 2^32 of the nonce field, so that no arithmetic near the edge matters
WINDOW = const(28)  # counters behind the newest that are still accepted: a bitmap that is a small int on 32 bits

_PROPRIETARY = const(0xE0)  # LoRaWAN message type 111 (TS001 section 4.2.1)
_DOWN = const(0x10)
_SALTED = const(0x08)
_ASK = const(0x04)
_MAX_SESSIONS = const(4)  # of one device: the confirmed one and some that may be a reboot or a replay


class Header:
    """The part of a frame that is read before it is opened."""

    def __init__(self, frame):
        """Parse the start of `frame`.

        Raises: DecodeError for what is no frame of ours, Unsupported for another wire version.
        """
        if len(frame) < OVERHEAD or frame[0] & 0xE0 != _PROPRIETARY:
            raise DecodeError("seal: not a Gilmok frame")
        kind = frame[0]
        if kind & 3 != VERSION:
            raise Unsupported(-1 - (kind & 3))
        self.down = bool(kind & _DOWN)
        self.ask = bool(kind & _ASK)
        self.device = frame[1] << 8 | frame[2]
        self.salt = None
        self.length = SHORT_HEADER
        if kind & _SALTED:
            if len(frame) < SALTED_OVERHEAD:
                raise DecodeError("seal: salted frame too short")
            self.salt = bytes(frame[7:15])
            self.length = SALTED_HEADER
        self.counter = int.from_bytes(frame[3 : self.length - (SALT if self.salt else 0)], "big")
        if self.counter >= COUNTER_LIMIT:
            raise DecodeError("seal: counter {} is beyond the end of a session".format(self.counter))


class Window:
    """Which counters of one sender have been accepted."""

    def __init__(self):
        self.highest = -1
        self._seen = 0  # bit i: highest − i was accepted

    def full_counter(self, low):
        """Return the counter with the low half `low` that lies nearest the highest accepted one."""
        base = max(self.highest, 0)
        counter = base & ~0xFFFF | low
        if counter - base > 0x8000 and counter >= 0x10000:
            counter -= 0x10000
        elif base - counter > 0x8000:
            counter += 0x10000
        return counter

    def check(self, counter):
        """Refuse a counter that was accepted before or is too old to tell.

        Raises: Replayed.
        """
        age = self.highest - counter
        if age >= WINDOW or (age >= 0 and self._seen >> age & 1):
            raise Replayed("seal: counter {} was accepted before or is too old".format(counter))

    def accept(self, counter):
        """Remember `counter`, once its frame has proved authentic."""
        ahead = counter - self.highest
        if ahead > 0:
            self._seen = ((self._seen << ahead) & ((1 << WINDOW) - 1) | 1) if ahead < WINDOW else 1
            self.highest = counter
        else:
            self._seen |= 1 << -ahead


def seal_frame(ccm, device, direction, counter, salt, plaintext, salted=False, ask=False, peer_salt=b""):
    """Return the sealed frame; the caller answers for never repeating (key, salt, direction, counter)."""
    kind = _PROPRIETARY | (_DOWN if direction else 0) | (_SALTED if salted else 0) | (_ASK if ask else 0) | VERSION
    header = bytes((kind, device >> 8, device & 0xFF))
    if salted:
        header += counter.to_bytes(4, "big") + salt
    else:
        header += (counter & 0xFFFF).to_bytes(2, "big")
    return header + ccm.seal(_nonce(salt, direction, counter), header + peer_salt, plaintext)


def open_frame(ccm, frame, header, counter, salt, peer_salt=b""):
    """Return the plaintext.

    Raises: SealError when the frame is not authentic under these salts.
    """
    associated = bytes(frame[: header.length]) + peer_salt
    return ccm.open(_nonce(salt, header.down, counter), associated, memoryview(frame)[header.length :])


def _nonce(salt, direction, counter):
    return salt + (b"\x01" if direction else b"\x00") + counter.to_bytes(4, "big")


class NodeSeal:
    """The device's end: one own salt at a time, one collector salt once it has answered.

    `draw_salt` returns 8 bytes that never repeat under this key (SPEC.md section 2).
    """

    def __init__(self, key, device, draw_salt):
        self._ccm = new_ccm(key)
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
    def overhead(self):
        """Bytes that the next frame costs beside its plaintext."""
        return SALTED_OVERHEAD if self.peer_salt is None else OVERHEAD

    def seal(self, plaintext, ask=False):
        """Return the next uplink frame."""
        if self.counter + 1 >= COUNTER_LIMIT:
            self.restart()
        self.counter += 1
        peer = self.peer_salt
        return seal_frame(
            self._ccm, self.device, 0, self.counter, self.salt, plaintext, peer is None, ask, peer or b""
        )

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


class PeerSession:
    """What a collector knows of one device salt.

    `dialogue` belongs to the caller: what has been said under this salt.
    """

    def __init__(self, salt):
        self.salt = salt
        self.window = Window()
        self.confirmed = False
        self.dialogue = None


class CollectorSeal:
    """The collector's end of one device: several device salts, of which at most one is confirmed and current."""

    def __init__(self, key, device, salt):
        self._ccm = new_ccm(key)
        self.device = device
        self.salt = salt
        self.counter = -1
        self.sessions = []  # most recently used first

    def open(self, frame):
        """Return (plaintext, session, counter) of an uplink.

        Raises: DecodeError, SealError or Replayed; the state is then as before.
        """
        header = Header(frame)
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
