"""Concentrators that speak Semtech's packet-forwarder protocol over UDP: one socket, and a gateway for each that reports.

The protocol has no authentication. Our frames need none; but who can send to the port can have answers go to himself, so it belongs on a
network of one's own, and `gateways` in the site file names who is taken.
"""

from __future__ import annotations

import contextlib
import secrets
import select
import socket
import threading
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Any

from ..links import BACKOFF_S, LinkState
from . import Downlink, Uplink
from .ledger import Ledger
from .semtech_packets import (
    PULL_DATA,
    PUSH_DATA,
    TMST,
    Datagram,
    Malformed,
    acknowledge,
    encode_pull_resp,
    parse_datagram,
    parse_push_data,
    parse_tx_ack,
)

ALIVE_MS = 35_000  # a forwarder asks every 10 s (keepalive_interval): three of those lost, and a bit
MOST_GATEWAYS = 64  # where the site file names none: nobody fills our memory with invented ones
MOST_TOKENS = 256  # downlinks without TX_ACK that are remembered: a minute of them
TRIP_MS = 300  # there and back over a mobile network, until it has been measured
LEAST_TRIP_MS, MOST_TRIP_MS = 50, 3_000  # the forwarder's own loops take 30 ms; with more no window of ours could be met
JUMP_US = 5_000_000  # a concentrator's counter that is off by more has been restarted: no datagram is late by so much
RATE_S, BURST = 200, 400  # frames: eight demodulators at 40 ms each; what comes faster comes from no radio, and would fill our memory
DATAGRAMS = 1_000  # taken at one go, before anything else is looked at
READ_S = 0.2  # how long a silence lasts until it is noticed, and until a close is
SIZE = 65_536

# What a gateway says that passes: after so many ms it can be asked again. Anything else is so for ever: its configuration.
PASSING = {"TOO_LATE": 0, "TOO_EARLY": 0, "COLLISION_PACKET": 200, "COLLISION_BEACON": 200, "DOWN": 500}

Address = Any


@dataclass
class Hooks:
    """Where a server brings what happens, in its own thread, and gets what an earlier life kept of a gateway's airtime."""

    on_uplink: Callable[[Uplink], None]
    on_outcome: Callable[[int, str | None, int | None], None]
    on_gateway: Callable[[SemtechGateway], None]
    saved: Callable[[str], bytes | None] = lambda gateway: None


@dataclass(slots=True)
class SemtechCounters:
    """What came: `left_out` counts datagrams and packets by the reason why they were not taken."""

    datagrams: int = 0
    frames: int = 0
    refused: int = 0
    warnings: int = 0
    restarts: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


class SemtechGateway:
    """One concentrator. `up`: it has asked lately, so it can be reached."""

    def __init__(self, name: str, law: Ledger, server: SemtechServer) -> None:
        self.name = name
        self.state = LinkState(name)
        self.law: Ledger | None = law
        self.trip_ms = TRIP_MS
        self.counters = SemtechCounters()
        self.generation = 0  # of its counter, which restarts with it
        self._server = server
        self._route: Address = None
        self._version = 2
        self._asked_ms = 0
        self._offset_us: int | None = None  # our clock less its counter
        self._token = secrets.randbelow(1 << 16)
        self._waiting: dict[int, tuple[int, int]] = {}  # token → (downlink, when)
        self._credit, self._credit_ms = float(BURST), 0  # frames it may bring, as of when
        self._lock = threading.Lock()  # answers leave in the engine's thread, TX_ACKs come in the server's
        self.faults: dict[str, int] = {}  # the protocol tells of none

    def start(self) -> None:
        """Nothing: its server runs."""

    def close(self) -> None:
        """Nothing: its server is closed."""

    def airtime(self, now_ms: int) -> list[tuple[int, int]]:
        """Return what the collector has had it send: other servers may have more."""
        return self.law.report(now_ms) if self.law else []

    def send(self, downlink: Downlink) -> None:
        """Have it send, and tell the outcome where that is known at once."""
        if not self.state.up or self._route is None:
            self._tell(downlink.id, "DOWN")
            return
        tmst = None
        if downlink.delay_ms is not None:
            if downlink.end_us is None or downlink.token != self.generation:
                self._tell(downlink.id, "TOO_LATE")  # it has been restarted since: nobody knows its counter at the uplink's end
                return
            tmst = (downlink.end_us + 1000 * downlink.delay_ms) % TMST
        data = encode_pull_resp(self._version, self._remember(downlink.id), downlink, tmst)
        if not self._server.send(data, self._route):
            self._tell(downlink.id, "DOWN")
            return
        self.state.sent_bytes += len(data)

    def ask(self, version: int, route: Address, now_ms: int) -> None:
        """Take a PULL_DATA: this is where it can be reached."""
        self._version, self._route, self._asked_ms = version, route, now_ms
        if not self.state.up:
            self.state.up, self.state.error = True, ""
            self.state.opened += 1

    def hush(self, now_ms: int) -> None:
        """Look whether it has fallen silent."""
        if self.state.up and now_ms - self._asked_ms >= ALIVE_MS:
            self.state.up, self.state.error = False, f"silent for {ALIVE_MS // 1000} s"

    def may_bring(self, count: int, now_ms: int) -> bool:
        """Tell whether a radio can have heard so many more frames."""
        self._credit = min(BURST, self._credit + (now_ms - self._credit_ms) * RATE_S / 1000)
        self._credit_ms = now_ms
        if self._credit < count:
            return False
        self._credit -= count
        return True

    def follow(self, tmst: int, now_us: int) -> None:
        """Compare its counter with our clock, to know when it has been restarted."""
        offset_us = (now_us - tmst) % TMST
        if self._offset_us is not None:
            off_us = (offset_us - self._offset_us + TMST // 2) % TMST - TMST // 2
            if abs(off_us) > JUMP_US:
                self.generation += 1
                self.counters.restarts += 1
        self._offset_us = offset_us

    def take_tx_ack(self, datagram: Datagram, now_ms: int) -> None:
        """Learn what became of a downlink, and how long the way to the gateway is."""
        with self._lock:
            number, sent_ms = self._waiting.pop(datagram.token, (0, 0))
        if not number:  # doubled on its way, or of another life of ours
            self.counters.left_out["token"] += 1
            return
        error, warning = parse_tx_ack(datagram.body)
        self.counters.warnings += warning is not None
        trip_ms = now_ms - sent_ms
        self.trip_ms = max(trip_ms, (7 * self.trip_ms + trip_ms) // 8)
        if error == "TOO_LATE":
            self.trip_ms += self.trip_ms // 2
        self.trip_ms = min(max(self.trip_ms, LEAST_TRIP_MS), MOST_TRIP_MS)
        self._tell(number, error)

    def _tell(self, number: int, error: str | None) -> None:
        pause_ms = None if error is None else PASSING.get(error)
        again_ms = None if pause_ms is None else self._server.now_ms() + pause_ms
        self._server.hooks.on_outcome(number, error, again_ms)

    def _remember(self, number: int) -> int:
        with self._lock:
            self._token = (self._token + 1) % (1 << 16)
            while len(self._waiting) >= MOST_TOKENS:
                del self._waiting[next(iter(self._waiting))]
            self._waiting[self._token] = number, self._server.now_ms()
            return self._token


class SemtechServer:
    """The UDP port of a link, and the gateways that have found it.

    `known` are the EUIs that are taken, anybody's where it is empty. `now_ms()` is a clock that is never set, `unix_ms()` the time.
    """

    def __init__(
        self,
        name: str,
        address: tuple[str, int],
        row: Any,
        hooks: Hooks,
        now_ms: Callable[[], int],
        unix_ms: Callable[[], int],
        known: Collection[str] = (),
    ) -> None:
        self.state = LinkState(name)
        self.hooks = hooks
        self.now_ms = now_ms
        self.gateways: dict[str, SemtechGateway] = {}
        self.counters = SemtechCounters()
        self._address = address
        self._row = row
        self._unix_ms = unix_ms
        self._known = frozenset(known)
        self._socket: socket.socket | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"link {name}", daemon=True)

    @property
    def port(self) -> int:
        """The UDP port that is open, 0 while none is."""
        return self._socket.getsockname()[1] if self._socket is not None else 0

    def start(self) -> None:
        """Open the port, now or when it is free."""
        self._thread.start()

    def close(self) -> None:
        """Close the port."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        self._shut()

    def open(self) -> None:
        """Open the port.

        Raises: OSError where it is taken, or the host is none of this machine's.
        """
        host, port = self._address
        family, kind, _, _, address = socket.getaddrinfo(host or "0.0.0.0", port, type=socket.SOCK_DGRAM)[0]
        opened = socket.socket(family, kind)
        try:
            opened.bind(address)
            opened.setblocking(False)
        except OSError:
            opened.close()
            raise
        self._socket = opened
        self.state.up, self.state.error = True, ""
        self.state.opened += 1

    def pump(self, wait_s: float = 0) -> None:
        """Take what has come, waiting so long for it, and look who has fallen silent.

        Raises: OSError.
        """
        opened = self._socket
        if opened is None:
            return
        if select.select([opened], [], [], wait_s)[0]:
            with contextlib.suppress(BlockingIOError):
                for _ in range(DATAGRAMS):
                    data, route = self._receive(opened)
                    self._take(data, route)
        for gateway in self.gateways.values():
            gateway.hush(self.now_ms())

    def send(self, data: bytes, route: Address) -> bool:
        """Send a datagram; False where the network does not take it."""
        opened = self._socket
        try:
            if opened is None:
                return False
            opened.sendto(data, route)
        except OSError as error:  # a full buffer among them
            self.state.error = str(error)
            return False
        self.state.sent_bytes += len(data)
        return True

    def _run(self) -> None:
        attempt = 0
        while not self._stop.is_set():
            try:
                self.open()
                attempt = 0
                while not self._stop.is_set():
                    self.pump(READ_S)
            except OSError as error:
                self.state.error = str(error)
            except BaseException as error:  # whatever it is, a person must see that nothing is heard any more
                self.state.error = repr(error)
                raise
            finally:
                self._shut()
            self._stop.wait(BACKOFF_S[min(attempt, len(BACKOFF_S) - 1)])
            attempt += 1

    def _shut(self) -> None:
        opened, self._socket = self._socket, None
        self.state.up = False
        for gateway in self.gateways.values():
            gateway.state.up = False
        if opened is not None:
            opened.close()

    def _receive(self, opened: socket.socket) -> tuple[bytes, Address]:
        while True:
            try:
                return opened.recvfrom(SIZE)
            except ConnectionError:  # an answer found nobody at a gateway's port: its restart, and no fault of this socket
                continue

    def _take(self, data: bytes, route: Address) -> None:
        self.counters.datagrams += 1
        self.state.received_bytes += len(data)
        try:
            datagram = parse_datagram(data)
        except Malformed as error:
            self.counters.left_out[str(error)] += 1
            return
        gateway = self._gateway(datagram.eui)
        if gateway is None:
            self.counters.refused += 1
            return
        gateway.counters.datagrams += 1
        gateway.state.received_bytes += len(data)
        try:
            if datagram.kind == PUSH_DATA:
                self.send(acknowledge(datagram), route)  # at once, as the protocol asks: the forwarder waits 100 ms
                self._take_push(gateway, datagram)
            elif datagram.kind == PULL_DATA:
                self.send(acknowledge(datagram), route)
                gateway.ask(datagram.version, route, self.now_ms())
            else:
                gateway.take_tx_ack(datagram, self.now_ms())
        except Malformed as error:
            gateway.counters.left_out[str(error)] += 1

    def _take_push(self, gateway: SemtechGateway, datagram: Datagram) -> None:
        uplinks, left_out = parse_push_data(datagram.body, gateway.name, self._unix_ms())
        gateway.counters.left_out += left_out
        if not gateway.may_bring(len(uplinks), self.now_ms()):
            gateway.counters.left_out["flood"] += len(uplinks)
            return
        for uplink in uplinks:
            if uplink.end_us is not None:
                gateway.follow(uplink.end_us, 1000 * self.now_ms())
        gateway.counters.frames += len(uplinks)
        for uplink in uplinks:
            self.hooks.on_uplink(replace(uplink, token=gateway.generation))

    def _gateway(self, eui: str) -> SemtechGateway | None:
        """Return the gateway of an EUI, a new one where it may be; None where it may not."""
        if eui in self.gateways:
            return self.gateways[eui]
        if (self._known and eui not in self._known) or len(self.gateways) >= MOST_GATEWAYS:
            return None
        name = f"{self.state.name}/{eui}"
        gateway = SemtechGateway(name, Ledger(self._row, self.now_ms(), saved=self.hooks.saved(name)), self)
        self.gateways[eui] = gateway
        self.hooks.on_gateway(gateway)
        return gateway
