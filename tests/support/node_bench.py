"""A node's session at a bench: its log beside it, a collector's seal to answer with whatever a test likes. Both interpreters."""

from gilmok_wire import cbor, messages
from gilmok_wire.collector_seal import CollectorSeal
from gilmok_wire.identity import Identity
from gilmok_wire.link import Link
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.node_session import NodeSession
from gilmok_wire.node_stream import NodeStream, StreamInfo
from gilmok_wire.seal import Header

from support.dice import Dice
from support.memory_log import MemoryLog

KEY = bytes(range(16))
DEVICE = 7
STORE, EPOCH = 5, 1000
RIVER = StreamInfo("river", messages.READINGS, (("level", "m", -3),), max_age_ms=60_000)
ALARM = StreamInfo("alarm", messages.EVENTS, (("level", "1", 0),), urgent=True)


def streams_of(sent):
    """Return the streams of the batches among messages."""
    return [message[1] for message in sent if message[0] in (messages.BATCH, messages.BATCH_EXCEPTIONS)]


class NodeBench:
    """One node session and the other end's seal. `last` is what the node sent last: its header and messages."""

    def __init__(self, infos=(RIVER, ALARM), link=None, store=None, make_session=NodeSession):
        self.log = MemoryLog()
        self.link = link or Link()
        self.now = 0
        self._dice = Dice(1)
        self._salts = 0
        self.collector = CollectorSeal(KEY, DEVICE, b"collect1")
        self.seal = NodeSeal(KEY, DEVICE, self._draw)
        self.streams = [NodeStream(number, info.digest(), info, self.log) for number, info in enumerate(infos)]
        self.node = make_session(self.seal, self.link, self.log, self.streams, Identity(b"conf", "0.1.0", store))
        self.header = None
        self.last = None
        self._peer = None

    def record(self, stream=0, count=1):
        """Append records that do not compress to nothing."""
        for _ in range(count):
            self.log.append(stream, self.now, [self._dice.between(-500, 500)])

    def send(self):
        """Have the node send now and return its messages, None where it keeps silent."""
        frame = self.node.transmit(self.now)
        if frame is None:
            return None
        self.header = Header(frame)
        plaintext, self._peer, self.counter = self.collector.open(frame)
        self.now += self.link.air_ms(len(frame))
        self.last = cbor.decode_sequence(plaintext)
        return self.last

    def wait(self):
        """Let time pass until the node's deadline and return what it sends then."""
        at = self.node.deadline(self.now)
        assert at is not None, "nothing is due"
        self.now = max(self.now, at)
        return self.send()

    def drain(self):
        """Let the node send until it waits or is silent, and return (messages, ask bit) of each frame."""
        frames = []
        while self.node.phase == "ready" and self.node.deadline(self.now) is not None:
            if self.wait() is not None:
                frames.append((self.last, self.header.ask))
        return frames

    def say(self, *told):
        """Give the node a downlink frame of these messages and return its events."""
        plaintext = b"".join([cbor.encode(message) for message in told])
        return self.node.receive(self.collector.seal(self._peer, plaintext), self.now)

    def ack(self, *statements, epoch=EPOCH, store=STORE, counter=None):
        """Return an acknowledgement, by a store without records, of the last frame or of the one with `counter`."""
        counter = self.counter if counter is None else counter
        return [messages.ACK, store, epoch, counter & 0xFFFF] + [[stream, below, b""] + beyond for stream, below, *beyond in statements]

    def settle(self):
        """Acknowledge everything that is logged."""
        return self.say(self.ack(*[[stream.number, self.log.next(stream.number)] for stream in self.streams]))

    def greeted(self):
        """Bring the node to GREET, its hello unanswered."""
        assert self.wait()[0][0] == messages.HELLO
        return self

    def ready(self):
        """Bring the node to READY with nothing to say."""
        self.greeted().settle()
        assert self.node.phase == "ready"
        return self

    def awaiting(self):
        """Bring the node to AWAIT, for one record of the first stream."""
        self.ready().record()
        self.now += 60_000
        while self.node.phase == "ready":
            self.wait()
        assert self.header.ask and self.node.phase == "await"
        return self

    def restarted(self):
        """Bring the node to GREET after it had agreed with a collector, its new hello unanswered."""
        self.ready().node.restart(self.now)
        return self.greeted()

    def _draw(self):
        self._salts += 1
        return b"node%04d" % self._salts
