"""BLE: how fast a node's history reaches the store, beside bare GATT notifications over the same simulated link.

The link is bumble's controllers on an air that takes LE 1M's time for each packet, on virtual time: what is compared is the protocol, its
heads, its answers and its pacing, and not this machine. The node's session, port and the engine with SQLite are the real ones.
"""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

from bleak import BleakClient
from gilmok_sim.ble import Air, SimBle
from gilmok_sim.ble_bleak import AirClient, Central
from gilmok_sim.virtual_loop import run_virtually
from gilmok_wire.ble_advert import SERVICE, UP
from support.ble_street import AIR, Street, held, on_street

from bench.report import Figure

RECORDS = 10_000
MTUS = (247, 185, 23)  # BlueZ and Android; iOS; what every connection begins with
TARGET = 0.7
RAW = 2000  # notifications
ADDRESS = "F0:00:00:00:00:01"


def measure() -> list[Figure]:
    """Return the figures."""
    figures = []
    for mtu in MTUS:
        raw = _raw_bytes_per_s(mtu)
        frames, seconds, settled_s = _drain(mtu)
        figure = Figure(
            f"drain {RECORDS} records of 8 channels, MTU {mtu}", frames / seconds / 1000, "kB/s", "bare notifications", raw / 1000
        )
        figure.note = (
            f"{RECORDS / seconds:.0f} records/s into the store, greeting included; all acknowledged {settled_s - seconds:.2f} s later"
        )
        ratio = Figure("… of bare notifications", frames / seconds / raw, key=f"ble_vs_raw_{mtu}")
        if mtu == MTUS[0]:
            ratio.at_least = TARGET
        figures += [figure, ratio]
    return figures


def _drain(mtu: int) -> tuple[int, float, float]:
    """Return the bytes of the frames of a visit, and the seconds from the opening until all is stored, and until all is acknowledged."""

    async def scene(street: Street) -> tuple[int, float, float]:
        with tempfile.TemporaryDirectory() as folder:
            node = street.add_node(1, RECORDS, info=AIR)
            collector = street.add_collector(Path(folder, "ble.db"), mtu=mtu)
            await _until(lambda: node.port.up)
            began_s = street.loop.time()
            await _until(lambda: collector.engine.counters.records >= RECORDS)
            stored_s = street.loop.time() - began_s
            sent = node.session.counters["sent_bytes"]
            await _until(lambda: not node.backlog())
            if collector.stored(node) != held(node) or node.session.counters["timeouts"]:
                raise AssertionError(f"not everything was stored once: {node.session.counters}")
            return sent, stored_s, street.loop.time() - began_s

    return on_street({1: bytes(16)}, scene)


async def _until(done: Callable[[], bool]) -> None:
    while not done():
        await asyncio.sleep(0.0005)


def _raw_bytes_per_s(mtu: int) -> float:
    """Return how fast notifications as long as they may be go, sent whenever the radio has room."""

    async def main(loop: asyncio.AbstractEventLoop) -> float:
        air = Air()
        ble = SimBle(air, ADDRESS)
        connected: list[tuple] = []
        ble.irq(lambda event, data: connected.append(data) if event == 1 else None)
        ble.active(True)
        ((handle,),) = ble.gatts_register_services(((SERVICE, ((UP, 0x10),)),))
        ble.gap_advertise(100_000, adv_data=b"\x02\x01\x06")
        client = BleakClient(ADDRESS, backend=AirClient, central=Central(air, "F0:00:00:00:FF:00", mtu))
        await client.connect()
        arrived = []
        await client.start_notify(UP, lambda _, data: arrived.append(loop.time()))
        began_s, sent = loop.time(), 0
        while sent < RAW:
            try:
                ble.gatts_notify(connected[0][0], handle, bytes(mtu - 3))
                sent += 1
            except OSError:
                await asyncio.sleep(0.001)
        while len(arrived) < RAW:
            await asyncio.sleep(0.001)
        await client.disconnect()
        return RAW * (mtu - 3) / (arrived[-1] - began_s)

    return run_virtually(main)
