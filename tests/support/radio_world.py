"""A collector's radio side on virtual time, with real sockets: hub, Semtech server and engine, and nodes that sleep or listen."""

import random
import select

from gilmok_collector.engine import Engine
from gilmok_collector.radio.hub import Hub
from gilmok_collector.radio.semtech import Hooks, SemtechServer
from gilmok_collector.relay import Relay
from gilmok_wire.identity import Identity
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.node_session import NodeSession
from gilmok_wire.node_stream import NodeStream, StreamInfo
from gilmok_wire.windows import SECOND_MS, WINDOW_MS

from support.forwarder import PATIENCE_S, Forwarder, Schedule, airtime_us
from support.memory_log import MemoryLog

UNIX_MS = 1_760_000_000_000
COMMIT_US = 5_000
RIVER = StreamInfo("river", 0, (("level", "m", -3),))


class World:
    """Everything but the nodes. Without a store only the hub hears, and `arrivals` are what it passed on."""

    def __init__(self, store=None, keys=None, listens=lambda device: False, known=(), region="KR920"):
        self.schedule = Schedule()
        self.hub = Hub(region, listens)
        self.arrivals = []
        self.forwarders = {}
        self.nodes = []
        self.collision = None
        hooks = Hooks(self._heard, self._outcome, lambda gateway: self.hub.add(gateway, self.now_ms()))
        self.server = SemtechServer("roof", ("127.0.0.1", 0), self.hub.places.row, hooks, self.now_ms, self.unix_ms, known)
        self.server.open()
        self._sent = {}
        send = self.server.send
        self.server.send = lambda data, route: self._count(route) and send(data, route)
        self.engine = None
        if store is not None:
            link = self.hub.places.link((0, 3), listens(0), WINDOW_MS)
            self.engine = Engine(store, keys, link, entropy=lambda count: bytes(count))
        self.port = self.server.port
        self._poll_at = None

    def close(self):
        self.server.close()
        for forwarder in self.forwarders.values():
            forwarder.close()

    def now_ms(self):
        return self.schedule.now_us // 1000

    def unix_ms(self):
        return UNIX_MS + self.now_ms()

    def add(self, eui, **options):
        """Return a new forwarder that keeps asking."""
        made = Forwarder(self.schedule, self, eui, on_air=lambda *facts: self._on_air(made, *facts), **options)
        self.forwarders[eui] = made
        made.ask(every_s=10)
        return made

    def run(self, seconds):
        """Let time go by."""
        until_us = self.schedule.now_us + int(seconds * 1e6)
        self._look()
        self.schedule.run(until_us)

    # What a forwarder asks of its server.

    def taken(self):
        return self.server.counters.datagrams

    def wait(self, count):
        """Wait until the server has taken so many datagrams, and take its answers."""
        while self.server.counters.datagrams < count:
            assert select.select([self.server._socket], [], [], PATIENCE_S)[0], "a datagram was lost on loopback"
            self.server.pump()
        self._look()

    def sent_to(self, address):
        return self._sent.get(address, 0)

    def _count(self, route):
        self._sent[route] = self._sent.get(route, 0) + 1
        return True

    def _look(self):
        """Send what is due, take what was sent, and come again when the hub wants it."""
        at_ms = self.hub.poll(self.now_ms())
        for forwarder in self.forwarders.values():
            forwarder.read()
        if at_ms is not None:
            self.schedule.at(1000 * at_ms, self._look)

    # The collector.

    def _heard(self, uplink):
        arrival = self.hub.heard(uplink, self.now_ms())
        if arrival is not None:
            self.arrivals.append(arrival)
            if Relay.is_group(arrival.frame):
                self.hub.shout(arrival.frame, self.now_ms())
            elif self.engine is not None:
                self.schedule.after(COMMIT_US, lambda: self._handle(arrival))
        self.schedule.after(0, self._look)

    def _handle(self, arrival):
        for _, frame in self.engine.handle([arrival]):
            self.hub.answer(frame, self.now_ms())
        self._look()

    def _outcome(self, number, error, again_ms):
        self.hub.outcome(number, error, self.now_ms(), again_ms)
        self.schedule.after(0, self._look)

    def _on_air(self, forwarder, start_us, txpk, payload):
        for node in self.nodes:
            node.on_air(forwarder, start_us, txpk, payload)


class RadioNode:
    """A node with a log of its own, over one channel at one rate.

    `hears` are the forwarders it reaches, with the SNR there; one in `lost` of its frames nobody hears, and as many of those for it.
    """

    def __init__(self, world, device, key, hears, listens=False, freq=922.1, datr="SF9BW125", mtu=128, records=0, lost=0.0, seed=5):
        self.world = world
        self.hears, self.listens, self.freq, self.datr = hears, listens, freq, datr
        self.log = MemoryLog()
        self.dice = random.Random(seed)
        self.lost = lost
        place = world.hub.places.find(round(freq * 1e6), int(datr[2 : datr.index("B")]), 125_000)
        link = world.hub.places.link(place, listens, WINDOW_MS)
        link = type(link)(min(mtu, link.mtu), link.byte_us, link.frame_us, WINDOW_MS + SECOND_MS + 1500, full_duplex=False)
        salts = iter(range(1, 1000))
        self.seal = NodeSeal(key, device, lambda: device.to_bytes(2, "big") + next(salts).to_bytes(6, "big"))
        streams = [NodeStream(0, RIVER.digest(), RIVER, self.log)]
        self.session = NodeSession(self.seal, link, self.log, streams, Identity(b"conf", "0.1.0"))
        self.sending_us = (0, 0)
        self.answers = []  # (forwarder, ms after the uplink's end)
        self.events = []
        self.uplinks = 0
        world.nodes.append(self)
        self.measure(records)

    def measure(self, count):
        """Log so many records."""
        for number in range(self.log.next(0), self.log.next(0) + count):
            self.log.append(0, 10_000 * number, [1200 + number % 17])
        self.step()

    def step(self):
        """Send what is due, and come again."""
        schedule = self.world.schedule
        at_ms = self.session.deadline(self.world.now_ms())
        if at_ms is None:
            return
        if at_ms > self.world.now_ms():
            schedule.at(1000 * at_ms, self.step)
            return
        frame = self.session.transmit(self.world.now_ms())
        if frame is not None:
            end_us = schedule.now_us + airtime_us(len(frame), self.datr)
            self.sending_us = schedule.now_us, end_us
            self.uplinks += 1
            schedule.at(end_us, lambda: self._end(frame))
            schedule.at(end_us + 60_000, self.step)  # the law's pause

    def _end(self, frame):
        if self.dice.random() >= self.lost:
            for forwarder, lsnr in self.hears.items():
                forwarder.hear(frame, self.freq, self.datr, lsnr=lsnr)

    def on_air(self, forwarder, start_us, txpk, payload):
        """Hear a downlink, where the radio is on, tuned to it and in reach."""
        if forwarder not in self.hears or not self._is_open(start_us, txpk) or self.dice.random() < self.lost:
            return
        end_us = start_us + airtime_us(len(payload), txpk["datr"])
        after_ms = (start_us - self.sending_us[1]) / 1000
        self.world.schedule.at(end_us, lambda: self._take(forwarder, after_ms, payload))

    def _is_open(self, start_us, txpk):
        begun, end = self.sending_us
        if begun <= start_us < end:
            return False
        same = (txpk["freq"], txpk["datr"]) == (self.freq, self.datr)
        if self.listens:
            return same and start_us >= end + 20_000
        windows = ((WINDOW_MS, (self.freq, self.datr)), (WINDOW_MS + SECOND_MS, (921.9, "SF12BW125")))
        return any(abs(start_us - end - 1000 * ms) < 3000 and (txpk["freq"], txpk["datr"]) == place for ms, place in windows)

    def _take(self, forwarder, after_ms, payload):
        events = self.session.receive(payload, self.world.now_ms())
        self.answers.append((forwarder, after_ms))
        self.events += events
        self.step()
