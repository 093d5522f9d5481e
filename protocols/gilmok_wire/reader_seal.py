"""Frames between a node and somebody who may read it: whose key it is, header and seal of both ends.

A node loads this while it is read. Source: SPEC.md section 10.
"""

from hashlib import sha256

from .ccm import new_ccm
from .compat import const
from .errors import DecodeError, Replayed, SealError
from .messages import MAX_SEQUENCE
from .seal import COUNTER_LIMIT, SALT, Header, nonce_of, open_frame, seal_frame

REQUEST = const(0xFD)  # down, salted and asking at once, which no collector's frame is
REQUEST_HEADER = const(23)  # that of a salted frame, then until and permit
_PERMIT = const(15)  # where until begins

# What a reader says, and what he is told beside the messages of section 3.
READ = const(22)  # stream, first, part
DESCRIBE = const(23)  # stream, item of the schema
REFUSAL = const(24)  # why

ENDED = const(0)  # the permit's time is over
NO_TIME = const(1)  # the node does not know the time, and has been read often enough without
URGENT = const(2)  # an alarm waits for the link
NO_ROOM = const(3)  # too little of the heap is free; said without a seal


def is_message(message):
    """Tell whether `message` is one that a reader says."""
    if not isinstance(message, list) or len(message) != {READ: 4, DESCRIBE: 3}.get(message[0] if message else None):
        return False
    return all([type(item) is int and 0 <= item < MAX_SEQUENCE for item in message])


def permit_key(device_key, until_s, permit):
    """Return the key under which the holder of a permit reads a device; the device makes it of its own key."""
    return sha256(b"gilmok read" + device_key + until_s.to_bytes(4, "big") + permit.to_bytes(4, "big")).digest()[:16]


def permit_of(frame):
    """Return (until_s, permit) as a request names them, which proves nothing yet.

    Raises: DecodeError.
    """
    if len(frame) < REQUEST_HEADER or frame[0] != REQUEST:
        raise DecodeError("reader: no request")
    return int.from_bytes(frame[_PERMIT : _PERMIT + 4], "big"), int.from_bytes(frame[_PERMIT + 4 : REQUEST_HEADER], "big")


class ReaderSeal:
    """The reader's end. `salt` has 8 bytes that never repeat under this key."""

    def __init__(self, key, device, until_s, permit, salt):
        self._ccm = new_ccm(key)
        self._device = device
        self._permit = until_s.to_bytes(4, "big") + permit.to_bytes(4, "big")
        self._salt = salt
        self.counter = -1
        self.peer_salt = b""

    def seal(self, plaintext):
        """Return the next request; the first is the greeting, and empty. One that is repeated is repeated as it is."""
        self.counter += 1
        head = bytes((REQUEST,)) + self._device.to_bytes(2, "big") + self.counter.to_bytes(4, "big") + self._salt
        head += self._permit
        return head + self._ccm.seal(nonce_of(self._salt, 1, self.counter), head + self.peer_salt, plaintext)

    def open(self, frame):
        """Return the plaintext of an answer to the last request; the first one tells the node's salt.

        Raises: DecodeError, SealError; the state is then as before.
        """
        header = Header(frame)
        if header.down or header.device != self._device or header.salt is None or self.peer_salt not in (b"", header.salt):
            raise SealError("reader: frame of another device, direction or session")
        asked = self._salt + self.counter.to_bytes(4, "big")
        plaintext = open_frame(self._ccm, frame, header, header.counter, header.salt, asked)
        self.peer_salt = header.salt
        return plaintext


class ReadSeal:
    """The node's end of one reader's session: `salt` is as SPEC.md section 2 draws it, `request` the frame that begins it.

    Raises: DecodeError, SealError where the request is no greeting of somebody who has the permit it names.
    """

    def __init__(self, key, device, salt, request):
        until_s, permit = permit_of(request)
        self._ccm = new_ccm(permit_key(key, until_s, permit), longest=256)
        self._device = device
        self._salt = salt
        self._sent = -1
        self.until_s = until_s
        self._head = bytes(request[7:REQUEST_HEADER])  # salt, until, permit: the same in all requests of a session
        self.counter = 0
        self._open(request, 0, b"")

    def is_of(self, request):
        """Tell whether a request says it is of this session."""
        return bytes(request[7:REQUEST_HEADER]) == self._head

    def open(self, request):
        """Return the plaintext of a request of this session: the last one again, or a later one.

        Raises: DecodeError, SealError or Replayed; the state is then as before.
        """
        counter = int.from_bytes(request[3:7], "big")
        if not self.counter <= counter < COUNTER_LIMIT:
            raise Replayed("reader: request {} was answered before".format(counter))
        plaintext = self._open(request, counter, self._salt if counter else b"")
        self.counter = counter
        return plaintext

    def seal(self, plaintext):
        """Return the answer to the request opened last. Each has a number of its own, a repeated one too."""
        self._sent += 1
        asked = self._head[:SALT] + self.counter.to_bytes(4, "big")
        return seal_frame(self._ccm, self._device, 0, self._sent, self._salt, plaintext, True, False, asked)

    def _open(self, request, counter, peer_salt):
        if request[1] << 8 | request[2] != self._device or int.from_bytes(request[3:7], "big") != counter:
            raise SealError("reader: request to another device, or no greeting")
        associated = bytes(request[:REQUEST_HEADER]) + peer_salt
        return self._ccm.open(nonce_of(self._head[:SALT], 1, counter), associated, memoryview(request)[REQUEST_HEADER:])
