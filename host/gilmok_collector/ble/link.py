"""BLE as a link of the collector: the rounds of one adapter in a thread of their own, begun again whenever the adapter fails."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from gilmok_wire.link import Link

from ..device import Arrival
from ..links import BACKOFF_S, LinkState
from .rounds import FAILURES, Rounds

UNCERTAINTY_MS = 50  # a notification waits for its connection's next event, and then for the system's Bluetooth service


class BleLink:
    """All nodes that one Bluetooth adapter reaches.

    `on_arrival` takes what comes, in the link's thread; `options` are those of Rounds.
    """

    def __init__(
        self,
        name: str,
        keys: Mapping[int, bytes],
        on_arrival: Callable[[Arrival], None],
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        **options: Any,
    ) -> None:
        self.state = LinkState(name)
        self.rounds: Rounds | None = None
        self._keys = keys
        self._on_arrival = on_arrival
        self._now_ms = now_ms
        self._options = options
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"link {name}", daemon=True)

    def start(self) -> None:
        """Listen, now or when there is an adapter."""
        self._thread.start()

    def send(self, frame: bytes) -> None:
        """Write a frame to its node, where that is being visited; otherwise it is lost, and the node asks again."""
        loop, rounds = self._loop, self.rounds
        if loop is None or rounds is None:
            return
        self.state.sent_bytes += len(frame)
        with suppress(RuntimeError):  # the loop has just ended
            loop.call_soon_threadsafe(rounds.send, frame)

    def close(self) -> None:
        """End all visits and listen no longer."""
        self._stopped.set()
        loop, task = self._loop, self._task
        if loop is not None and task is not None:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(task.cancel)
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        attempt = 0
        while not self._stopped.is_set():
            opened = self.state.opened
            try:
                asyncio.run(self._go())
            except asyncio.CancelledError:
                return
            except FAILURES as error:  # no adapter, switched off, the system's service gone: all of them may come back
                self.state.error = str(error) or type(error).__name__
            attempt = 0 if self.state.opened > opened else attempt + 1
            self._stopped.wait(BACKOFF_S[min(attempt, len(BACKOFF_S) - 1)])

    async def _go(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self.rounds = Rounds(self._keys, self._take, **self._options)
        if self._stopped.is_set():
            return
        try:
            await self.rounds.run(self._on_up)
        finally:
            self._loop = self._task = self.rounds = None

    def _on_up(self, up: bool) -> None:
        self.state.up = up
        if up:
            self.state.error = ""
            self.state.opened += 1

    def _take(self, frame: bytes, link: Link) -> None:
        self.state.received_bytes += len(frame)
        self._on_arrival(Arrival(self.state.name, frame, self._now_ms(), link, UNCERTAINTY_MS))
