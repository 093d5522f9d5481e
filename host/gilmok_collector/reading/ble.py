"""Reading a node over BLE: find it by its advertisement, connect without taking a collector's place, leave."""

from __future__ import annotations

import asyncio
from typing import Any

from bleak import BleakClient, BleakScanner
from gilmok_wire.ble_advert import SERVICE

from ..ble.scan import scanner_options
from ..ble.visit import Visit
from .dialogue import Asking
from .talk import Entry, Silent, Talk

FIND_S = 30.0  # a node advertises once in two seconds, by turns, where its battery is to last


async def find(entry: Entry, tag: bytes, adapter: str = "", **options: Any) -> Any:
    """Return the device that advertises an entry's address and tag, as bleak has it.

    Raises: Silent where it is not heard; BleakError or OSError where nobody listens.
    """
    heard: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def hear(device: Any, data: Any) -> None:
        if data.service_data.get(SERVICE, b"")[:6] == entry.device.to_bytes(2, "big") + tag and not heard.done():
            heard.set_result(device)

    scanner = BleakScanner(hear, **scanner_options(adapter), **options)
    await scanner.start()
    try:
        return await asyncio.wait_for(heard, FIND_S)
    except TimeoutError:
        raise Silent from None
    finally:
        await scanner.stop()


async def read_over_ble(entry: Entry, tag: bytes, asking: Asking, adapter: str = "", backends: dict[str, Any] | None = None) -> None:
    """Hold a dialogue with the node that an entry of a permit is for.

    Raises: as Talk.run; BleakError, OSError or TimeoutError where there is no connection.
    """
    options = backends or {"scanner": {}, "client": {}}
    found = await find(entry, tag, adapter, **options["scanner"])
    talk = Talk(entry)
    told: asyncio.Future[None] | None = None

    def make_client(on_gone: Any) -> BleakClient:
        return BleakClient(found, disconnected_callback=on_gone, **options["client"])

    def should_leave() -> bool:
        nonlocal told
        told = told or asyncio.ensure_future(talk.run(asking, visit.send))
        return told.done()

    visit = Visit(found.address, make_client, lambda frame, _: talk.take(frame), opens=False)
    try:
        await visit.run(should_leave, asyncio.Lock())
        if told is None or not told.done():
            raise Silent
        told.result()
    finally:
        if told is not None and not told.done():
            told.cancel()
