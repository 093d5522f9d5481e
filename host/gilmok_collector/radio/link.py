"""One radio network as a link of the collector: its gateways' threads bring frames, a thread of its own sends answers when they are due."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from ..links import LinkState
from ..relay import Relay
from .airtime_file import AirtimeFile
from .hub import Hub
from .semtech import Hooks, SemtechServer

if TYPE_CHECKING:
    from gilmok_site.links import LinkTarget

    from ..device import Arrival
    from . import Gateway, Uplink

IDLE_S = 1.0  # between two looks at a network that has nothing to do: clearing away


class Source(Protocol):
    """What brings gateways: the UDP port of many, the serial port of one."""

    @property
    def state(self) -> LinkState:
        """How its port is."""

    def start(self) -> None:
        """Begin to work."""

    def close(self) -> None:
        """End."""


class RadioLink:
    """A hub at work: `region`, `listens`, `window_ms` and `in_group` are the hub's; `airtime` keeps what gateways have sent.

    `on_arrival(arrival)` and `on_text(link, line)` are called in the gateways' threads.
    """

    def __init__(
        self,
        region: str,
        listens: Callable[[int], int],
        window_ms: int,
        airtime: AirtimeFile,
        on_arrival: Callable[[Arrival], None],
        on_text: Callable[[str, str], None],
        in_group: Callable[[int], bool] = lambda device: True,
    ) -> None:
        self.hub = Hub(region, listens, window_ms, airtime.save, in_group)
        self._airtime = airtime
        self.sources: dict[str, Source] = {}
        self._on_arrival = on_arrival
        self._on_text = on_text
        self._wake = threading.Condition()
        self.failure: BaseException | None = None
        self._woken = self._closing = False
        self._thread = threading.Thread(target=self._run, name="radio", daemon=True)

    @property
    def state(self) -> LinkState:
        """Up where any gateway is; else why not."""
        states = self.states()
        gateways = [states[name] for name in list(self.hub.gateways)]
        told = LinkState(self.hub.name, up=any(state.up for state in gateways))
        troubles = [state.error for state in gateways or states.values() if state.error]
        told.error = "" if told.up else next(iter(troubles), "no gateway has been heard yet")
        told.received_bytes = sum(state.received_bytes for state in gateways)
        told.sent_bytes = sum(state.sent_bytes for state in gateways)
        return told

    def states(self) -> dict[str, LinkState]:
        """Return how each port and each gateway is."""
        sources = {name: source.state for name, source in list(self.sources.items())}
        return sources | {name: gateway.state for name, gateway in list(self.hub.gateways.items())}

    def open(self, name: str, target: LinkTarget, known: Collection[str] = ()) -> None:
        """Open what leads to gateways, and keep it open."""
        source = self._semtech(name, target, known) if target.kind == "semtech" else self._board(name, target)
        self.sources[name] = source
        source.start()

    def _semtech(self, name: str, target: LinkTarget, known: Collection[str]) -> Source:
        hooks = Hooks(self.on_uplink, self.on_outcome, self.add_gateway, self._airtime.load)
        return SemtechServer(name, (target.host, target.udp_port), self.hub.places.row, hooks, now_ms, _unix_ms, known)

    def _board(self, name: str, target: LinkTarget) -> Source:
        from ..ports import open_port
        from .board import BoardGateway

        hooks = self.on_uplink, self.on_outcome, self._on_text
        gateway = BoardGateway(name, self.hub.places.region, lambda: open_port(target), *hooks, now_ms, _unix_ms)
        self.add_gateway(gateway)
        return gateway

    def add_gateway(self, gateway: Gateway) -> None:
        """Have one more gateway."""
        self.hub.add(gateway, now_ms())

    def start(self) -> None:
        """Begin to send what is due."""
        self._thread.start()

    def send(self, frame: bytes) -> None:
        """Send a frame to its device, or one of the group to all that listen."""
        if Relay.is_group(frame):
            self.hub.shout(frame, now_ms())
        else:
            self.hub.answer(frame, now_ms())
        self._look()

    def close(self) -> None:
        """Close the gateways."""
        for source in self.sources.values():
            source.close()
        self._closing = True
        self._look()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def on_uplink(self, uplink: Uplink) -> None:
        """Take a frame that a gateway heard."""
        with self._watched():
            arrival = self.hub.heard(uplink, now_ms())
        if arrival is not None:
            self._on_arrival(arrival)
        self._look()

    def on_outcome(self, number: int, error: str | None, again_ms: int | None) -> None:
        """Take what became of a downlink."""
        with self._watched():
            self.hub.outcome(number, error, now_ms(), again_ms)
        self._look()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Keep what ends a thread: a collector whose radio is dead must not look alive."""
        try:
            yield
        except BaseException as error:
            self.failure = error
            raise

    def _look(self) -> None:
        with self._wake:
            self._woken = True
            self._wake.notify()

    def _run(self) -> None:
        while not self._closing:
            with self._watched():
                at_ms = self.hub.poll(now_ms())
            wait_s = IDLE_S if at_ms is None else min(IDLE_S, max(0.0, (at_ms - now_ms()) / 1000))
            with self._wake:
                if not self._woken:
                    self._wake.wait(wait_s)
                self._woken = False


def now_ms() -> int:
    """Return the time of a clock that is never set."""
    return time.monotonic_ns() // 1_000_000


def _unix_ms() -> int:
    return time.time_ns() // 1_000_000
