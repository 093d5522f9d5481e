"""The rounds of one adapter: listen, visit whom `Visits` names, several at once, and carry frames both ways."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError
from gilmok_wire.link import Link

from .scan import scanner_options
from .sightings import Sightings
from .visit import LOOK_S, Visit
from .visits import Visits

CONNECT_S = 20.0  # BlueZ alone takes up to ten, and a node that sleeps between advertisements some more
_GROUP = b"\xff\xff"
FAILURES = (BleakError, OSError, asyncio.TimeoutError, EOFError)  # EOFError: BlueZ's bus has gone


class Rounds:
    """Visits the nodes of a site that one adapter hears.

    `keys` are the site's, by device; `on_frame(frame, link)` takes what comes. `backends` has options for bleak's "scanner" and "client",
    among them other backends than those of this system.
    """

    def __init__(
        self,
        keys: Mapping[int, bytes],
        on_frame: Callable[[bytes, Link], None],
        adapter: str = "",
        backends: Mapping[str, dict[str, Any]] | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.sightings = Sightings(keys)
        self.visits = Visits()
        self.sent_bytes = 0
        self.received_bytes = 0
        self.error = ""
        self._on_frame = on_frame
        bluez: dict[str, Any] = {"bluez": {"adapter": adapter}} if adapter else {}
        self._scanner_options = {**scanner_options(adapter), **(backends or {}).get("scanner", {})}
        self._client_options = {**bluez, **(backends or {}).get("client", {})}
        self._now_s = now_s
        self._heard: dict[str, Any] = {}  # what bleak calls the device, by address
        self._going_on: dict[str, Visit] = {}
        self._with: dict[bytes, set[Visit]] = {}  # the visits that have brought frames of a device
        self._tasks: set[asyncio.Task[None]] = set()
        self._connecting = asyncio.Lock()

    async def run(self, on_up: Callable[[bool], None] = lambda up: None) -> None:
        """Go on until cancelled; `on_up(True)` is called once the adapter listens.

        Raises: BleakError or OSError where it does not.
        """
        scanner = BleakScanner(self._on_advertisement, **self._scanner_options)
        await scanner.start()
        try:
            on_up(True)
            while True:
                for address in self.visits.due(self._now_s()):
                    task = asyncio.ensure_future(self._visit(address))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
                await asyncio.sleep(LOOK_S)
        finally:
            on_up(False)
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await scanner.stop()

    def send(self, frame: bytes) -> None:
        """Write a frame to the node it is for, or to all that are being visited where it is the group's; else it is lost."""
        device = frame[1:3]
        for visit in list(self._going_on.values()) if device == _GROUP else self._with.get(device, ()):
            visit.send(frame)

    def _on_advertisement(self, device: Any, data: Any) -> None:
        sighting = self.sightings.read(device.address, data.rssi, data.service_data)
        if sighting is not None and sighting.ours:
            self._heard[device.address] = device
            self.visits.heard(device.address, sighting.urgent, sighting.backlog, self._now_s())

    async def _visit(self, address: str) -> None:
        visit = self._going_on[address] = Visit(address, lambda on_gone: self._make_client(address, on_gone), self._take)
        whole = False
        try:
            whole = await visit.run(lambda: self.visits.should_leave(address, self._now_s()), self._connecting)
        except FAILURES as error:
            self.error = f"{address}: {error or type(error).__name__}"
        finally:
            del self._going_on[address]
            for visits in self._with.values():
                visits.discard(visit)
            self.sent_bytes += visit.sent_bytes
            self.received_bytes += visit.received_bytes
            (self.visits.ended if whole else self.visits.lost)(address, self._now_s())

    def _make_client(self, address: str, on_gone: Callable[[Any], None]) -> BleakClient:
        return BleakClient(self._heard[address], on_gone, timeout=CONNECT_S, **self._client_options)

    def _take(self, frame: bytes, visit: Visit) -> None:
        self.visits.frame(visit.address, self._now_s())
        self._with.setdefault(frame[1:3], set()).add(visit)
        self._on_frame(frame, visit.link)
