"""A node on a Raspberry Pi over D-Bus: the real daemon, a stand-in for bluetoothd, and the collector's own rounds behind it."""

import asyncio
import contextlib
import os
import sys
import time
from functools import partial

import pytest
from gilmok_collector.ble.rounds import Rounds
from gilmok_collector.engine import Arrival, Engine
from gilmok_collector.store import open_store
from gilmok_wire.ble_advert import SERVICE
from gilmok_wire.ble_fragments import OPENING

if sys.platform != "linux":
    pytest.skip("BlueZ is Linux's", allow_module_level=True)

from dbus_fast import Variant
from support.bluez_bleak import BluezClient, BluezScanner
from support.bluez_scene import DEVICE, KEY, STORE, play_on
from support.fake_bluez import ADDRESS, Central

MTU = 185
BTHOME = "0000fcd2-0000-1000-8000-00805f9b34fb"


@pytest.fixture
def play(tmp_path):
    """Return what plays a coroutine function of a Scene."""
    return partial(play_on, tmp_path)


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
