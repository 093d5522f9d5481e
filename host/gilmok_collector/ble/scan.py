"""Who is around: listen for a while, connect to nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from bleak import BleakScanner

from .sightings import Sighting, Sightings


def scanner_options(adapter: str) -> dict[str, Any]:
    """Return what bleak's scanner is told for an adapter of this system, "" for the usual one.

    BlueZ is asked for every advertisement: told only of those that changed, it would seem that a node whose backlog stays has gone.
    """
    bluez: dict[str, Any] = {"filters": {"DuplicateData": True}}
    return {"bluez": {**bluez, "adapter": adapter} if adapter else bluez}


async def listen(seconds: float, keys: Mapping[int, bytes], adapter: str = "", **options: Any) -> list[Sighting]:
    """Return the nodes that one adapter hears within some seconds, the nearest first; `options` are those of bleak's scanner.

    Raises: BleakError or OSError where it does not listen.
    """
    sightings = Sightings(keys)

    def hear(device: Any, data: Any) -> None:
        sightings.read(device.address, data.rssi, data.service_data)

    scanner = BleakScanner(hear, **scanner_options(adapter), **options)
    await scanner.start()
    try:
        await asyncio.sleep(seconds)
    finally:
        await scanner.stop()
    return sorted(sightings.around.values(), key=lambda each: -each.rssi_dbm)
