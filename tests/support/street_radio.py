"""A radio beside a street node's line: frames of 51 bytes, answers after two seconds, and a share of all frames lost."""

from gilmok_collector.engine import Arrival
from gilmok_wire.link import Link

LORA = Link(mtu=51, byte_us=5000, frame_us=60_000, answer_ms=2500, window=1, full_duplex=False, idle_ms=0)  # SF9
TURN_MS = 2000


class StreetRadio:
    """The air between one node and the collector; `loss` is a share from 0 to 1. Each boot of the node has a port of its own."""

    def __init__(self, street, node, loss=0.3, seed=1):
        self.name = f"lora-{node.name}"
        self.loss = loss
        self.frames = 0
        self.port = None
        self._street, self._machine = street, node.machine
        self._random = street.random(f"radio {node.name} {seed}")
        street.collector.ways[self.name] = self._down
        node.machine.make_ports = self._make_ports

    def _make_ports(self):
        self.port = _Port(self)
        return [self.port]

    def up(self, frame, air_ms):
        """Carry a frame to the collector."""
        self.frames += 1
        if self._random.random() >= self.loss:
            self._later(air_ms, lambda: self._street.collector.hear(Arrival(self.name, frame, self._street.unix_ms(), LORA, 100)))

    def _down(self, frame):
        assert len(frame) <= LORA.mtu
        if self._random.random() >= self.loss:
            self._later(TURN_MS + LORA.air_ms(len(frame)), lambda: self._deliver(frame))

    def _deliver(self, frame):
        if self.port is not None:
            self.port.inbox.append(frame)
            self._machine.wake()

    def _later(self, span_ms, action):
        schedule = self._street.schedule
        schedule.at(schedule.now_us + span_ms * 1000, action)


class _Port:
    name = "lora"
    cost = 2
    link = LORA
    up = True

    def __init__(self, radio):
        self.on_frame = self.on_sent = None
        self.inbox = []
        self._radio = radio
        self._end_ms = None

    def poll(self, now_ms, quiet=True):
        if self._end_ms is not None and now_ms >= self._end_ms:
            self.on_sent(self, self._end_ms)
            self._end_ms = None
        inbox, self.inbox = self.inbox, []
        for frame in inbox:
            self.on_frame(frame, self, now_ms)
        return self._end_ms

    def free(self, now_ms, urgent=False):
        return self._end_ms is None

    def send(self, frame, now_ms, urgent=False):
        if self._end_ms is None:  # else the frame of a group is lost
            assert len(frame) <= self.link.mtu
            self._end_ms = now_ms + self.link.air_ms(len(frame))
            self._radio.up(frame, self._end_ms - now_ms)

    def say(self, text):
        pass

    def adapt(self, rate, margin_cb):
        pass

    def report(self):
        return {"sent": self._radio.frames}
