"""Who is around: listen for a while, connect to nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from bleak import BleakScanner

from .sightings import Sighting, Sightings


async def listen(seconds: float, keys: Mapping[int, bytes], adapter: str = "", **options: Any) -> list[Sighting]:
    """Return the nodes that one adapter hears within some seconds, the nearest first; `options` are those of bleak's scanner.

    Raises: BleakError or OSError where it does not listen.
    """
    sightings = Sightings(keys)
    bluez: dict[str, Any] = {"bluez": {"adapter": adapter}} if adapter else {}

    def hear(device: Any, data: Any) -> None:
        sightings.read(device.address, data.rssi, data.service_data)

    scanner = BleakScanner(hear, **bluez, **options)
    await scanner.start()
    try:
        await asyncio.sleep(seconds)
    finally:
        await scanner.stop()
    return sorted(sightings.around.values(), key=lambda each: -each.rssi_dbm)
