"""The gateways of a radio network, what each may still send, and what has been given to them to send."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from . import Downlink, Gateway
from .hearing import Copy, Heard
from .ledger import Ledger
from .peers import HubCounters, Task, Traffic
from .places import Places

SENT_MS = 30_000  # how long a gateway may take to say what became of a downlink


class Downlinks:
    """Books every frame in its gateway's ledger before that gets it, and undoes it where it is refused.

    `keep(gateway, airtime)` is called before a gateway sends what a restart must not forget.
    """

    def __init__(self, places: Places, counters: HubCounters, keep: Callable[[str, bytes], None]) -> None:
        self.gateways: dict[str, Gateway] = {}
        self.traffic: dict[str, Traffic] = {}
        self._places = places
        self._counters = counters
        self._keep = keep
        self._ledgers: dict[str, Ledger] = {}
        self._sent: dict[int, tuple[int, str, Task]] = {}  # by the downlink's id: (when, gateway, task)
        self._ids = itertools.count(1)

    def add(self, gateway: Gateway, now_ms: int) -> None:
        """Have one more gateway."""
        self.gateways[gateway.name] = gateway
        self.traffic[gateway.name] = Traffic()
        self._ledgers[gateway.name] = gateway.law or Ledger(self._places.row, now_ms, quotas=False)

    def forget(self, now_ms: int) -> None:
        """Forget what is too old to matter."""
        for ledger in self._ledgers.values():
            ledger.forget(now_ms)
        for number in [number for number, sent in self._sent.items() if now_ms - sent[0] >= SENT_MS]:
            del self._sent[number]

    def ups(self) -> int:
        """Return how many gateways are up."""
        return sum(gateway.state.up for gateway in self.gateways.values())

    def in_reach(self, heard: Heard, task: Task) -> list[Gateway]:
        """Return the gateways that are up, first those that heard it, the best first: the others may reach it all the same."""
        names = [copy.gateway for copy in heard.best()]
        names += sorted(self.gateways.keys() - set(names))
        return [self.gateways[name] for name in names if self.gateways[name].state.up and name not in task.avoid]

    def in_time(self, heard: Heard, task: Task, delay_ms: int, now_ms: int) -> list[Copy]:
        """Return how those heard it, the best first, that can still send so long after they did."""
        return [
            copy
            for copy in heard.best()
            if self.gateways[copy.gateway].state.up
            and copy.gateway not in task.avoid
            and now_ms + self.trip_ms(copy) <= copy.heard_ms + delay_ms
        ]

    def trip_ms(self, copy: Copy) -> int:
        """Return how long the way to the gateway takes that heard a copy, and back."""
        return self.gateways[copy.gateway].trip_ms

    def ask(self, gateway: str, start_ms: int, span_ms: int, place: tuple[int, int], size: int) -> tuple[int, int | None]:
        """Return as Ledger.ask does whether a gateway may send a frame."""
        return self._ledgers[gateway].ask(start_ms, span_ms, *place, size)

    def send(
        self,
        gateway: Gateway,
        task: Task,
        place: tuple[int, int],
        start_ms: int,
        span_ms: int,
        delay_ms: int | None = None,
        copy: Copy | None = None,
    ) -> None:
        """Give a frame to a gateway; with `delay_ms`, to be sent so long after it heard `copy`."""
        channel, rate = place
        ledger = self._ledgers[gateway.name]
        number = next(self._ids)
        ledger.book(number, start_ms, span_ms, channel, rate, len(task.frame))
        airtime = ledger.to_keep(start_ms)
        if airtime is not None:
            self._keep(gateway.name, airtime)
        self._sent[number] = start_ms, gateway.name, task
        self._counters.sent += 1
        self.traffic[gateway.name].sent += 1
        sf, bw_hz, _ = self._places.rates[rate]
        token, end_us = (None, None) if copy is None else (copy.token, copy.end_us)
        air = self._places.frequency_hz(channel), sf, bw_hz, ledger.power_dbm(channel)
        within_ms = span_ms if delay_ms is not None else max(0, task.until_ms - start_ms)
        gateway.send(Downlink(number, task.frame, channel, rate, *air, delay_ms, within_ms, token, end_us))

    def outcome(self, number: int, error: str | None, ever: bool) -> Task | None:
        """Take what became of a downlink; return the frame where it was refused: by this gateway for good, unless it may `ever` send it."""
        sent = self._sent.pop(number, None)
        if sent is None or error is None:
            return None
        _, name, task = sent
        self._counters.refused[error] += 1
        self.traffic[name].refused += 1
        self._ledgers[name].cancel(number)
        if not ever:
            task.avoid.add(name)
        return task
