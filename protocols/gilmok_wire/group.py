"""Frames of a site's group: every member seals and opens them, and no collector is needed.

Source: SPEC.md section 6.
"""

from . import cbor
from .ccm import new_ccm
from .compat import const
from .errors import DecodeError, SealError
from .seal import GROUP, GROUP_WAY, Header, open_frame, seal_frame

WANT = const(0)  # to, challenge, from, output, holder, seconds
STANDING = const(1)  # to, counter answered, from, challenge, output, commanded, confirmed, taken
# Shape letters: u unsigned of 32 bits, c challenge, s state of an output or nothing, b truth.
_SHAPES = ("ucuuuu", "uuucussb")

CHALLENGE = const(6)  # bytes: 4 would come again within years, 8 make a frame of more than 51
LEASE_S = const(180)  # outlasts a restart of either node and of the collector between them; after it nobody alive wants the output
RENEW_MS = const(60_000)  # a third of it
FRAME = const(51)  # bytes of the longest frame: the least a LoRa data rate carries


class GroupSeal:
    """A member's end: its own salt and counter, and the key that all members have.

    `salt` has 8 bytes that never repeat under this key; `base`, below 2^30, is where this life's counters start, drawn at random, so
    that an answer to an earlier life's counter is none to this one's.
    """

    def __init__(self, key, device, salt, base):
        self._ccm = new_ccm(key)
        self.device = device
        self.salt = salt
        self.counter = base

    def seal(self, message):
        """Return the next frame."""
        self.counter += 1  # from 2^30 at most it lasts for a billion frames, and a boot does not
        return seal_frame(self._ccm, GROUP, GROUP_WAY, self.counter, self.salt, cbor.encode(message), True)

    def open(self, frame):
        """Return (header, message) of another member's frame.

        Raises: DecodeError, SealError where no member made it, or this one did.
        """
        header = Header(frame)
        if header.device != GROUP or header.salt is None or header.down or header.salt == self.salt:
            raise SealError("group: no frame of another member")
        message = cbor.decode(open_frame(self._ccm, frame, header, header.counter, header.salt))
        if not is_message(message):
            raise DecodeError("group: message of another release")
        return header, message


def is_message(message):
    """Tell whether `message` is one of those this release knows."""
    if not isinstance(message, list) or not message or message[0] not in (WANT, STANDING):
        return False
    shape = _SHAPES[message[0]]
    return len(message) == len(shape) + 1 and all([_is_kind(message[index + 1], shape[index]) for index in range(len(shape))])


def _is_kind(item, letter):
    if letter == "c":
        return isinstance(item, bytes) and len(item) == CHALLENGE
    if letter == "b":
        return item is True or item is False
    if letter == "s" and item is None:
        return True
    if not isinstance(item, int) or item is True or item is False:
        return False
    return 0 <= item < (2 if letter == "s" else 1 << 32)
