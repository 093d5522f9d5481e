"""Reading a node over its serial line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ..links import SerialLink
from .dialogue import Asking
from .talk import Entry, Talk


async def read_over_line(entry: Entry, open_port: Callable[[], Any], asking: Asking) -> None:
    """Hold a dialogue with the node at the other end of a line; `open_port()` is as SerialLink wants it.

    Raises: as Talk.run; OSError or ValueError where the port cannot be opened.
    """
    loop = asyncio.get_running_loop()
    talk = Talk(entry)
    ports = [open_port()]  # at once, so that a wrong name is told; a port that goes away is opened again

    def take(link: str, frame: bytes, unix_ms: int) -> None:
        loop.call_soon_threadsafe(talk.take, frame)

    link = SerialLink("reader", lambda: ports.pop() if ports else open_port(), take, lambda name, text: None)
    link.start()
    try:
        await talk.run(asking, link.send)
    finally:
        await asyncio.to_thread(link.close)
