"""A street of BLE nodes on virtual time: real sessions and ports, a real engine with SQLite, bleak, and bumble's air between them."""

import asyncio

from gilmok_collector.ble.rounds import Rounds
from gilmok_collector.engine import Arrival, Engine
from gilmok_collector.store import open_store
from gilmok_node.ble.ble_hints import Hints
from gilmok_node.ble.ble_port import BlePort
from gilmok_node.node import Node
from gilmok_node.uplink import Uplink
from gilmok_sim.ble import Air, SimBle
from gilmok_sim.ble_bleak import AirClient, AirScanner, Central
from gilmok_sim.virtual_loop import run_virtually
from gilmok_wire.identity import Identity
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.node_stream import NodeStream, StreamInfo
from gilmok_wire.roaming_session import RoamingSession

from support.dice import Dice
from support.memory_log import MemoryLog

UNIX_MS = 1_790_000_000_000  # when virtual time is 0
STORE = 5
RIVER = StreamInfo("river", 0, (("water_level", "m", -3), ("distance", "m", -3), ("temperature", "Cel", -2)), max_age_ms=1000)
AIR = StreamInfo(
    "air", 0, tuple([("pm%d" % number, "ug/m3", -1) for number in range(8)])
)  # as wide as a particle sensor's, and in no hurry
INTERVAL_MS = 1000
LOOP_S = 0.001  # the shortest pause of a node's loop


class Board:
    """A board without a gauge."""

    def voltage_mv(self):
        return None

    def heap_free(self):
        return None


class StreetNode:
    """One BLE node: `log` is what it holds, `port` its port."""

    _read, _end_reading, _take_room = Node._read, Node._end_reading, Node._take_room

    def __init__(self, street, device, key, records=0, store=STORE, info=RIVER):
        self.device, self.key = device, key
        self.reading, self.reads, self.alarms = None, 0, None
        self.log = MemoryLog(log_id=device)
        self.address = f"F0:00:00:00:{device >> 8:02X}:{device & 255:02X}"
        self.board, self.samplers = Board(), []
        self._loop = street.loop
        self._dice = Dice(device)
        self._info = info
        self._salts = 0
        self.record(records)
        self._woken = asyncio.Event()
        self.ble = SimBle(street.air, self.address)
        self.ble.on_event = self._woken.set
        self.port = BlePort(self.ble, str, Hints(self, key, INTERVAL_MS, [], bytes.fromhex(self.address.replace(":", ""))))
        stream = NodeStream(0, info.digest(), info, self.log)
        seal, self.draw_salt = NodeSeal(key, device, self._salt), self._salt
        self.session = RoamingSession(seal, self.port.link, self.log, [stream], Identity(b"conf", "0.1.0", store))
        self.uplink = Uplink(self.session, [self.port], self._on_event, self.log)

    def record(self, count):
        """Append records."""
        for _ in range(count):
            self.log.append(0, self._loop.now_ms(), [self._dice.between(-400, 1600) for _ in self._info.columns])

    def backlog(self):
        """See Hints."""
        return self.session.backlog()

    def unix_s(self, now_ms):
        """See Hints."""
        return (UNIX_MS + now_ms) // 1000

    async def run(self):
        """Poll for ever."""
        while True:
            now_ms = self._loop.now_ms()
            due = self.uplink.poll(now_ms)
            self._woken.clear()
            try:
                await asyncio.wait_for(self._woken.wait(), max(LOOP_S, (due - now_ms) / 1000))
            except asyncio.TimeoutError:
                pass

    def _is_pressed(self):
        return False

    def _on_event(self, event, now_ms):
        if event[0] == "reader":
            self._read(event[1], event[2], now_ms)

    def _salt(self):
        self._salts += 1
        return self.device.to_bytes(4, "big") + self._salts.to_bytes(4, "big")


class Collector:
    """An engine with its store behind one adapter. `keys` are what it has; a commit takes `commit_s`."""

    def __init__(self, street, path, keys, store, mtu, address, commit_s=0.01):
        self.store = open_store(f"sqlite:{path}", store_id=store, now=lambda: street.unix_ms() / 1000)
        self.engine = Engine(self.store, keys, entropy=bytes)
        central = Central(street.air, address, mtu)
        backends = {
            "scanner": {"backend": AirScanner, "central": central},
            "client": {"backend": AirClient, "central": central},
        }
        self.rounds = Rounds(keys, self._take, backends=backends, now_s=street.loop.time)
        self.frames = 0
        self._street = street
        self._commit_s = commit_s

    def _take(self, frame, link):
        self.frames += 1
        arrival = Arrival("ble", frame, self._street.unix_ms(), link)
        self._street.loop.call_later(self._commit_s, self._handle, arrival)

    def _handle(self, arrival):
        for _, answer in self.engine.handle([arrival]):
            self.rounds.send(answer)

    def stored(self, node):
        """Return {number: (boot, time, values)} of what the store has of a node."""
        rows = self.store.rows(node.device, node.log.log_id, 0, 0, 1 << 40)
        return {row.seq: (row.boot, row.uptime_ms, tuple(row.values)) for row in rows}


class Street:
    """Nodes and collectors on one air. `keys` are the site's."""

    def __init__(self, loop, keys):
        self.loop = loop
        self.air = Air()
        self.keys = keys
        self.nodes = []
        self.collectors = []
        self._tasks = []

    def unix_ms(self):
        """Return Unix time."""
        return UNIX_MS + self.loop.now_ms()

    def add_node(self, device, records=0, **options):
        """Put up a node and let it run."""
        node = StreetNode(self, device, self.keys[device], records, **options)
        self.nodes.append(node)
        self._run(node.run())
        return node

    def add_collector(self, path, keys=None, store=STORE, mtu=247):
        """Put up a collector and let it make its rounds."""
        address = f"F0:00:00:00:FF:{len(self.collectors):02X}"
        collector = Collector(self, path, keys or self.keys, store, mtu, address)
        self.collectors.append(collector)
        self._run(collector.rounds.run())
        return collector

    async def until(self, done, most_s=600.0):
        """Let time pass until `done()`; fail where that takes longer than `most_s`, or something ended."""
        end_s = self.loop.time() + most_s
        while not done():
            for task in self._tasks:
                if task.done():
                    task.result()
            assert self.loop.time() < end_s, [node.port.report() for node in self.nodes]
            await asyncio.sleep(0.05)

    async def stop(self):
        """End everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for collector in self.collectors:
            collector.store.close()

    def _run(self, coroutine):
        self._tasks.append(self.loop.create_task(coroutine))


def on_street(keys, scene):
    """Play the coroutine function `scene(street)` on virtual time and return what it returns."""

    async def play(loop):
        street = Street(loop, keys)
        try:
            return await scene(street)
        finally:
            await street.stop()

    return run_virtually(play)


def held(node):
    """Return {number: (boot, time, values)} of what a node's log holds."""
    return dict(node.log.held(0))
