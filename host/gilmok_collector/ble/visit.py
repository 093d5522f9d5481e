"""One visit: connect, take what a node notifies, write what is for it, leave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gilmok_wire.ble_advert import DOWN, UP
from gilmok_wire.ble_fragments import LEAST_ATT_MTU, OPENING, Assembler, Fragmenter, link_at
from gilmok_wire.errors import DecodeError
from gilmok_wire.link import Link

if TYPE_CHECKING:
    from bleak import BleakClient

LOOK_S = 0.25  # how often a visit asks whether to leave
_ATT_HEAD = 3


class Visit:
    """A connection to one node.

    `make_client(on_gone)` returns a BleakClient whose loss is told by `on_gone`; `on_frame(frame, visit)` is called with each frame.
    Who only reads does not open: the node would take him for a collector.
    """

    def __init__(
        self,
        address: str,
        make_client: Callable[[Callable[[Any], None]], BleakClient],
        on_frame: Callable[[bytes, Visit], None],
        opens: bool = True,
    ):
        self.address = address
        self.link: Link = link_at(LEAST_ATT_MTU)
        self.sent_bytes = 0
        self.received_bytes = 0
        self._make_client = make_client
        self._on_frame = on_frame
        self._opens = opens
        self._assembler = Assembler()
        self._outbox: asyncio.Queue[bytes | None] = asyncio.Queue()

    def send(self, frame: bytes) -> None:
        """Write a frame as soon as those before it are written; lost where the connection is."""
        self._outbox.put_nowait(frame)

    async def run(self, should_leave: Callable[[], bool], connecting: asyncio.Lock) -> bool:
        """Visit until `should_leave()`; return False where the connection was lost before that.

        `connecting` is held while connecting: most adapters do one attempt at a time.

        Raises: BleakError, OSError or TimeoutError where there is no connection, or it ended while something was asked of it.
        """
        client = self._make_client(lambda client: self._outbox.put_nowait(None))
        async with connecting:
            await client.connect()
        try:
            return await self._talk(client, should_leave)
        finally:
            await client.disconnect()

    async def _talk(self, client: BleakClient, should_leave: Callable[[], bool]) -> bool:
        down = client.services.get_characteristic(DOWN)
        if down is None:
            return False  # it only looked like one of ours
        size = down.max_write_without_response_size
        self.link = link_at(size + _ATT_HEAD)
        await client.start_notify(UP, lambda _, data: self._take(bytes(data)))
        if self._opens:
            await client.write_gatt_char(down, OPENING, response=True)
        fragmenter = Fragmenter()
        while not should_leave():
            try:
                frame = await asyncio.wait_for(self._outbox.get(), LOOK_S)
            except TimeoutError:
                continue
            if frame is None:
                return False
            fragmenter.begin(frame)
            while fragmenter.is_busy():
                await client.write_gatt_char(down, fragmenter.head(size), response=True)
                fragmenter.next()
            self.sent_bytes += len(frame)
        return True

    def _take(self, fragment: bytes) -> None:
        self.received_bytes += len(fragment)
        try:
            frame = self._assembler.take(fragment)
        except DecodeError:
            return
        if frame:
            self._on_frame(frame, self)
