"""A node in its site's group: its ports carry the frames, its outputs get the leases."""

from gilmok_node.judge.remote import Remote
from gilmok_node.port import Port
from gilmok_wire.framing import encode_frame
from gilmok_wire.link import SERIAL
from support.dice import Dice

KEY = bytes(range(16))
GATE, BARRIER, DOWN, SIREN = 0x0101, 0x0201, 1234, 99
FLOOD = 77


class Wire:
    """Both ends of a line, which may be cut; each end is a UART."""

    def __init__(self):
        self.ends = [_End(self), _End(self)]
        self.is_cut = False


class _End:
    def __init__(self, wire):
        self._wire = wire
        self.received = bytearray()
        self.takes = 1 << 20

    def any(self):
        return len(self.received)

    def read(self, count):
        data = bytes(self.received[:count])
        self.received = self.received[count:]
        return data

    def write(self, data):
        count = min(len(data), self.takes)
        other = self._wire.ends[1 if self is self._wire.ends[0] else 0]
        if not self._wire.is_cut:
            other.received.extend(data[:count])
        return count


class Output:
    """An output whose state is on while a lease runs."""

    def __init__(self):
        self.commanded = self.confirmed = 0
        self.leases = {}

    def lease(self, holder, now_ms, span_ms):
        self.leases[holder] = now_ms + span_ms


class Wired:
    def __init__(self, number):
        self.id = number
        self.output = Output()


class Alarms:
    """What Remote needs of a node's alarms; the judge's targets are its own."""

    def __init__(self, outputs, targets):
        self.outputs = [Wired(number) for number in outputs]
        self.judge = self
        self._targets = targets

    def targets(self):
        return self._targets

    def act(self, now_ms):
        for wired in self.outputs:
            output = wired.output
            output.commanded = output.confirmed = 1 if any([end > now_ms for end in output.leases.values()]) else 0


class Node:
    """One node: a port on `uart`, peers on `uarts`."""

    def __init__(self, device, dice, alarms, peers, uart=None, uarts=()):
        self.alarms = alarms
        self.told = []
        self.port = Port(uart or Wire().ends[0], None)
        self.remote = Remote([KEY, peers, []], device, alarms, [self.port], uarts, lambda: dice.bytes(8), dice.bytes, SERIAL, 0, self.tell)
        self.port.group = self.remote

    def tell(self, line, is_fault):
        self.told.append((line, is_fault))

    def poll(self, now_ms):
        self.alarms.act(now_ms)
        at = self.remote.poll(now_ms)
        due = self.port.poll(now_ms)
        return at if due is None else min(at, due)


def street(link=None, line=None):
    """Return a gate whose rules want the barrier of another node, and that node."""
    dice = Dice(1)
    link, line = link or Wire(), line or Wire()
    gate = Node(GATE, dice, Alarms([SIREN], [0, [BARRIER, DOWN]]), [[BARRIER, []]], link.ends[0], [line.ends[0]])
    barrier = Node(BARRIER, dice, Alarms([DOWN], [0]), [[GATE, [DOWN]]], link.ends[1], [line.ends[1]])
    for _ in range(4):
        gate.poll(0)
        barrier.poll(0)
    return gate, barrier


def test_it_acts_over_either_port_alone():
    for cut_link, cut_line in ((False, False), (True, False), (False, True)):
        link, line = Wire(), Wire()
        gate, barrier = street(link, line)
        link.is_cut, line.is_cut = cut_link, cut_line
        gate.remote.want(BARRIER, DOWN, FLOOD, True, 1000)
        gate.poll(1000)
        assert barrier.poll(1000) == 1000, "to be polled again at once, since it acted"
        assert barrier.alarms.outputs[0].output.leases == {FLOOD: 181_000}
        gate.poll(1001)
        assert gate.remote.states[BARRIER, DOWN] == (1, 1, 1001)
        gate.remote.want(BARRIER, DOWN, 0, False, 2000)
        gate.poll(2000)
        barrier.poll(2000)
        assert barrier.alarms.outputs[0].output.commanded == 0


def test_with_both_cut_the_lease_ends():
    link, line = Wire(), Wire()
    gate, barrier = street(link, line)
    gate.remote.want(BARRIER, DOWN, FLOOD, True, 1000)
    gate.poll(1000)
    barrier.poll(1000)
    link.is_cut = line.is_cut = True
    for now in range(1000, 181_000, 500):
        gate.poll(now)
        barrier.poll(now)
        assert barrier.alarms.outputs[0].output.commanded == 1
    barrier.poll(181_000)
    assert barrier.alarms.outputs[0].output.commanded == 0
    link.is_cut = False
    for now in range(181_000, 184_000, 100):
        gate.poll(now)
        barrier.poll(now)
    assert barrier.alarms.outputs[0].output.commanded == 1, "and is on again once it is heard"


def let_pass(nodes, start_ms, span_ms):
    """Poll nodes twice a second; return the uptime at the end."""
    for now in range(start_ms, start_ms + span_ms, 500):
        for node in nodes:
            node.poll(now)
    return start_ms + span_ms


def test_an_output_out_of_reach_is_told_before_it_is_needed_and_soon_when_it_is():
    link, line = Wire(), Wire()
    nodes = gate, _ = street(link, line)
    now = let_pass(nodes, 0, 600_000)
    for wanted, patience_ms in ((False, 180_000), (True, 10_000)):
        link.is_cut = line.is_cut = True
        gate.remote.want(BARRIER, DOWN, FLOOD, wanted, now)
        now = let_pass(nodes, now, patience_ms - 60_000 if patience_ms > 60_000 else patience_ms)
        assert gate.told == []
        now = let_pass(nodes, now, 62_000)
        assert gate.told == [("output 1234 of node 0201 does not answer", True)]
        assert gate.remote.silent == [(BARRIER, DOWN)]
        link.is_cut = False
        now = let_pass(nodes, now, 62_000)
        assert gate.told[1:] == [("output 1234 of node 0201 answers again", False)]
        gate.told.clear()


def test_a_confirmation_that_comes_later_is_told():
    gate, barrier = street()
    gate.remote.want(BARRIER, DOWN, FLOOD, True, 0)
    gate.poll(0)
    barrier.poll(0)
    gate.poll(0)
    barrier.alarms.outputs[0].output.confirmed = None
    barrier.remote.poll(10)
    gate.poll(20)
    assert gate.remote.states[BARRIER, DOWN] == (1, None, 20)


def test_what_it_does_not_own_and_what_is_garbage_costs_a_counter():
    gate, barrier = street()
    frame = b"\xe9\xff\xff" + bytes(40)
    barrier.port.uart.received.extend(encode_frame(frame))
    barrier.poll(0)
    assert barrier.remote.refused == 1
    assert gate.alarms.outputs[0].output.leases == {}


def test_a_line_that_takes_nothing_does_not_fill_the_heap():
    link = Wire()
    gate, _ = street(link)
    link.ends[0].takes = 0
    for now in range(0, 600_000, 1000):
        gate.remote.want(BARRIER, DOWN, FLOOD, now // 1000 % 2 == 0, now)
        gate.poll(now)
    assert len(gate.port.held) < 1200


def test_a_rule_that_wants_another_output_since_is_served():
    dice = Dice(2)
    line = Wire()
    gate = Node(GATE, dice, Alarms([], []), [[BARRIER, []]], uarts=[line.ends[0]])
    barrier = Node(BARRIER, dice, Alarms([DOWN], []), [[GATE, [DOWN]]], uarts=[line.ends[1]])
    assert gate.remote.states == {}
    gate.remote.want(BARRIER, DOWN, FLOOD, False, 0)
    gate.remote.want(BARRIER, DOWN, FLOOD, True, 0)
    for _ in range(4):
        gate.poll(0)
        barrier.poll(0)
    assert barrier.alarms.outputs[0].output.commanded == 1
