"""A collector's session at a bench: a memory store behind it, a node's seal to say to it whatever a test likes. Both interpreters."""

from gilmok_wire import cbor, messages
from gilmok_wire.ccm import SUITE
from gilmok_wire.collector_seal import CollectorSeal
from gilmok_wire.collector_session import CollectorSession
from gilmok_wire.columns import encode_columns
from gilmok_wire.link import Link
from gilmok_wire.node_seal import NodeSeal

from support.memory_store import MemoryStore

KEY = bytes(range(16))
DEVICE = 7
LOG = 77
DIGEST = b"dgst"


class CollectorBench:
    """One collector session and the node's seal. `answer` is what the collector said last: its messages, in order."""

    def __init__(self, link=None, store=None):
        self.link = link or Link()
        self.store = store or MemoryStore()
        self.now = 1_760_000_000_000
        self._salts = 0
        self.node = NodeSeal(KEY, DEVICE, self._draw)
        self.answer = []
        self.start()

    def start(self):
        """Start the collector anew, with a new salt."""
        self.store.drop()
        self._salts += 1
        seal = CollectorSeal(KEY, DEVICE, b"coll%04d" % self._salts)
        self.session = CollectorSession(seal, self.link, self.store.id, self.store.epoch, self.store.knowledge)

    def knowing(self, *streams):
        """Have the store know the schemas of these streams."""
        for stream in streams:
            self.store.schemas[LOG, stream] = DIGEST, "river", 0, []
        return self

    def tell(self, *said, ask=False):
        """Give the collector a frame of these messages, uncommitted, and return its events."""
        frame = self.node.seal(b"".join([cbor.encode(message) for message in said]), ask)
        events = self.session.receive(frame, self.now)
        self.store.stage(events)
        return events

    def commit(self):
        """Commit, and return what the collector answers."""
        self.store.commit()
        self.session.committed()
        self.answer = []
        self.frames = []
        while True:
            frame = self.session.transmit()
            if frame is None:
                return self.answer
            self.frames.append(frame)
            self.answer += cbor.decode_sequence(self.node.open(frame))

    def ask(self, *said):
        """Give the collector an asking frame, commit and return the answer."""
        self.tell(*said, ask=True)
        return self.commit()

    def greet(self, log=LOG, *states):
        """Say hello and be confirmed."""
        self.ask(self.hello(log), *states)
        self.ask()
        return self

    def hello(self, log=LOG, parent=0, version=1, boot=1):
        """Return a HELLO message."""
        return [messages.HELLO, version, log, parent, boot, SUITE, b"conf", "0.1.0"]

    def state(self, stream=0, oldest=0, following=0, *bounds):
        """Return a STATE message."""
        return [messages.STATE, stream, DIGEST, oldest, following] + list(bounds)

    def batch(self, first=0, count=4, stream=0, start_ms=0, values=None):
        """Return a BATCH message of one column."""
        column = values or [number & 0xFFFF for number in range(first, first + count)]
        return [messages.BATCH, stream, first, count, 1, start_ms, 10_000, encode_columns([column])]

    def part(self, index, total=2, first=0, value=0, stream=0):
        """Return a PART message of one column and one record."""
        return [messages.PART, stream, first, 1, 1, 0, 0, index, total, encode_columns([[value]])]

    def acks(self):
        """Return {stream: statement without its stream and witness} of the last answer."""
        return {s[0]: [item for item in s[1:] if not isinstance(item, bytes)] for s in self._statements()}

    def witnesses(self):
        """Return {stream: witness} of those streams of the last answer that have one."""
        return {s[0]: s[2] for s in self._statements() if len(s) > 2 and isinstance(s[2], bytes)}

    def _statements(self):
        return [statement for message in self.answer if message[0] == messages.ACK for statement in message[4:]]

    def _draw(self):
        self._salts += 1
        return b"node%04d" % self._salts
