"""A node on a Raspberry Pi over D-Bus: the real daemon, a stand-in for bluetoothd, and the collector's own rounds behind it."""

import asyncio
import contextlib
import os
import sys
import time

import pytest
from gilmok_collector.ble.rounds import Rounds
from gilmok_collector.engine import Arrival, Engine
from gilmok_collector.store import open_store
from gilmok_node.ble_hints import Hints
from gilmok_node.bluez import Bluez
from gilmok_node.uplink import Uplink
from gilmok_wire.ble_advert import SERVICE
from gilmok_wire.ble_fragments import OPENING
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.node_session import Identity
from gilmok_wire.node_stream import NodeStream, StreamInfo
from gilmok_wire.roaming_session import RoamingSession
from support.dbus import Bus, skip_without_dbus
from support.memory_log import MemoryLog

if sys.platform != "linux":
    pytest.skip("BlueZ is Linux's", allow_module_level=True)

from dbus_fast import Variant
from support.bluez_bleak import BluezClient, BluezScanner
from support.fake_bluez import ADDRESS, Central, FakeBluez

DEVICE, KEY, STORE = 7, b"k" * 16, 5
RIVER = StreamInfo("river", 0, (("water_level", "m", -3),), max_age_ms=1000)
WAIT_S = 60  # this machine may be busy
MTU = 185
DENY = '<deny send_destination="org.bluez" send_interface="org.bluez.GattManager1"/>'
BTHOME = "0000fcd2-0000-1000-8000-00805f9b34fb"


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


@pytest.fixture
def play(tmp_path, request):
    """Return what plays a coroutine function of a Scene."""
    skip_without_dbus()

    def play(act, records=0, deny=""):
        bus = Bus(tmp_path, deny)

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

    return play


def drained(tmp_path, mtu, losses):
    """Return a scene in which the collector drains the node over connections that are lost after so many notifications."""

    async def act(scene):
        bluez, node = await scene.bluetoothd(), scene.node
        store = open_store(f"sqlite:{tmp_path / 'a.db'}", store_id=STORE, now=time.time)
        engine = Engine(store, {DEVICE: KEY}, entropy=os.urandom)
        backends = {"scanner": {"backend": BluezScanner, "bluez": bluez}}
        backends["client"] = {"backend": BluezClient, "bluez": bluez, "mtu": mtu, "lose_after": losses}

        def take(frame, link):
            for _, answer in engine.handle([Arrival("ble", frame, time.time_ns() // 1_000_000, link)]):
                rounds.send(answer)

        rounds = Rounds({DEVICE: KEY}, take, backends=backends)
        scene.tasks.append(asyncio.ensure_future(rounds.run()))
        try:
            await scene.until(lambda: node.session.heard and node.backlog() == 0)
            assert not losses
            rows = {row.seq: (row.boot, row.uptime_ms, tuple(row.values)) for row in store.rows(DEVICE, DEVICE, 0, 0, 1 << 40)}
            assert rows == dict(node.log.held(0))
        finally:
            store.close()
        assert bluez.advert is None and node.port.up, "a node does not advertise while it is visited"
        assert bluez.faults == []

    return act


def test_the_collector_drains_a_node(play, tmp_path):
    play(drained(tmp_path, 247, []), records=3000)


def test_the_central_disappears_in_the_middle_of_a_frame(play, tmp_path):
    play(drained(tmp_path, 23, [4, 17]), records=200)


def test_both_advertisements_by_turns(play):
    async def act(scene):
        scene.node.unix = 1_790_000_000
        bluez = await scene.bluetoothd()
        await scene.until(lambda: len(bluez.adverts) >= 2)
        bthome, ours = sorted(bluez.adverts[:2], key=list)
        assert list(ours) == [SERVICE] and ours[SERVICE][:2] == DEVICE.to_bytes(2, "big")
        assert list(bthome) == [BTHOME] and bthome[BTHOME][0] == 0x41
        assert bthome[BTHOME][-8:-4] == (1_790_000_000).to_bytes(4, "little")
        cipher_of_the_address(bthome[BTHOME])
        assert bluez.faults == []

    play(act)


def cipher_of_the_address(data):
    """Open BTHome's data with the address of the adapter, as a phone does: the counts of the node are in it."""
    from gilmok_wire.ble_advert import bthome_cipher, bthome_nonce

    mac = bytes.fromhex(ADDRESS.replace(":", ""))
    counter = data[-8:-4]
    assert bthome_cipher(KEY).open(bthome_nonce(mac, counter), b"", data[1:-8] + data[-4:])[:2] == b"\x00\x01"


def test_bluetoothd_comes_late_dies_and_comes_back(play):
    async def act(scene):
        node = scene.node
        await scene.until(lambda: node.faults)
        assert node.faults[0][1] and "systemctl enable --now bluetooth" in node.faults[0][0] and "bluetoothd" in node.notices[0][1]
        bluez = await scene.bluetoothd()
        await scene.until(lambda: bluez.advert)
        assert node.faults[1:] == [("ble is back", False)]
        central = Central(bluez)
        await central.subscribe(lambda value: None)
        await central.write(OPENING)
        await scene.until(lambda: node.port.up)
        bluez.stop()
        await scene.until(lambda: not node.port.up and len(node.faults) == 3)
        bluez = await scene.bluetoothd()
        await scene.until(lambda: bluez.advert and bluez.registered == 1)
        assert len(node.notices) == 2, "each time it is said once, however often it was tried"

    play(act)


def test_the_adapter_is_switched_off_and_on(play):
    async def act(scene):
        bluez = await scene.bluetoothd(powered=False)
        await scene.fault("hci0 is switched off: bluetoothctl power on")
        assert not bluez.registered
        bluez.power(True)
        await scene.until(lambda: bluez.advert)
        bluez.power(False)
        await scene.fault("hci0 is switched off")
        bluez.power(True)
        await scene.until(lambda: bluez.advert and bluez.registered == 2)

    play(act)


def test_permission_is_refused_by_the_bus_itself(play):
    async def act(scene):
        await scene.bluetoothd()
        assert "SupplementaryGroups=bluetooth" in await scene.fault("AccessDenied")
        assert "권한이 없음" in scene.node.notices[-1][1]

    play(act, deny=DENY)


def test_an_adapter_that_cannot_advertise(play):
    async def act(scene):
        await scene.bluetoothd(takes_adverts=False)
        await scene.fault("no Bluetooth adapter that can advertise")

    play(act)


def test_one_central_at_a_time_and_nothing_without_an_ear(play):
    async def act(scene):
        bluez, node = await scene.bluetoothd(), scene.node
        await scene.until(lambda: bluez.advert)
        first, heard = Central(bluez, "00_00_00_00_00_01", MTU), []
        await first.write(OPENING)  # it did not subscribe: what is notified would reach nobody
        await scene.until(lambda: node.port.report()["refused"])
        await first.subscribe(heard.append)
        await scene.until(lambda: heard)
        assert node.port.link.mtu == MTU - 4 and len(heard[0]) <= MTU - 3
        second = Central(bluez, "00_00_00_00_00_02")
        await second.write(OPENING)
        await scene.until(lambda: not second.is_connected)
        assert first.is_connected and node.port.up and node.port.report()["connections"] == 1
        first.lose()
        await scene.until(lambda: not node.port.up and bluez.advert)

    play(act, records=10)


@pytest.mark.parametrize("new", [False, True])
def test_a_central_that_never_says_anything_is_sent_away(play, new):
    async def act(scene):
        bluez = await scene.bluetoothd()
        await scene.until(lambda: bluez.advert)
        stranger = Central(bluez, new=new)
        await stranger.subscribe(lambda value: None)
        assert await scene.later(lambda: not stranger.is_connected) >= 30
        assert scene.node.port.report()["connections"] == 0 and bluez.faults == []

    play(act)


def test_a_stranger_who_was_there_before_the_node_is_sent_away(play):
    async def act(scene):
        bluez = await scene.bluetoothd(powered=False)
        stranger = Central(bluez)
        await scene.fault("hci0 is switched off")
        bluez.power(True)
        assert await scene.later(lambda: not stranger.is_connected) >= 30

    play(act)


def test_who_has_to_do_with_others_of_this_machine_is_left_alone(play):
    async def act(scene):
        bluez = await scene.bluetoothd()
        await scene.until(lambda: bluez.advert)
        heard = Variant("a{sv}", {SERVICE: Variant("ay", b"\x00\x09")})  # another node, which a collector here visits
        facts = [{"Paired": Variant("b", True)}, {"Trusted": Variant("b", True)}, {"ServiceData": heard}]
        others = [Central(bluez, f"00_00_00_00_00_0{place}", **each) for place, each in enumerate(facts, 2)]
        await scene.later(lambda: all(other.asked >= 2 for other in others))
        assert all(other.is_connected for other in others)

    play(act)


def test_a_central_that_says_no_more_is_sent_away(play):
    async def act(scene):
        bluez, node = await scene.bluetoothd(), scene.node
        await scene.until(lambda: bluez.advert)
        central = Central(bluez, Paired=Variant("b", True))  # it has spoken to the node, so the node may send it away
        await central.subscribe(lambda value: None)
        await central.write(OPENING)
        await scene.until(lambda: node.port.up and not bluez.advert)
        assert await scene.later(lambda: not central.is_connected) >= 30
        assert not node.port.up
        await scene.until(lambda: bluez.advert)
        assert bluez.faults == []

    play(act)


def test_nobody_stays_for_ever(play):
    async def act(scene):
        bluez, node = await scene.bluetoothd(), scene.node
        await scene.until(lambda: bluez.advert)
        central = Central(bluez)
        await central.subscribe(lambda value: None)
        began_ms = node.now_ms()
        while central.is_connected:
            node.later_ms += 10_000
            with contextlib.suppress(OSError):  # it is being sent away
                await central.write(OPENING)
            polls = node.polls
            await scene.until(lambda polls=polls: node.polls > polls)
        assert node.now_ms() - began_ms >= 600_000
        await scene.until(lambda: bluez.advert)

    play(act)


def test_whoever_is_not_bluez_is_refused(play):
    async def act(scene):
        from dbus_fast import Message
        from dbus_fast.aio import MessageBus

        bluez = await scene.bluetoothd()
        await scene.until(lambda: bluez.advert)
        sender, paths = bluez._app
        guest = await MessageBus(scene.bus.address).connect()
        call = Message(sender, paths[SERVICE], "org.freedesktop.DBus.Properties", "GetAll", signature="s", body=["org.bluez.GattService1"])
        assert (await guest.call(call)).error_name == "org.freedesktop.DBus.Error.AccessDenied"
        guest.disconnect()

    play(act)
