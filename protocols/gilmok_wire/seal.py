"""Sealed frames: header, nonce, salts and replay windows of both ends.

Source: SPEC.md section 2.
"""

from .ccm import TAG
from .compat import const
from .errors import DecodeError, Replayed, Unsupported

VERSION = const(1)
SALT = const(8)
_SHORT_HEADER = const(5)  # type, device, low half of the counter
_SALTED_HEADER = const(15)  # type, device, whole counter, salt
OVERHEAD = _SHORT_HEADER + TAG
SALTED_OVERHEAD = _SALTED_HEADER + TAG

COUNTER_LIMIT = 1 << 31  # far from the 2^32 of the nonce field, so that no arithmetic near the edge matters
WINDOW = const(28)  # counters behind the newest that are still accepted: a bitmap that is a small int on 32 bits

GROUP = const(0xFFFF)  # in the place of a device: a frame of the site's group (SPEC.md section 6)
GROUP_WAY = const(2)  # … and of a direction in its nonce

_PROPRIETARY = const(0xE0)  # LoRaWAN message type 111 (TS001 section 4.2.1)
_DOWN = const(0x10)
_SALTED = const(0x08)
_ASK = const(0x04)


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
        self.length = _SHORT_HEADER
        if kind & _SALTED:
            if len(frame) < SALTED_OVERHEAD:
                raise DecodeError("seal: salted frame too short")
            self.salt = bytes(frame[7:15])
            self.length = _SALTED_HEADER
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
    kind = _PROPRIETARY | (_DOWN if direction == 1 else 0) | (_SALTED if salted else 0) | (_ASK if ask else 0) | VERSION
    header = bytes((kind, device >> 8, device & 0xFF))
    if salted:
        header += counter.to_bytes(4, "big") + salt
    else:
        header += (counter & 0xFFFF).to_bytes(2, "big")
    return ccm.seal(nonce_of(salt, direction, counter), header + peer_salt, plaintext, header)


def open_frame(ccm, frame, header, counter, salt, peer_salt=b""):
    """Return the plaintext.

    Raises: SealError when the frame is not authentic under these salts.
    """
    associated = bytes(frame[: header.length]) + peer_salt
    direction = GROUP_WAY if header.device == GROUP else header.down
    return ccm.open(nonce_of(salt, direction, counter), associated, memoryview(frame)[header.length :])


def nonce_of(salt, direction, counter):
    """Return the nonce of a frame; see seal_frame for who answers for what."""
    return salt + bytes((direction,)) + counter.to_bytes(4, "big")
