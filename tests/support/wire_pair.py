"""A node's and a collector's session whose frames a test moves by hand, on both interpreters."""

from hashlib import sha256

from gilmok_wire.collector_seal import CollectorSeal
from gilmok_wire.collector_session import CollectorSession
from gilmok_wire.identity import Identity
from gilmok_wire.link import Link
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.node_session import NodeSession
from gilmok_wire.node_stream import NodeStream
from gilmok_wire.roaming_session import RoamingSession

from support.dice import Dice
from support.memory_log import MemoryLog
from support.memory_store import MemoryStore

KEY = bytes(range(16))
DEVICE = 0x0102
UNIX_MS = 1_760_000_000_000  # the collector's clock when the node's uptime is 0


class Entropy:
    """Salts as SPEC.md section 2 has them drawn; a `weak` source returns the same random bytes for ever."""

    def __init__(self, dice, weak=False):
        self._dice = dice
        self._weak = weak
        self._draws = 0

    def salt(self, starts, identity):
        """Return a salt of the `starts`-th boot or start of whatever `identity` names."""
        self._draws += 1
        noise = bytes(16) if self._weak else self._dice.bytes(16)
        numbers = b"".join([number.to_bytes(4, "big") for number in (starts, self._draws, identity)])
        return sha256(noise + numbers).digest()[:8]


class Pair:
    """Both ends over one link, with the log and the store behind them.

    `events` are the node's, `heard` the collector's; `now` is the node's uptime in ms, which for simplicity goes on over reboots.
    """

    def __init__(self, infos, link=None, seed=1, log=None, store=None, weak=False, firmware="0.1.0", belongs_to=None, roams=False):
        self.infos = infos
        self.link = link or Link()
        self.dice = Dice(seed)
        self.log = log or MemoryLog()
        self.store = store or MemoryStore()
        self.identity = Identity(b"conf", firmware, belongs_to)
        self.starts = 0
        self.now = 0
        self.events = []
        self.heard = []
        self._weak = weak
        self._make_session = RoamingSession if roams else NodeSession
        self.boot_node(first=True)
        self.start_collector()

    def boot_node(self, first=False):
        """Start the node's session: only the log and its boot counter survive."""
        if not first:
            self.log.boot += 1
        log = self.log
        entropy = Entropy(self.dice, self._weak)
        self.node_seal = NodeSeal(KEY, DEVICE, lambda: entropy.salt(log.boot, log.log_id))
        streams = [NodeStream(number, info.digest(), info, log) for number, info in enumerate(self.infos)]
        self.node = self._make_session(self.node_seal, self.link, log, streams, self.identity)

    def start_collector(self):
        """Start the collector: only what the store committed survives."""
        self.starts += 1
        self.store.drop()
        salt = Entropy(self.dice, self._weak).salt(self.starts, self.store.id)
        self.collector_seal = CollectorSeal(KEY, DEVICE, salt)
        store = self.store
        self.collector = CollectorSession(self.collector_seal, self.link, store.id, store.epoch, store.knowledge)

    def use(self, link):
        """Let both go on over another link; the collector does at the next frame."""
        self.link = link
        self.node.use(link, self.now)

    def up(self):
        """Return the node's next frame, waiting for it as long as its deadline says; None where nothing is due."""
        at = self.node.deadline(self.now)
        if at is None:
            return None
        self.now = max(self.now, at)
        frame = self.node.transmit(self.now)
        assert frame is None or len(frame) <= self.link.mtu, f"frame of {len(frame)} bytes"
        return frame

    def deliver_up(self, frame, commit=True):
        """Give a frame to the collector and return its answers; what the frame carries is committed before."""
        self.collector.use(self.link)
        events = self.collector.receive(frame, UNIX_MS + self.now)
        self.heard += events
        self.store.stage(events)
        if not commit:
            return []
        self.store.commit()
        self.collector.committed()
        return self.answers()

    def answers(self):
        """Return the downlink frames the collector has to send."""
        frames = []
        while True:
            frame = self.collector.transmit()
            if frame is None:
                return frames
            assert len(frame) <= self.link.mtu, f"downlink of {len(frame)} bytes"
            frames.append(frame)

    def deliver_down(self, frame):
        """Give a frame to the node."""
        events = self.node.receive(frame, self.now)
        self.events += events
        return events

    def step(self):
        """Move the node's next frame up and its answers down; return the frame."""
        frame = self.up()
        if frame is not None:
            for answer in self.deliver_up(frame):
                self.deliver_down(answer)
        return frame

    def run(self, most=2000):
        """Step until the node has nothing more to do; return how many frames it sent."""
        for count in range(most):
            if self.node.deadline(self.now) is None:
                return count
            self.step()
        raise AssertionError(f"not quiet after {most} frames, phase {self.node.phase}")

    def check(self):
        """Assert that the store holds what the log holds, once, and every other number as a gap."""
        log, store = self.log, self.store
        for number in range(len(self.infos)):
            held = log.held(number)
            for sequence, record in held.items():
                assert store.find(log.log_id, number, sequence) == record, (number, sequence)
            settled = store.knowledge(log.log_id).of(number)
            assert settled.missing(0, log.next(number)) == [], (number, settled)
            assert settled.pairs == ([(0, log.next(number))] if log.next(number) else []), (number, settled)
            assert self.node.streams[number].backlog() == 0
