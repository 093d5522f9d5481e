"""A whole Raspberry Pi node with BLE: the process `gilmok node run`, the real D-Bus, a stand-in for bluetoothd, the collector's rounds."""

import asyncio
import os
import subprocess
import sys
import time
import tty

import pytest
from gilmok_collector.ble.rounds import Rounds
from gilmok_collector.engine import Arrival, Engine
from gilmok_collector.store import open_store
from gilmok_node.flash.log import Log
from gilmok_node.linux.file_blocks import FileBlocks
from gilmok_site import compile_node, create_keys, load_keys, load_site
from support.dbus import Bus, skip_without_dbus

if sys.platform != "linux":
    pytest.skip("BlueZ is Linux's", allow_module_level=True)

from support.bluez_bleak import BluezClient, BluezScanner
from support.fake_bluez import FakeBluez

WAIT_S = 60  # this machine may be busy
FRAME = bytes((0xFF, 0x06, 0xEB, 0xF0))  # of an A02YYUW: 1771 mm
FRAME_S = 0.1
SITE = """
[site]
id = "yangjae"
name = "Yangjae"
timezone = "Asia/Seoul"
[store]
url = "sqlite:yangjae.db"
[link.air]
url = "ble:"
[node.weir]
board = "rpi-zero-2w"
link = "air"
health = "50 ms"
[node.weir.ble]
interval = "100 ms"
show = ["river.distance"]
[node.weir.sensor.river]
driver = "a02yyuw"
uart = 0
every = "300 ms"
max_age = "600 ms"
"""


class Weir:
    """The node's process on a bus with BlueZ, its sensor on a pseudo-terminal, and the collector that visits it."""

    def __init__(self, folder, bus):
        (folder / "site.toml").write_text(SITE, encoding="utf-8")
        site = load_site(folder / "site.toml")
        create_keys(site)
        keys = load_keys(site)
        self._keys = {device: bytes(key) for device, key in keys.devices.items()}
        (folder / "node.cbor").write_bytes(compile_node(site, keys, "weir"))
        (folder / "data").mkdir()
        self.device = site.device_of("weir")
        self.folder = folder
        self.store = open_store(f"sqlite:{folder / 'yangjae.db'}", store_id=keys.store_id, now=time.time)
        self._bus = bus
        self._sensor, self._tty = os.openpty()
        tty.setraw(self._tty)
        os.set_blocking(self._sensor, False)
        self.processes = []
        self.bluez = None
        self._tasks = []

    async def begin(self, losses):
        """Let there be BlueZ, the sensor, and a collector whose connections are lost after so many notifications."""
        self.bluez = await FakeBluez(self._bus.address).start()
        engine = Engine(self.store, self._keys, entropy=os.urandom)

        def take(frame, link):
            for _, answer in engine.handle([Arrival("air", frame, time.time_ns() // 1_000_000, link)]):
                rounds.send(answer)

        client = {"backend": BluezClient, "bluez": self.bluez, "lose_after": losses}
        rounds = Rounds(self._keys, take, backends={"scanner": {"backend": BluezScanner, "bluez": self.bluez}, "client": client})
        self._tasks = [asyncio.ensure_future(rounds.run()), asyncio.ensure_future(self._measure())]

    def run(self):
        """Start the node."""
        uart = os.ttyname(self._tty)
        command = [
            sys.executable,
            "-m",
            "gilmok",
            "node",
            "run",
            "node.cbor",
            "--data",
            "data",
            "--link",
            "unix:line",
            "--uart",
            f"0={uart}",
        ]
        environment = {**os.environ, "GILMOK_LANG": "en", "DBUS_SYSTEM_BUS_ADDRESS": self._bus.address}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(command, cwd=self.folder, env=environment, **pipes)
        self.processes.append(process)
        return process

    def stored(self, stream):
        """Return {number: (boot, values)} of a stream."""
        for row in self.store.summary():
            if row.name == stream:
                found = self.store.rows(self.device, row.log, row.stream, 0, 1 << 40)
                return {row.seq: (row.boot, tuple(row.values)) for row in found}
        return {}

    async def until(self, done):
        """Wait."""
        end_s = time.monotonic() + WAIT_S
        while not done():
            for task in self._tasks:
                if task.done():
                    task.result()
            assert self.processes[-1].poll() is None, self.processes[-1].communicate()
            assert time.monotonic() < end_s, self.bluez.faults
            await asyncio.sleep(0.01)

    async def end(self):
        """End it all."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.communicate(timeout=WAIT_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.bluez is not None:
            self.bluez.stop()
        self.store.close()
        os.close(self._sensor)
        os.close(self._tty)

    async def _measure(self):
        while True:
            try:
                os.write(self._sensor, FRAME)
            except BlockingIOError:
                pass  # no node reads
            await asyncio.sleep(FRAME_S)


def logged(weir):
    """Return {number: boot} of the records in the stopped node's log, by stream."""
    paths = [weir.folder / "data" / name for name in ("records.log", "waveforms.log")]
    rings = [FileBlocks(str(path), path.stat().st_size) for path in paths]
    log = Log(*rings)
    log.mount()
    found = {stream: {} for stream, _, _ in log.streams()}
    for stream, boots in found.items():
        number = log.oldest(stream)
        while number < log.next(stream):
            entry = log.read(stream, number)
            boots.update(dict.fromkeys(range(number, number + entry.count), entry.boot))
            number += entry.count
    for ring in rings:
        ring.close()
    return found


@pytest.fixture
def bus(tmp_path):
    skip_without_dbus()
    bus = Bus(tmp_path)
    yield bus
    bus.stop()


async def visited_and_cut_off(weir):
    """Let the first connection be lost in the middle, go on over a second one, and cut the power while that one is there."""
    losses = [2]
    await weir.begin(losses)
    weir.run()
    await weir.until(lambda: not losses and weir.stored("river"))
    weir.processes[-1].kill()
    assert weir.processes[-1].communicate(timeout=WAIT_S)[1] == "", "nothing was the matter with BLE"
    for central in list(weir.bluez.centrals.values()):
        central.lose()


async def visited_again(weir, least):
    """Start again, and stop once the collector has as much as the log had before."""
    again = weir.run()
    await weir.until(lambda: all(len(weir.stored(name)) >= count for name, count in least.items()))
    again.terminate()
    said, trouble = again.communicate(timeout=WAIT_S)
    assert (again.returncode, trouble) == (0, "") and said.startswith("weir, device ")


def test_a_pi_is_visited_over_ble_and_each_record_is_stored_once(bus, tmp_path):
    async def act():
        weir = Weir(tmp_path, bus)
        try:
            await visited_and_cut_off(weir)
            streams = {row.name: row.stream for row in weir.store.summary()}
            before = logged(weir)
            await visited_again(weir, {name: len(before[streams[name]]) for name in ("river", "health")})
            after = logged(weir)
            for name in ("river", "health"):
                stored = weir.stored(name)
                assert sorted(stored) == list(range(len(stored))), "none is missing, and the store's key is the number"
                boots = {number: boot for number, (boot, _) in stored.items()}
                assert boots == {number: boot for number, boot in after[streams[name]].items() if number < len(stored)}
                assert before[streams[name]].items() <= boots.items(), "what the power cut left in the log has come"
            assert {values for _, values in weir.stored("river").values()} == {(1771,)}
            assert weir.bluez.registered == 2 and weir.bluez.faults == []
        finally:
            await weir.end()

    asyncio.run(act())
