"""A node's session behind an Uplink with ports whose links lose, delay, come and go; a collector at their other ends. Both interpreters."""

from gilmok_node.uplink import ANY, Uplink
from gilmok_wire.errors import DecodeError
from gilmok_wire.link import Link

from support.wire_pair import UNIX_MS, Pair

SERIAL = Link(mtu=256, byte_us=11, answer_ms=300, window=16)
BLE = Link(mtu=242, byte_us=80, frame_us=15_000, answer_ms=1000, window=8)
LORA = Link(mtu=51, byte_us=5000, frame_us=60_000, answer_ms=2300, window=1, full_duplex=False, idle_ms=0)  # SF9 and its first window


class FakePort:
    """One end of a link: `cut` loses everything and says nothing of it, `loss` is in per cent, answers take `turn_ms`."""

    def __init__(self, name, cost, link, dice, turn_ms=5, loss=0):
        self.name, self.cost, self.link = name, cost, link
        self.up = True
        self.cut = False
        self.loss = loss
        self.turn_ms = turn_ms
        self.wait_ms = 0  # until a frame begins to leave: somebody else is on the air
        self.on_frame = self.on_sent = None
        self.upward, self.downward = [], []  # (when, frame)
        self.count = 0  # frames that the node handed over
        self.log = []  # … (when, frame, urgent) of the last ones
        self._dice = dice
        self._ends = []
        self._busy_until = 0

    def free(self, now_ms, urgent=False):
        """Tell whether the last frame has left."""
        return now_ms >= self._busy_until

    def send(self, frame, now_ms, urgent=False):
        """Take a frame."""
        assert self.up and len(frame) <= self.link.mtu, (self.name, len(frame))
        self.count += 1
        self.log = self.log[-80:] + [(now_ms, frame, urgent)]
        self._busy_until = now_ms + self.wait_ms + self.link.air_ms(len(frame))
        self._ends.append(self._busy_until)
        if not self.cut and not self._dice.chance(self.loss):
            self.upward.append((self._busy_until, frame))

    def answer(self, frame, now_ms):
        """Send a frame down."""
        assert len(frame) <= self.link.mtu, (self.name, len(frame))
        if self.up and not self.cut and not self._dice.chance(self.loss):
            self.downward.append((now_ms + self.turn_ms + self.link.air_ms(len(frame)), frame))

    def poll(self, now_ms, quiet=True):
        """Deliver what has come by now; return when the next thing happens."""
        while self._ends and self._ends[0] <= now_ms:
            self.on_sent(self, self._ends.pop(0))
        due = [frame for at, frame in self.downward if at <= now_ms]
        self.downward = [(at, frame) for at, frame in self.downward if at > now_ms]
        for frame in due if self.up else ():
            self.on_frame(frame, self, now_ms)
        return min(self._ends + [at for at, _ in self.downward] or [now_ms + 3_600_000])

    def say(self, text):
        """Nobody reads here."""


class Bench:
    """A node with `ports` beside a collector; `now` is the node's uptime in ms, `stored` when each (stream, number) was."""

    def __init__(self, infos, ports, dice, history=ANY):
        self.pair = Pair(infos, ports[0].link, roams=True)
        self.ports = ports
        self.dice = dice
        self.events = []
        self.stored = {}
        self.now = 0
        self.uplink = Uplink(self.pair.node, ports, lambda event, now_ms: self.events.append(event), self.pair.log, history)

    def run(self, span_ms, quiet=True):
        """Let time pass."""
        end_ms = self.now + span_ms
        while self.now < end_ms:
            at = self.uplink.poll(self.now, quiet)
            at = min([end_ms if at is None else at, end_ms] + [when for port in self.ports for when, _ in port.upward])
            self.now = max(self.now + 1, at)
            for port in self.ports:
                due = [frame for when, frame in port.upward if when <= self.now]
                port.upward = [(when, frame) for when, frame in port.upward if when > self.now]
                for frame in due:
                    self._take(frame, port)

    def until_quiet(self, at_most_ms=3_600_000):
        """Let time pass until everything is acknowledged; return how long that took."""
        began_ms = self.now
        while self.pair.node.backlog() or self.pair.node.phase != "ready":
            assert self.now - began_ms < at_most_ms, (self.pair.node.phase, self.pair.node.backlog(), self.uplink.port.name)
            self.run(500)
        return self.now - began_ms

    def record(self, stream=0, count=1, columns=1):
        """Append records that do not compress to nothing."""
        for _ in range(count):
            self.pair.log.append(stream, self.now, [self.dice.between(-500, 500) for _ in range(columns)])

    def _take(self, frame, port):
        pair = self.pair
        pair.collector.use(port.link)
        try:
            events = pair.collector.receive(frame, UNIX_MS + self.now)
        except DecodeError:
            return
        for event in events:
            if event[0] == "rows":
                for number in range(event[2].first, event[2].end):
                    self.stored.setdefault((event[2].stream, number), self.now)
        pair.store.stage(events)
        pair.store.commit()
        pair.collector.committed()
        for answer in pair.answers():
            port.answer(answer, self.now)
