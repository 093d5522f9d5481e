"""Serial lines between node processes and the collector: pseudo-terminals, or TCP where there are none, with faults on demand."""

from __future__ import annotations

import os
import random
import select
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any

CHUNK = 4096
STALE_S = 0.2  # real time after which bytes that no process reads are lost


@dataclass
class Line:
    """One serial line: what either end opens, and what is wrong with it.

    `cut`: nothing passes. `corrupt`: the share of bytes that arrive changed. `bytes_up` counts what the node sent.
    """

    name: str
    node_url: str
    collector_url: str
    cut: bool = False
    corrupt: float = 0.0
    bytes_up: int = 0
    bytes_down: int = 0
    ends: list[Any] = field(default_factory=list)  # node's and collector's end, as the pump holds them
    waiting: list[bytes] = field(default_factory=lambda: [b"", b""])  # bytes on their way to each end
    waiting_since: float = 0.0
    kept: list[int] = field(default_factory=list)  # terminals kept open, so that a killed process hangs up nothing


class Lines:
    """Carries bytes between the ends of all lines in one thread. Terminals where the system has them, else TCP on loopback."""

    def __init__(self, kind: str | None = None, seed: int = 1) -> None:
        self.kind = kind or ("pty" if hasattr(os, "openpty") else "tcp")
        self.lines: list[Line] = []
        self._random = random.Random(seed)
        self._listeners: dict[socket.socket, tuple[Line, int]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._pump, name="lines", daemon=True)

    def add(self, name: str) -> Line:
        """Make a line; both ends may be opened at any time."""
        line = self._make_pty(name) if self.kind == "pty" else self._make_tcp(name)
        self.lines.append(line)
        return line

    def start(self) -> None:
        """Begin to carry bytes."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and close every end."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        for line in self.lines:
            for end in line.ends:
                if isinstance(end, socket.socket):
                    end.close()
                elif end is not None:
                    os.close(end)
            for fd in line.kept:
                os.close(fd)
        for listener in self._listeners:
            listener.close()

    def _make_pty(self, name: str) -> Line:
        import termios
        import tty

        ends, urls, kept = [], [], []
        for _ in range(2):
            master, slave = os.openpty()
            tty.setraw(slave)
            attributes = termios.tcgetattr(slave)
            attributes[6][termios.VMIN] = 0  # a read returns what there is
            attributes[6][termios.VTIME] = 0
            termios.tcsetattr(slave, termios.TCSANOW, attributes)
            os.set_blocking(master, False)
            ends.append(master)
            urls.append(os.ttyname(slave))
            kept.append(slave)
        return Line(name, urls[0], f"serial:{urls[1]}?baud=921600", ends=ends, kept=kept)

    def _make_tcp(self, name: str) -> Line:
        line = Line(name, "", "", ends=[None, None])
        ports = []
        for side in range(2):
            listener = socket.create_server(("127.0.0.1", 0))
            listener.setblocking(False)
            self._listeners[listener] = (line, side)
            ports.append(listener.getsockname()[1])
        line.node_url = f"tcp:{ports[0]}"
        line.collector_url = f"socket://127.0.0.1:{ports[1]}"
        return line

    def _pump(self) -> None:
        while not self._stop.is_set():
            readable, writable = {}, {}
            for line in self.lines:
                for side, end in enumerate(line.ends):
                    if line.waiting[1 - side]:
                        self._drop_stale(line, 1 - side)
                    elif end is not None:
                        readable[end] = (line, side)
                    if line.waiting[side] and end is not None:
                        writable[end] = (line, side)
            ready, free, _ = select.select([*readable, *self._listeners], [*writable], [], 0.02)
            for end in free:
                self._flush(*writable[end])
            for end in ready:
                if end in self._listeners:
                    self._accept(end)
                else:
                    self._carry(*readable[end])

    def _drop_stale(self, line: Line, side: int) -> None:
        """Lose what nobody takes: a wire waits for no one."""
        if line.ends[side] is None or time.monotonic() - line.waiting_since > STALE_S:
            line.waiting[side] = b""

    def _accept(self, listener: socket.socket) -> None:
        line, side = self._listeners[listener]
        if line.ends[side] is not None:
            line.ends[side].close()
        line.ends[side], _ = listener.accept()
        line.ends[side].setblocking(False)

    def _carry(self, line: Line, side: int) -> None:
        """Move what has come at one end to the other."""
        data = self._read(line, side)
        if side == 0:
            line.bytes_up += len(data)
        else:
            line.bytes_down += len(data)
        if not data or line.cut:
            return
        if line.corrupt:
            data = self._corrupted(data, line.corrupt)
        line.waiting[1 - side] = data
        line.waiting_since = time.monotonic()
        self._flush(line, 1 - side)

    def _read(self, line: Line, side: int) -> bytes:
        end = line.ends[side]
        try:
            data = end.recv(CHUNK) if isinstance(end, socket.socket) else os.read(end, CHUNK)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data and isinstance(end, socket.socket):
            end.close()
            line.ends[side] = None
        return data

    def _flush(self, line: Line, side: int) -> None:
        """Hand over what waits for the end at `side`, as far as it takes it."""
        end, data = line.ends[side], line.waiting[side]
        if end is None:
            return
        try:
            taken = end.send(data) if isinstance(end, socket.socket) else os.write(end, data)
        except BlockingIOError:
            return
        except OSError:
            taken = len(data)
        line.waiting[side] = data[taken:]

    def _corrupted(self, data: bytes, rate: float) -> bytes:
        changed = bytearray(data)
        for index in range(len(changed)):
            if self._random.random() < rate:
                changed[index] ^= 1 << self._random.randrange(8)
        return bytes(changed)
