"""A node that a city collects from, and readers who come to it with permits. Both interpreters."""

from gilmok_node.node import Node
from gilmok_wire import cbor, messages
from gilmok_wire.errors import DecodeError
from gilmok_wire.link import SERIAL
from gilmok_wire.messages import ANCHOR_SCHEMA, decode_messages
from gilmok_wire.node_stream import StreamInfo
from gilmok_wire.reader_seal import READ, REFUSAL, ReaderSeal, permit_key

from support.wire_pair import DEVICE, KEY, UNIX_MS, Entropy, Pair
from support.wire_scenario import STREET

ANCHORS = 4  # the number of the stream
STREAMS = STREET + [StreamInfo(*ANCHOR_SCHEMA)]
PERMIT = 0x1F2E3D4C
UNTIL_S = UNIX_MS // 1000 + 8 * 3600


class Line:
    """A port that keeps what a node sends over it."""

    cost = 0

    def __init__(self, link=SERIAL, name="serial"):
        self.link, self.name = link, name
        self.sent, self.said = [], []

    def send(self, frame, now_ms, urgent=False):
        assert len(frame) <= self.link.mtu
        self.sent.append(frame)

    def say(self, text):
        self.said.append(text)


class Board:
    """A board with so much heap free."""

    free = 20_000

    def heap_free(self):
        return self.free


class ReadNode:
    """What a Node has for readers, about the node's end of `pair`; `anchored` tells whether it knows the time."""

    _read, _end_reading, _take_room = Node._read, Node._end_reading, Node._take_room
    _is_pressed = _is_quiet = lambda self, *args: self.busy
    alarms = None

    def __init__(self, pair):
        self.pair = pair
        self.key, self.device = KEY, DEVICE
        self.log, self.session = pair.log, pair.node
        self.board = Board()
        self.reading, self.reads, self.busy, self.anchored = None, 0, False, True
        entropy = Entropy(pair.dice, weak=True)
        self.draw_salt = lambda: entropy.salt(pair.log.boot, 7)

    def unix_s(self, now_ms):
        return (UNIX_MS + now_ms) // 1000 if self.anchored else None

    def take(self, frame, port):
        """Take a frame as Port and Uplink hand it on, and return what was answered."""
        del port.sent[:]
        self._read(frame, port, self.pair.now)
        return list(port.sent)


class Reader:
    """Somebody with a permit."""

    def __init__(self, node, port=None, key=None, until_s=UNTIL_S, permit=PERMIT, salt=b"laptop 1", device=DEVICE):
        self.node = node
        self.port = port or Line()
        self.seal = ReaderSeal(key or permit_key(KEY, until_s, permit), device, until_s, permit, salt)

    def ask(self, *items):
        """Send one message, nothing for a greeting, and return the messages that come back; None where nothing does."""
        self.frame = self.seal.seal(cbor.encode(list(items)) if items else b"")
        return self.opened(self.node.take(self.frame, self.port))

    def opened(self, frames):
        """Return the messages in the answer."""
        if not frames:
            return None
        (frame,) = frames
        plaintext = self.seal.open(frame)
        known, unsupported = decode_messages(plaintext)
        assert not unsupported or plaintext[:2] == bytes((0x82, 0x18)) and unsupported == [REFUSAL]
        return known or [cbor.decode(plaintext)]

    def read(self, stream, first=0):
        """Return {number: (boot, time, values)} of a stream from a number on."""
        from gilmok_wire.received_batches import PartAssembler, decode_batch

        records, cursor = {}, first
        while True:
            assembler, rows, part = PartAssembler(), None, 0
            while rows is None:
                (message,) = self.ask(READ, stream, cursor, part)
                if message[0] == messages.STATE:
                    return records
                rows = assembler.add(message) if message[0] == messages.PART else decode_batch(message)
                part += 1
            for place, time_ms in enumerate(rows.times):
                records[rows.first + place] = (rows.boot, time_ms, tuple([column[place] for column in rows.columns]))
            cursor = rows.end


def make_pair(count=60, roams=False, **options):
    """Return a Pair with a street's records in its log."""
    from support.wire_scenario import fill

    pair = Pair(STREAMS, roams=roams, **options)
    fill(pair.log, pair.dice, count)
    pair.log.append(ANCHORS, 0, [UNIX_MS // 86_400_000, UNIX_MS % 86_400_000, 20])
    return pair


def standing_of(session):
    """Return everything that a session knows, to be compared."""
    facts = dict(session.__dict__)
    seal = facts.pop("_seal")
    facts["seal"] = seal.salt, seal.counter, seal.peer_salt
    streams = facts.pop("streams")
    facts["streams"] = [{name: _plain(value) for name, value in stream.__dict__.items()} for stream in streams]
    return {name: _plain(value) for name, value in facts.items()}


def refuses(call, *args):
    """Return the class of the error that a call raises."""
    try:
        call(*args)
    except DecodeError as error:
        return type(error)
    return None


def _plain(value):
    if hasattr(value, "pairs"):
        return list(value.pairs)
    return list(value) if isinstance(value, (list, set)) else dict(value) if isinstance(value, dict) else value
