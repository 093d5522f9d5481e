"""A dialogue with a node over a link: each request is repeated until it is answered."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from gilmok_wire.errors import DecodeError
from gilmok_wire.reader_seal import ReaderSeal
from gilmok_wire.seal import SALT

from .dialogue import Asking, decode_answer

# A chip reads, encodes and seals an answer in 0.3 s at most, and 256 bytes take as long over the slowest BLE; before a reading it lets
# requests go for 0.1 s.
PATIENCE_S = 1.0
TRIES = 8


class Silent(Exception):
    """The node does not answer: nobody is there, it knows no such permit, or it was restarted. `full` where its heap has no room."""

    def __init__(self, full: bool = False) -> None:
        super().__init__("no room" if full else "no answer")
        self.full = full


@dataclass(frozen=True)
class Entry:
    """What a permit has of one node."""

    device: int
    key: bytes
    until_s: int
    permit: int

    def __repr__(self) -> str:
        return f"Entry({self.device:04x})"


class Talk:
    """Moves a dialogue's requests and answers. `take` is given whatever frames come, from this loop's thread."""

    def __init__(self, entry: Entry, salt: bytes | None = None) -> None:
        self._seal = ReaderSeal(entry.key, entry.device, entry.until_s, entry.permit, salt or secrets.token_bytes(SALT))
        self._full = b"\xe9" + entry.device.to_bytes(2, "big")
        self._frames: asyncio.Queue[bytes] = asyncio.Queue()

    def take(self, frame: bytes) -> None:
        """Take a frame from the link."""
        self._frames.put_nowait(frame)

    async def run(self, asking: Asking, send: Callable[[bytes], object]) -> None:
        """Hold the dialogue.

        Raises: Silent; NodeRefuses; DecodeError where the node answers what was not asked.
        """
        plaintext = next(asking)
        while True:
            answer = await self._ask(self._seal.seal(plaintext), send)
            try:
                plaintext = asking.send(decode_answer(answer))
            except StopIteration:
                return

    async def _ask(self, request: bytes, send: Callable[[bytes], object]) -> bytes:
        full = False
        for _ in range(TRIES):
            send(request)
            try:
                async with asyncio.timeout(PATIENCE_S):
                    while True:
                        frame = await self._frames.get()
                        full = full or frame == self._full
                        try:
                            return self._seal.open(frame)
                        except DecodeError:  # what the node says to its collector, or an answer to an earlier request
                            continue
            except TimeoutError:
                continue
        raise Silent(full)
