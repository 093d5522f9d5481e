"""Sealed frames as ATT payloads of any size: a byte of head, then as much of the frame as fits.

Source: SPEC.md section 9; Bluetooth Core Specification 5.4, Vol 3, Part F, 3.2.9 (what an attribute's value may be long).
"""

from .compat import const
from .errors import DecodeError
from .link import Link

LEAST_ATT_MTU = const(23)  # which every connection begins with (Vol 3, Part G, 5.2.1)
MAX_PAYLOAD = const(512)  # the longest value of an attribute
_ATT_HEAD = const(3)  # opcode and handle
_FIRST = const(0x80)
_LAST = const(0x40)
_NUMBER = const(0x3F)
_FRAME = const(256)  # as on a serial line: larger frames cost a chip buffers
# A connection interval of 30 ms lets a notification wait that long, and the answer too; the rest is the commit, and a scan beside it.
_ANSWER_MS = const(500)
# An answer comes after two connection intervals and a commit, 40 ms and more, in which twenty frames could go: asking after each 16 would
# take half of the time. What is lost with a connection and goes again is a quarter of a second's.
_WINDOW = const(128)
_IDLE_MS = const(300)  # a visit is over when all is acknowledged: two seconds more of a radio that listens would be for nothing
_BYTE_US = const(4)  # the fastest there is, LE 2M: a radio that is slower says when it has no room (Vol 6, Part B, 2.1)

OPENING = b"\xc0"  # what a central writes first: a frame of no bytes


def payload_size(att_mtu):
    """Return how long a fragment may be at an ATT MTU."""
    return min(att_mtu - _ATT_HEAD, MAX_PAYLOAD)


def link_at(att_mtu):
    """Return the Link of a connection with this MTU: its frames fill their fragments."""
    room = payload_size(att_mtu) - 1
    return Link(
        mtu=max(room * (_FRAME // room), min(room, _FRAME)), byte_us=_BYTE_US, answer_ms=_ANSWER_MS, window=_WINDOW, idle_ms=_IDLE_MS
    )


class Fragmenter:
    """Cuts one frame at a time. `head` shows the next fragment, `next` passes on to the one after it, so that a refused one goes again."""

    def __init__(self):
        self._number = 0  # counts fragments of all frames, so that a lost one shows
        self.drop()

    def drop(self):
        """Leave off in the middle: the connection is gone."""
        self._frame = None
        self._at = 0
        self._length = 0

    def begin(self, frame):
        """Take a frame, in the place of what is left of another."""
        self._frame = frame
        self._at = 0

    def is_busy(self):
        """Tell whether a frame is under way."""
        return self._frame is not None

    def head(self, size):
        """Return the next fragment, at most `size` bytes."""
        self._length = min(size - 1, len(self._frame) - self._at)
        end = self._at + self._length
        flags = (0 if self._at else _FIRST) | (_LAST if end == len(self._frame) else 0)
        return bytes((flags | self._number,)) + self._frame[self._at : end]

    def next(self):
        """Go on behind the fragment that `head` returned last; return whether it was the frame's last."""
        self._number = self._number + 1 & _NUMBER
        self._at += self._length
        if self._at < len(self._frame):
            return False
        self._frame = None
        return True


class Assembler:
    """Puts fragments together. `lost` counts frames that began and did not end."""

    def __init__(self, longest=512):
        self._longest = longest
        self.lost = 0
        self.drop()

    def drop(self):
        """Forget what has come of a frame: the connection is gone."""
        self._frame = None
        self._expected = 0

    def take(self, fragment):
        """Return the frame that `fragment` completes, empty for an OPENING; None where more is to come or it fits nothing.

        Raises: DecodeError for what is no fragment.
        """
        if not fragment:
            raise DecodeError("BLE: an empty fragment")
        head = fragment[0]
        if head & _FIRST:
            self._give_up()
            self._frame = bytearray()
        elif self._frame is None:
            return None  # of a frame that was counted as lost
        elif head & _NUMBER != self._expected:
            return self._give_up()
        self._expected = (head & _NUMBER) + 1 & _NUMBER
        self._frame.extend(memoryview(fragment)[1:])
        if len(self._frame) > self._longest:
            self._give_up()
            raise DecodeError("BLE: a frame of more than {} bytes".format(self._longest))
        if not head & _LAST:
            return None
        frame, self._frame = bytes(self._frame), None
        return frame

    def _give_up(self):
        if self._frame is not None:
            self.lost += 1
        self._frame = None
