"""Links of a collector: serial ports, USB adapters found by id, and ports behind a network, by pyserial.

Each link has a thread of its own that opens, reads, and after a failure opens again; a port may come and go.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gilmok_wire.framing import Deframer, encode_frame

BACKOFF_S = (0.2, 0.5, 1, 2, 5)  # a replugged adapter takes a second to come back; the last step repeats


@dataclass
class LinkState:
    """What a person may want to know of a link."""

    name: str
    up: bool = False
    error: str = "not opened yet"
    opened: int = 0
    received_bytes: int = 0
    sent_bytes: int = 0
    deframer: Deframer = field(default_factory=Deframer)
    trouble: str = ""  # the code of what a person can do about it (gilmok.messages, link_trouble_…)


class SerialLink:
    """One serial line to one node.

    `open_port()` returns an object with read, write and close, as pyserial's; `on_frame(link, frame, unix_ms)` and `on_text(link, line)`
    are called in the link's thread.
    """

    def __init__(
        self,
        name: str,
        open_port: Callable[[], Any],
        on_frame: Callable[[str, bytes, int], None],
        on_text: Callable[[str, str], None],
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self.state = LinkState(name)
        self._open_port = open_port
        self._on_frame = on_frame
        self._on_text = on_text
        self._now_ms = now_ms
        self._port: Any = None
        self._sending = threading.Lock()  # answers and relayed frames come from two threads, and a port may take bytes in pieces
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"link {name}", daemon=True)

    def start(self) -> None:
        """Open the port, now or when it appears."""
        self._thread.start()

    def send(self, frame: bytes) -> None:
        """Write a frame; where the link is down it is lost, and the node asks again."""
        port = self._port
        if port is None:
            return
        data = encode_frame(frame)
        try:
            with self._sending:
                port.write(data)
            self.state.sent_bytes += len(data)
        except (OSError, ValueError) as error:
            self.state.error = str(error)

    def close(self) -> None:
        """Stop reading and close the port."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        attempt = 0
        while not self._stop.is_set():
            try:
                self._port = self._open_port()
                attempt = 0
                self.state.up, self.state.error = True, ""
                self.state.opened += 1
                self._read_until_stopped()
            except (OSError, ValueError) as error:  # pyserial's SerialException is an OSError
                self.state.error = str(error)
            finally:
                self._close_port()
            self._stop.wait(BACKOFF_S[min(attempt, len(BACKOFF_S) - 1)])
            attempt += 1

    def _read_until_stopped(self) -> None:
        deframer = self.state.deframer
        while not self._stop.is_set():
            data = self._port.read(max(1, getattr(self._port, "in_waiting", 1)))
            if not data:
                continue
            arrived_ms = self._now_ms()
            self.state.received_bytes += len(data)
            frames, lines = deframer.feed(data)
            for frame in frames:
                self._on_frame(self.state.name, frame, arrived_ms)
            for line in lines:
                self._on_text(self.state.name, line)

    def _close_port(self) -> None:
        port, self._port = self._port, None
        self.state.up = False
        if port is not None:
            try:
                port.close()
            except OSError as error:
                self.state.error = str(error)
