"""The collector of a city on virtual time: the real engine with a SQLite store, the real hub, one concentrator as its gateway."""

import sqlite3
from collections.abc import Callable
from typing import Any

from gilmok_collector.engine import Arrival, Engine
from gilmok_collector.links import LinkState
from gilmok_collector.radio import Downlink, Uplink
from gilmok_collector.radio.hub import Hub
from gilmok_collector.radio.ledger import Ledger
from gilmok_collector.store import open_store
from gilmok_sim.concentrator import Concentrator, Heard

from bench.radio_city import CHANNELS_HZ, GATEWAY_DBI, LISTEN, City

STORE_ID = 5
UNIX_MS = 1_760_000_000_000  # when it begins
BACKHAUL_MS = 100  # one way from gateway to collector: a city's LTE
COMMIT_MS = 20  # from a frame to its commit on the disk: what came in the meantime shares it


class Collector:
    """Engine, hub and gateway; `on_event(device, event, now_ms)` hears of what has been committed."""

    def __init__(self, city: City, folder: str, keys: dict[int, bytes], on_event: Callable[[int, tuple, int], None], listens: int) -> None:
        self._city = city
        self.store = open_store(f"sqlite:{folder}/city.db", STORE_ID, lambda: UNIX_MS / 1000, connect=_connect)
        self.engine = Engine(self.store, keys, entropy=bytes, on_event=lambda device, event: on_event(device, event, self._ms()))
        self.hub = Hub("KR920", lambda device: listens)
        self.gateway = Gateway(city, self._take, self._outcome)
        self.hub.add(self.gateway, 0)
        self._waiting: list[Arrival] = []
        self._due_ms: int | None = None

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def _ms(self) -> int:
        return int(self._city.clock())

    def _call(self, at_ms: int, function: Callable[..., None], *arguments: Any) -> None:
        self._city.medium.call(max(at_ms * 1000, self._city.clock.us), function, *arguments)

    def _take(self, heard: Heard) -> None:
        """Take what the gateway heard when it has come over the backhaul."""
        self._call(self._ms() + BACKHAUL_MS, self._arrive, heard)

    def _arrive(self, heard: Heard) -> None:
        unix_ms = UNIX_MS + self._ms()
        level = heard.rssi_dbm, heard.snr_cb
        arrival = self.hub.heard(
            Uplink(heard.frame, unix_ms, heard.frequency_hz, heard.sf, heard.bw_hz, *level, "gateway", None, heard.end_us), self._ms()
        )
        if arrival is not None:
            if not self._waiting:
                self._call(self._ms() + COMMIT_MS, self._commit)
            self._waiting.append(arrival)
        self._poll()

    def _commit(self) -> None:
        arrivals, self._waiting = self._waiting, []
        for _, frame in self.engine.handle(arrivals):
            self.hub.answer(frame, self._ms())
        self._poll()

    def _outcome(self, number: int, error: str | None) -> None:
        self._call(self._ms() + BACKHAUL_MS, self._tell, number, error)

    def _tell(self, number: int, error: str | None) -> None:
        self.hub.outcome(number, error, self._ms())
        self._poll()

    def _poll(self) -> None:
        at_ms = self.hub.poll(self._ms())
        if at_ms is not None and (self._due_ms is None or at_ms < self._due_ms or self._due_ms <= self._ms()):
            self._due_ms = max(at_ms, self._ms() + 1)
            self._call(self._due_ms, self._poll)


class Gateway:
    """What the hub sends by: a concentrator behind a backhaul. Its law is kept by the hub, but for listening before talk."""

    name = "gateway"
    law: Ledger | None = None
    trip_ms = 2 * BACKHAUL_MS

    def __init__(self, city: City, take: Callable[[Heard], None], outcome: Callable[[int, str | None], None]) -> None:
        self.state = LinkState(self.name, up=True, error="")
        self.radio = Concentrator(city.medium, self.name, (0.0, 0.0), CHANNELS_HZ, take, listen=LISTEN, gain_dbi=GATEWAY_DBI)
        self._city = city
        self._outcome = outcome

    def start(self) -> None:
        """Begin to work."""

    def close(self) -> None:
        """End."""

    def send(self, downlink: Downlink) -> None:
        """Have a frame sent when the order has come over the backhaul."""
        self._city.medium.call(self._city.clock.us + BACKHAUL_MS * 1000, self._send, downlink)

    def _send(self, down: Downlink) -> None:
        now = self._city.clock.us
        start = now + 1000 if down.delay_ms is None or down.end_us is None else down.end_us + down.delay_ms * 1000
        power_dbm = down.power_dbm - GATEWAY_DBI
        error = self.radio.send(down.frame, start, now, down.frequency_hz, down.sf, down.bw_hz, power_dbm)
        self._outcome(down.id, error)


class _Unsynced(sqlite3.Connection):
    """Waits for no disk: what is measured here is the air, and COMMIT_MS stands for the disk."""

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        return super().execute("PRAGMA synchronous = OFF" if sql.startswith("PRAGMA synchronous") else sql, *parameters)


def _connect(path: str) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, factory=_Unsynced)
