"""A board gateway at the other end of a serial line or a socket: frames up with the time they ended, downlinks to its own clock.

Source: protocols/SPEC.md, section 8.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gilmok_wire import cbor
from gilmok_wire import gateway_messages as wire
from gilmok_wire.errors import DecodeError
from gilmok_wire.framing import encode_frame
from gilmok_wire.radio_law import REASONS

from ..links import LinkState, SerialLink
from . import Downlink, Uplink

if TYPE_CHECKING:
    from .ledger import Ledger

# As radio_law numbers its reasons, and what else may become of a downlink.
_REFUSALS = ("", "CHANNEL", "RATE", "SIZE", "POWER", "DWELL", "SENDING", "PAUSE", "QUOTA", "LISTEN", "OCCUPIED")
_FAILED = {wire.MISSED: ("TOO_LATE", 0), wire.LOST: ("RADIO", 1000), wire.FULL: ("FULL", 500)}  # ms after which it can be asked again
_DOWN = ("DOWN", 500)

ASK_MS = 30_000  # between two questions for the status, which the gateway sends every minute by itself: its LED tells that a host is there
ALIVE_MS = 150_000  # two of its minutes lost, and a bit
LATE_MS = 10  # how much later than its moment an answer may begin: what a node's window is open beyond its eight symbols
TRIP_MS = 50  # two messages of 300 bytes at 921 600 baud are 7 ms, listening before talk 6 and tuning 20; the rest is USB's
MOST_TRIP_MS = 3_000
CLOCK_MS = 120_000  # samples older than that are forgotten: at 50 ppm they are off by 6 ms
JUMP_MS = 30_000  # a message that is later than the quickest by so much is of another life


class GatewayClock:
    """The gateway's uptime against ours, from messages that are never early: the quickest of the last two minutes counts.

    `generation` counts its restarts.
    """

    def __init__(self) -> None:
        self.generation = 0
        self._samples: deque[tuple[int, int]] = deque()  # (when, ours less its): ascending in both, the first is the least
        self._last_ms = 0

    def note(self, uptime_ms: int, now_ms: int) -> int:
        """Take the uptime of a message that came now; return how many ms it was slower than the quickest."""
        sample = now_ms - uptime_ms
        if self._samples and (uptime_ms < self._last_ms - 1000 or sample - self._samples[0][1] > JUMP_MS):
            self.generation += 1
            self._samples.clear()
        self._last_ms = uptime_ms
        while self._samples and now_ms - self._samples[0][0] > CLOCK_MS:
            self._samples.popleft()
        while self._samples and self._samples[-1][1] >= sample:
            self._samples.pop()
        self._samples.append((now_ms, sample))
        return sample - self._samples[0][1]

    def ours(self, uptime_ms: int) -> int:
        """Return our time of an uptime."""
        return uptime_ms + self._samples[0][1]

    def uptime(self, now_ms: int) -> int:
        """Return its uptime at our time."""
        return max(0, now_ms - self._samples[0][1])


class BoardGateway:
    """One board. It is a Gateway of the hub, and what opens its port.

    `open_port()` is as SerialLink takes it; `on_uplink(uplink)`, `on_outcome(id, error, again_ms)` as the hub's; `now_ms()` is a clock that
    is never set, `unix_ms()` the time; `line` stands in for SerialLink.
    """

    law: Ledger | None = None  # it keeps it itself

    def __init__(
        self,
        name: str,
        region: str,
        open_port: Callable[[], Any],
        on_uplink: Callable[[Uplink], None],
        on_outcome: Callable[[int, str | None, int | None], None],
        on_text: Callable[[str, str], None],
        now_ms: Callable[[], int],
        unix_ms: Callable[[], int],
        line: Callable[..., Any] = SerialLink,
    ) -> None:
        self.name = name
        self.trip_ms = TRIP_MS
        self.status: dict[str, Any] = {}  # as it said last, by the names of STATUS_FIELDS
        self.left_out = 0  # messages of other releases, or damaged
        self._region = region
        self._open_port = open_port
        self._on_uplink = on_uplink
        self._on_outcome = on_outcome
        self._now_ms = now_ms
        self._unix_ms = unix_ms
        self._clock = GatewayClock()
        self._heard_ms = 0
        self._asked_ms = 0
        self._waiting: set[int] = set()
        self._lock = threading.Lock()  # answers leave in the hub's threads, messages come in the line's
        self._link = line(name, self._open, self._take, on_text, now_ms)

    @property
    def state(self) -> LinkState:
        """Up where the board has answered lately, and its radio works."""
        line = self._link.state
        error = line.error if not line.up else self._trouble()
        return LinkState(self.name, not error, error, line.opened, line.received_bytes, line.sent_bytes, line.deframer)

    @property
    def faults(self) -> dict[str, int]:
        """How often its radio has failed since it started, as it said last."""
        return dict(self.status.get("faults", ()))

    def airtime(self, now_ms: int) -> list[tuple[int, int]]:
        """Return its own ledger, as it said last."""
        return [(used, allowed) for used, allowed in self.status.get("ledger", ())]

    def start(self) -> None:
        """Open the port, now or when it appears."""
        self._link.start()

    def close(self) -> None:
        """Close the port."""
        self._link.close()

    def send(self, downlink: Downlink) -> None:
        """Have a frame sent; what becomes of it is told to the hub."""
        with self._lock:
            message = self._message(downlink) if self.state.up else None
            if isinstance(message, list):
                self._waiting.add(downlink.id)
        if message is None:
            self._tell(downlink.id, *_DOWN)
        elif isinstance(message, str):
            self._tell(downlink.id, message, 0)
        else:
            self._link.send(cbor.encode(message))

    def _message(self, downlink: Downlink) -> list[Any] | str:
        """Return the message SEND, or why there is none."""
        now_ms = self._clock.uptime(self._now_ms())
        at_ms, until_ms = None, now_ms + downlink.within_ms
        if downlink.delay_ms is not None:
            if downlink.end_us is None or downlink.token != self._clock.generation:
                return "TOO_LATE"  # it has been restarted since: its clock knows nothing of the uplink's end
            at_ms = downlink.end_us // 1000 + downlink.delay_ms
            until_ms = at_ms + LATE_MS
        own_dbm = self.status["power_dbm"]  # with its antenna; the hub knows of none
        power_dbm = downlink.power_dbm if downlink.power_dbm < own_dbm else None
        return [wire.SEND, downlink.id, downlink.frame, downlink.channel, downlink.rate, power_dbm, at_ms, until_ms]

    def _trouble(self) -> str:
        """Return why it cannot be used though its line is up, or nothing."""
        if not self.status:
            return "no gateway has answered on this line yet"
        if self._now_ms() - self._heard_ms >= ALIVE_MS:
            return f"silent for {ALIVE_MS // 1000} s"
        if self.status["region"] != self._region:
            return f"its region is {self.status['region']}, the site's {self._region}"
        return "" if self.status["listening"] else "its radio does not work"

    def _open(self) -> Any:
        """Open the port and ask who is there; what an earlier life of the line was to tell is lost."""
        port = self._open_port()
        self._give_up()
        self._asked_ms = self._now_ms()
        port.write(encode_frame(cbor.encode([wire.ASK])))
        return port

    def _take(self, link: str, frame: bytes, now_ms: int) -> None:
        try:
            message = wire.decode(frame)
        except DecodeError:
            message = [wire.ASK]
        if message[0] not in wire.UP:
            self.left_out += 1
            return
        self._heard_ms = now_ms
        if now_ms - self._asked_ms >= ASK_MS:
            self._asked_ms = now_ms
            self._link.send(cbor.encode([wire.ASK]))
        {wire.HEARD: self._heard, wire.OUTCOME: self._ended, wire.STATUS: self._told}[message[0]](message, now_ms)

    def _follow(self, uptime_ms: int, now_ms: int) -> None:
        """Keep its clock, and know how long the way is."""
        with self._lock:
            before = self._clock.generation
            late_ms = self._clock.note(uptime_ms, now_ms)
            restarted = self._clock.generation != before
        trip_ms = min(TRIP_MS + 2 * late_ms, MOST_TRIP_MS)
        self.trip_ms = max(trip_ms, (7 * self.trip_ms + trip_ms) // 8)
        if restarted:
            self._give_up()

    def _heard(self, message: list[Any], now_ms: int) -> None:
        _, frame, _, frequency_hz, sf, bw_hz, rssi_dbm, snr_cb, end_ms = message
        self._follow(end_ms, now_ms)
        unix_ms = self._unix_ms() - (self._now_ms() - self._clock.ours(end_ms))
        where = frequency_hz, sf, bw_hz, rssi_dbm, snr_cb
        self._on_uplink(Uplink(frame, unix_ms, *where, self.name, self._clock.generation, 1000 * end_ms))

    def _ended(self, message: list[Any], now_ms: int) -> None:
        _, number, outcome, reason, at_ms = message
        with self._lock:
            if number not in self._waiting:
                return  # of another life of ours
            self._waiting.discard(number)
        if outcome == wire.SENT:
            self._on_outcome(number, None, None)
        elif outcome == wire.REFUSED:
            word = _REFUSALS[reason] if reason < REASONS else "REFUSED"
            self._on_outcome(number, word, None if at_ms is None else max(now_ms, self._clock.ours(at_ms)))
        else:
            self._tell(number, *_FAILED.get(outcome, ("REFUSED", 0)))

    def _told(self, message: list[Any], now_ms: int) -> None:
        status = dict(zip(wire.STATUS_FIELDS, message[1:], strict=True))
        self._follow(status["uptime_ms"], now_ms)
        self.status = status

    def _give_up(self) -> None:
        """Nobody will say any more what became of what is waiting."""
        with self._lock:
            waiting, self._waiting = self._waiting, set()
        for number in sorted(waiting):
            self._tell(number, *_DOWN)

    def _tell(self, number: int, error: str, pause_ms: int) -> None:
        self._on_outcome(number, error, self._now_ms() + pause_ms)
