"""What a collector's session keeps: of the store's knowledge, of what was said under one salt, and of an opened frame.

Source: SPEC.md section 3.
"""

from .compat import const
from .ranges import Ranges
from .received_batches import PartAssembler

MAX_UNSUPPORTED = const(4)  # codes told in one answer: a device that sends more of them is told of the rest later


class Knowledge:
    """What the store has of one log: settled numbers by stream, and the streams whose schema it holds.

    `newest(stream)` returns (number, boot, time, values) of the highest record that is stored under this log, or None.
    """

    def __init__(self, settled=None, schemas=(), newest=lambda stream: None):
        self.settled = settled or {}
        self.schemas = set(schemas)
        self.newest = newest

    def of(self, stream):
        """Return the settled numbers of `stream`, to read and to extend."""
        if stream not in self.settled:
            self.settled[stream] = Ranges()
        return self.settled[stream]


class Dialogue:
    """What has been said under one device salt."""

    def __init__(self, log):
        self.log = log
        self.assembler = PartAssembler()
        self.foreign = False  # its messages are of another wire version
        self.forked = False
        self.anchored_ms = None
        self.ask = None  # (counter, arrival, uncertainty) of the frame to answer
        self.dirty = set()  # streams to state in the next answer
        self.doubted = set()  # … with a witness, since the device has stated them
        self.unsupported = []
        self.touched = set()  # streams stated so far
        self.checked = set()  # streams whose numbering was compared with the store's

    def tell_unsupported(self, codes):
        """Have the next answer name what was not understood."""
        for code in codes:
            if code not in self.unsupported and len(self.unsupported) < MAX_UNSUPPORTED:
                self.unsupported.append(code)


class Opened:
    """An authentic uplink whose messages are still to be taken: `messages` have the shapes of `gilmok_wire.messages`."""

    def __init__(self, messages, unsupported, peer, counter, asks):
        self.messages = messages
        self.unsupported = unsupported
        self.peer = peer
        self.counter = counter
        self.asks = asks
