"""The air between node processes, a board gateway's process and a concentrator: a medium in a thread of this one, in real time.

Each process has the virtual chip of its radio, and a TCP connection of its own to here (gilmok_sim.remote_air).
"""

from __future__ import annotations

import select
import socket
import threading
import time
from typing import Any

from gilmok_sim.concentrator import Concentrator
from gilmok_sim.lora_air import Air
from gilmok_sim.medium import Medium
from gilmok_sim.packet_forwarder import PacketForwarder
from gilmok_sim.remote_air import COMING, CUT, HEARD, SENT, Messages

_IDLE_S = 0.02  # the longest that the thread waits for anything
_CHUNK = 4096

Place = tuple[float, float]


class AirProcess:
    """A chip in another process, as the medium sees it: it hears whatever reaches it, and knows itself what it was tuned to."""

    def __init__(self, medium: Medium, name: str, place: Place) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.guest: socket.socket | None = None
        self._medium = medium
        self._messages = Messages()
        medium.join(self, name, place)

    @property
    def url(self) -> str:
        """What the process opens."""
        return f"tcp:{self.port}"

    def sockets(self) -> list[socket.socket]:
        """Return what to wait for."""
        return [each for each in (self.listener, self.guest) if each is not None]

    def read(self, ready: socket.socket, now_us: int) -> None:
        """Take what has come."""
        if ready is self.listener:
            self.close_guest()
            self.guest, _ = self.listener.accept()
            self.guest.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._messages = Messages()
            return
        try:
            data = ready.recv(_CHUNK)
        except OSError:
            data = b""
        if not data:
            self.close_guest()  # a process that ended, as at a power cut: what it was sending breaks off
            self._medium.cut(self, now_us)

        def take(code: int, span_us: int, rssi: int, snr: int, first: int, second: int, air: Air, payload: memoryview) -> None:
            if code == SENT:
                self._medium.transmit(self, now_us, now_us + span_us, air, payload)
            elif code == CUT:
                self._medium.cut(self, now_us)

        self._messages.feed(data, take)

    def close_guest(self) -> None:
        """Hang up."""
        if self.guest is not None:
            self.guest.close()
            self.guest = None

    # The medium's chip.

    def incoming(self, air: Air, start_us: float, end_us: float, rssi_dbm: float, readable: bool = True) -> None:
        """Have the chip notice a frame that begins to arrive."""
        self._put(self._messages.make(COMING, int(end_us - start_us), round(rssi_dbm), first=readable, air=air))

    def listens_to(self, air: Air, start_us: float, at_us: float) -> bool:
        """Return True: whether it does, only the chip knows."""
        return True

    def missed(self, start_us: float) -> None:
        """Nothing to do: the chip has no timer that a frame would hold."""

    def hear(self, payload: bytes, air: Air, rssi_dbm: float, snr_db: float, crc_ok: bool, *times: Any) -> None:
        """Have the chip hear a frame that has ended."""
        start_us, end_us, header_ok = times
        snr_cb = round(snr_db * 10)
        self._put(self._messages.make(HEARD, int(end_us - start_us), round(rssi_dbm), snr_cb, crc_ok, header_ok, air, payload))

    def _put(self, data: memoryview) -> None:
        if self.guest is not None:
            try:
                self.guest.sendall(data)
            except OSError:
                self.close_guest()


class AirThread:
    """All radios of a street; `start` lets time pass."""

    def __init__(self, seed: int) -> None:
        self.medium = Medium(seed)
        self.processes: dict[str, AirProcess] = {}
        self._forwarders: list[tuple[PacketForwarder, socket.socket]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="air", daemon=True)

    def add_process(self, name: str, place: Place) -> AirProcess:
        """Give a process a radio at a place in metres."""
        self.processes[name] = AirProcess(self.medium, name, place)
        return self.processes[name]

    def add_concentrator(self, name: str, place: Place, channels_hz: list[int], eui: bytes, server_port: int) -> None:
        """Put up a concentrator whose packet forwarder speaks to a port of this machine."""
        link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        link.connect(("127.0.0.1", server_port))
        link.setblocking(False)
        forwarder: PacketForwarder
        concentrator = Concentrator(self.medium, name, place, channels_hz, lambda heard: forwarder.heard(heard))
        forwarder = PacketForwarder(concentrator, eui)
        self._forwarders.append((forwarder, link))

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and hang up everywhere."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        for process in self.processes.values():
            process.close_guest()
            process.listener.close()
        for _, link in self._forwarders:
            link.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            now_us = _now_us()
            self.medium.advance(now_us)
            for forwarder, link in self._forwarders:
                forwarder.poll(now_us)
                _flush(forwarder, link)
            self._wait(now_us)

    def _wait(self, now_us: int) -> None:
        """Wait for the next event, or for what a process or a server says."""
        due_us = self.medium.next_us()
        pause_s = _IDLE_S if due_us is None else min(_IDLE_S, max(0.0, (due_us - now_us) / 1e6))
        owner = {each: process for process in self.processes.values() for each in process.sockets()}
        links = {link: forwarder for forwarder, link in self._forwarders}
        ready, _, _ = select.select([*owner, *links], [], [], pause_s)
        now_us = _now_us()
        for each in ready:
            if each in owner:
                owner[each].read(each, now_us)
            else:
                self._read_link(links[each], each, now_us)

    def _read_link(self, forwarder: PacketForwarder, link: socket.socket, now_us: int) -> None:
        try:
            forwarder.take(link.recv(_CHUNK), now_us)
        except OSError:  # nobody there yet: a forwarder goes on
            return
        _flush(forwarder, link)


def _flush(forwarder: PacketForwarder, link: socket.socket) -> None:
    while forwarder.out:
        datagram = forwarder.out.pop(0)
        try:
            link.send(datagram)
        except OSError:
            continue


def _now_us() -> int:
    return time.monotonic_ns() // 1000
