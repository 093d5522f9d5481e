"""A node with a real session, a board gateway's real firmware on virtual SX1262s, its host, the hub and the engine, in virtual time."""

from device.gateway_bench import GatewayBench
from gilmok_collector.engine import Engine
from gilmok_collector.radio.hub import Hub
from gilmok_wire.airtime import airtime_us
from gilmok_wire.identity import Identity
from gilmok_wire.link import Link
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.node_session import NodeSession
from gilmok_wire.node_stream import NodeStream, StreamInfo
from gilmok_wire.windows import SECOND_MS, WINDOW_MS

from support.board_host import Host
from support.dice import Dice
from support.memory_log import MemoryLog

KEY = bytes(range(16))
DEVICE = 0x0102
INFO = StreamInfo("river", 0, (("level", "m", -3),), 5_000)

WIDENED_MS = 6  # 50 ppm of three seconds, and 5 ms
WINDOW_OPEN_MS = 20  # how long a preamble is waited for, beside that: SF7's is 12 ms
PAUSE_MS = 60
QUIET_MS = 20


class Node:
    """A session on a radio as a sleeping node has it: after each frame that asks two windows, in which alone it listens."""

    def __init__(self, street):
        self.street = street
        self.radio = street.air.nodes[0]
        self.log = MemoryLog()
        sf, bandwidth_hz, mtu = street.air.law.rates[street.air.rate]
        whole_us, empty_us = airtime_us(mtu, sf, bandwidth_hz), airtime_us(1, sf, bandwidth_hz)
        patience_ms = WINDOW_MS + SECOND_MS + 2_000
        link = Link(64, (whole_us - empty_us) // mtu + 1, empty_us, patience_ms, 4, False, 10_000)
        self._draws = 0
        seal = NodeSeal(KEY, DEVICE, self._salt)
        self.session = NodeSession(seal, link, self.log, [NodeStream(0, INFO.digest(), INFO, self.log)], Identity(b"conf", "0.1.0"))
        self.windows = []
        self.heard_ms = []  # when answers began, after the end of what they answer
        self._end_ms = self._free_ms = 0
        self._asks = False

    def _salt(self):
        self._draws += 1
        return b"node%04d" % self._draws

    def poll(self, now_ms):
        """Do what is due."""
        event = self.radio.poll()
        if event == "sent":
            self._end_ms, self._free_ms = now_ms, now_ms + PAUSE_MS
            first = (now_ms + WINDOW_MS, self.street.air.channel, self.street.air.rate)
            self.windows = [first, (now_ms + WINDOW_MS + SECOND_MS, *self.street.hub.places.rx2)] if self._asks else []
        elif event == "received":
            self.session.receive(bytes(self.radio.driver.frame), now_ms)
            self.windows = []
            self.heard_ms.append(self.street.air.sent()[-1][0] - self._end_ms)
        if self.radio.driver.state == "idle" and not self._listen(now_ms) and now_ms >= self._free_ms:
            self._send(now_ms)

    def _listen(self, now_ms):
        """Open the window that is due; return whether one is to come."""
        if self.windows and now_ms >= self.windows[0][0] - WIDENED_MS:
            at_ms, channel, rate = self.windows.pop(0)
            law = self.street.air.law
            symbols_ms = 12 * (1000 << law.rates[rate][0]) // law.rates[rate][1]
            order = {"frequency_hz": law.frequency_hz(channel), "sf": law.rates[rate][0], "bw_hz": law.rates[rate][1], "cr": 1}
            timeout_ms = at_ms + WIDENED_MS - now_ms + max(WINDOW_OPEN_MS, symbols_ms)
            if timeout_ms <= 0:  # a frame that was not for it, or damaged, took all of it
                return True
            assert self.radio.driver.receive(now_ms, **order, inverted_iq=True, timeout_ms=timeout_ms)
            return True
        return bool(self.windows)

    def _send(self, now_ms):
        at = self.session.deadline(now_ms)
        frame = self.session.transmit(now_ms) if at is not None and at <= now_ms else None
        if frame is not None:
            self._asks = bool(frame[0] & 4)
            self.street.air.uplink(frame)


class Street:
    """All of it on one clock; `loss` percent of all frames of either way are lost, by the dice of `seed`."""

    def __init__(self, folder, open_store, seed=1, loss=0, rate=5, listens=False):
        self.air = GatewayBench(rate=rate)
        self.dice = Dice(seed)
        self.loss = loss
        self.lost = 0
        self._carry = self.air.bench.ether.transmit
        self.air.bench.ether.transmit = self._transmit
        self.store = open_store(f"sqlite:{folder}/store.db")
        self.engine = Engine(self.store, {DEVICE: KEY}, link=Link(64, 1500, 50_000, 5_000, 4, False))
        self.hub = Hub("KR920", lambda device: listens)
        self.host = Host(lambda: self.air.now_ms, on_uplink=self._heard, on_outcome=self._ended)
        self.hub.add(self.host.gateway, self.air.now_ms)
        self.outcomes = []
        self.node = Node(self)

    def turn(self):
        """Let everybody do what is due, and the time pass that a board's loop takes, or more where the air is empty and nothing is due."""
        self.air.line.typed += self.host.taken()
        self.air.gateway.poll()
        self.host.line.pump(self.air.line.written())
        self.hub.poll(self.air.now_ms)
        self.node.poll(self.air.now_ms)
        self.air.bench.now_us += 2_000 if self._busy() else QUIET_MS * 1000
        del self.air.radio.chip.log[:], self.node.radio.chip.log[:]

    def _busy(self):
        soon_ms = self.air.now_ms + 3 * QUIET_MS
        node = self.node
        due = [node.windows[0][0]] if node.windows else [node.session.deadline(self.air.now_ms)]
        due += [downlink.at_ms for downlink in self.air.gateway.waiting]
        return self.air.bench.ether._coming or node.radio.driver.state != "idle" or any([at is not None and at < soon_ms for at in due])

    def _heard(self, uplink):
        arrival = self.hub.heard(uplink, self.air.now_ms)
        if arrival is not None:
            for _, frame in self.engine.handle([arrival]):
                self.hub.answer(frame, self.air.now_ms)

    def _ended(self, number, error, again_ms):
        self.outcomes.append(error)
        self.hub.outcome(number, error, self.air.now_ms, again_ms)

    def _transmit(self, *frame):
        self._carry(*frame)
        if self.dice.chance(self.loss):
            self.air.bench.ether._coming.pop()
            self.lost += 1
