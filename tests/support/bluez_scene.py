"""A Raspberry Pi node's BLE over BlueZ in a test: the real D-Bus, a stand-in for bluetoothd, the node's session behind its port."""

import asyncio
import contextlib
import time

from gilmok_node.ble.ble_hints import Hints
from gilmok_node.linux.bluez import Bluez
from gilmok_node.uplink import Uplink
from gilmok_wire.identity import Identity
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.node_stream import NodeStream, StreamInfo
from gilmok_wire.roaming_session import RoamingSession

from support.dbus import Bus, skip_without_dbus
from support.fake_bluez import FakeBluez
from support.memory_log import MemoryLog

DEVICE, KEY, STORE = 7, b"k" * 16, 5
RIVER = StreamInfo("river", 0, (("water_level", "m", -3),), max_age_ms=1000)
WAIT_S = 60  # this machine may be busy


class PiNode:
    """A node's session, hints and port over BlueZ in the time there is."""

    def __init__(self, address, records=0):
        self.device, self.board, self.samplers = DEVICE, self, []
        self.log = MemoryLog(log_id=DEVICE)
        self.record(records)
        self.notices, self.faults, self.unix = [], [], None
        self._salts = 0
        self.later_ms = 0  # than by the clock of this machine
        self.polls = 0
        now_s = lambda: self.now_ms() / 1000  # noqa: E731
        bluetooth = Bluez(lambda *texts: self.notices.append(texts), address=address, again_s=0.01, now_s=now_s)
        radio = bluetooth.BLE()
        self.port = bluetooth.Port(radio, bluetooth.UUID, Hints(self, KEY, 20, [], radio.config("mac")[1]))
        self.port.on_fault = lambda *fault: self.faults.append(fault)
        self.session = RoamingSession(
            NodeSeal(KEY, DEVICE, self._salt),
            self.port.link,
            self.log,
            [NodeStream(0, RIVER.digest(), RIVER, self.log)],
            Identity(b"conf", "0.1.0", STORE),
        )
        self.uplink = Uplink(self.session, [self.port], lambda event, now_ms: None, self.log)

    def record(self, count):
        for number in range(count):
            self.log.append(0, number, [number])

    def backlog(self):
        return self.session.backlog()

    def unix_s(self, now_ms):
        return self.unix

    def voltage_mv(self):
        return None

    def now_ms(self):
        return time.monotonic_ns() // 1_000_000 + self.later_ms

    async def run(self):
        loop = asyncio.get_running_loop()
        woken = asyncio.Event()
        (file,) = self.port.filenos()
        loop.add_reader(file, woken.set)
        try:
            while True:
                now_ms = self.now_ms()
                due = self.uplink.poll(now_ms)
                self.polls += 1
                woken.clear()
                # Not wait_for: up to Python 3.11 it forgets a cancellation that comes with its result.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(0.001, (due - now_ms) / 1000)):
                        await woken.wait()
        finally:
            loop.remove_reader(file)
            self.port.close()

    def _salt(self):
        self._salts += 1
        return DEVICE.to_bytes(4, "big") + self._salts.to_bytes(4, "big")


class Scene:
    """A bus, perhaps BlueZ on it, and a node."""

    def __init__(self, bus, records=0):
        self.bus = bus
        self.node = PiNode(bus.address, records)
        self.bluez = None
        self.tasks = [asyncio.ensure_future(self.node.run())]

    async def bluetoothd(self, **options):
        self.bluez = await FakeBluez(self.bus.address, **options).start()
        return self.bluez

    async def until(self, done):
        end_s = time.monotonic() + WAIT_S
        while not done():
            for task in self.tasks:
                if task.done():
                    task.result()
            assert time.monotonic() < end_s, (self.node.port.report(), self.node.faults, self.bluez and self.bluez.faults)
            await asyncio.sleep(0.002)

    async def fault(self, text):
        """Wait until this is what is the matter, and return it: the node may have begun before bluetoothd was there."""
        await self.until(lambda: self.node.faults and text in self.node.faults[-1][0])
        return self.node.faults[-1][0]

    async def later(self, done):
        """Let time pass until that is done; return how many seconds the node has seen."""
        node = self.node
        began_ms = node.now_ms()

        def pass_time():
            node.later_ms += 100
            return done()

        await self.until(pass_time)
        return (node.now_ms() - began_ms) / 1000

    async def stop(self):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        if self.bluez is not None:
            self.bluez.stop()
        await asyncio.sleep(0)


def play_on(folder, act, records=0, deny=""):
    """Play `act`, a coroutine function of a Scene, on a bus in `folder` that has rules against what is to be denied."""
    skip_without_dbus()
    bus = Bus(folder, deny)

    async def go():
        scene = Scene(bus, records)
        try:
            await act(scene)
        finally:
            await scene.stop()

    try:
        asyncio.run(go())
    finally:
        bus.stop()
