"""The running collector: links in threads of their own, one worker that opens, commits and answers.

Frames that arrive while a commit is on its way to the disk wait and share the next one: the group grows with the load.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Collection, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from .engine import Arrival, Engine
from .links import LinkState, SerialLink
from .relay import Relay

if TYPE_CHECKING:
    from gilmok_site.links import LinkTarget

    from .radio.broker import Access
    from .radio.link import RadioLink

ATTEND_S = 0.5  # how long a command that a person gives, and what is due by the clock, wait at most for a collector that is idle
GROUP = 512  # frames in one transaction: at a kilobyte each half a megabyte, which an SSD takes in one stride
STALE_S = 1.0  # a relayed frame that waited longer behind a link that takes nothing is dropped: its sender has said it again
RETRY_S = 1.0  # after a failed commit: a full disk does not empty faster
_WAKE = Arrival("", b"", 0)  # stands in the queue for "look at the store"


class Link(Protocol):
    """What carries frames: one line to one node, or all gateways of a radio together."""

    @property
    def state(self) -> LinkState:
        """How it is."""

    def start(self) -> None:
        """Open it, now or when it appears."""

    def send(self, frame: bytes) -> None:
        """Send a frame, or lose it."""

    def close(self) -> None:
        """End."""


class Service:
    """Runs an engine over links until it is stopped.

    `on_text(link, line)` hears what nodes write for people. `duties` are what else is to be done with the store, such as projecting
    alarms: each is called with the Unix time in ms after every group of frames, and at least twice a second; more may be added before
    the start. Links may be added while it runs.
    """

    def __init__(
        self, engine: Engine, on_text: Callable[[str, str], None] | None = None, duties: Iterable[Callable[[int], object]] = ()
    ) -> None:
        self.engine = engine
        self.duties = list(duties)
        self._attend_at = 0.0
        self.links: dict[str, Link] = {}
        self.radio: RadioLink | None = None
        self._on_text = on_text or (lambda link, line: None)
        self._arrivals: queue.SimpleQueue[Arrival | None] = queue.SimpleQueue()
        self._worker = threading.Thread(target=self._work, name="collector", daemon=True)
        self._relays: queue.SimpleQueue[tuple[float, list[str], bytes] | None] = queue.SimpleQueue()
        self._relayer = threading.Thread(target=self._relay, name="relay", daemon=True)
        self.failure: BaseException | None = None

    def add_link(self, name: str, target: LinkTarget, now_ms: Callable[[], int] | None = None) -> None:
        """Open a link by its URL, and keep it open."""
        self.adopt(name, self._make_link(name, target, now_ms or _now_ms))

    def adopt(self, name: str, link: Link) -> None:
        """Take a link that somebody has made, whose frames come to `take`, and start it."""
        self.links[name] = link
        self.engine.relay.add_link(name)
        link.start()

    def take(self, arrival: Arrival) -> None:
        """Take a frame, from any thread."""
        self._on_arrival(arrival)

    def _make_link(self, name: str, target: LinkTarget, now_ms: Callable[[], int]) -> Link:
        if target.kind == "ble":
            from .ble.link import BleLink

            return BleLink(name, self.engine.keys, self._on_arrival, now_ms, adapter=target.port)
        from .ports import open_port

        return SerialLink(name, lambda: open_port(target), self._on_frame, self._on_text, now_ms)

    def add_radio(
        self,
        region: str,
        listens: Callable[[int], int],
        window_ms: int,
        airtime: Path | None = None,
        in_group: Callable[[int], bool] = lambda device: True,
    ) -> None:
        """Have a radio; `listens(device)` tells when a node does, as gilmok_wire.windows counts it, in windows from `window_ms` on.

        `in_group(device)` tells who has to hear what nodes of the site's group say to each other. In the file `airtime` is kept what
        gateways have sent, where the region limits that.
        """
        from .radio.airtime_file import AirtimeFile
        from .radio.link import RadioLink

        kept = AirtimeFile(airtime, region)
        self.radio = RadioLink(region, listens, window_ms, kept, self._on_arrival, self._on_text, in_group)
        self.links[self.radio.hub.name] = self.radio
        self.engine.relay.add_link(self.radio.hub.name, shared=True)
        self.radio.start()

    def add_gateways(self, name: str, target: LinkTarget, known: Collection[str] = ()) -> None:
        """Open what leads to gateways of the radio; `known` are the EUIs of those that may use it, all where there are none."""
        if self.radio is None:
            raise ValueError(f"link {name}: gateways need a radio")
        self.radio.open(name, target, known)

    def add_chirpstack(self, name: str, target: LinkTarget, access: Access | None = None) -> None:
        """Connect to the MQTT broker of a ChirpStack, which `access` opens, and stay connected."""
        from .radio.chirpstack import ChirpstackLink

        link = ChirpstackLink(name, target, self._on_arrival, access)
        self.links[name] = link
        self.engine.relay.add_link(name, shared=True)
        link.start()

    def states(self) -> dict[str, LinkState]:
        """Return how each link is, and behind the radio each port and each gateway."""
        own = {name: link.state for name, link in list(self.links.items())}
        return own if self.radio is None else own | self.radio.states()

    def start(self) -> None:
        """Begin to work."""
        self._worker.start()
        self._relayer.start()

    def stop(self) -> None:
        """Close the links, finish what has arrived, and close the store."""
        for link in self.links.values():
            link.close()
        self._arrivals.put(None)
        self._relays.put(None)
        for thread in (self._worker, self._relayer):
            if thread.is_alive():
                thread.join(timeout=30)

    def attend(self) -> None:
        """Look after the commands in the store at once, since one has been queued; from any thread."""
        self._attend_at = 0.0
        self._arrivals.put(_WAKE)

    def is_alive(self) -> bool:
        """Tell whether the worker runs, and the radio where there is one; `failure` says why not."""
        if self.radio is not None and self.radio.failure is not None:
            self.failure = self.radio.failure
            return False
        return self._worker.is_alive()

    def _on_frame(self, link: str, frame: bytes, unix_ms: int) -> None:
        self._on_arrival(Arrival(link, frame, unix_ms))

    def _on_arrival(self, arrival: Arrival) -> None:
        if Relay.is_group(arrival.frame):
            names = self.engine.relay.take(arrival.link, arrival.frame, arrival.unix_ms)
            self._relays.put((time.monotonic(), list(names), arrival.frame))
        else:
            self._arrivals.put(arrival)

    def _relay(self) -> None:
        """Send on what nodes say to each other, in a thread of its own: a commit may take a second, and a link that is full two."""
        while (item := self._relays.get()) is not None:
            arrived_s, names, frame = item
            for name in names:
                link = self.links[name]
                if link.state.up and time.monotonic() - arrived_s < STALE_S:
                    link.send(frame)

    def _work(self) -> None:
        try:
            while (group := self._next_group()) is not None:
                if group:
                    self._send(self.engine.handle(group))
                self._attend()
                if self.engine.last_error is not None:
                    time.sleep(RETRY_S)
        except BaseException as error:  # whatever it is, the person at the terminal must hear of it, and systemd must restart us
            self.failure = error
            raise

    def _attend(self) -> None:
        if time.monotonic() >= self._attend_at:
            self._attend_at = time.monotonic() + ATTEND_S
            self._send(self.engine.attend(_now_ms()))
        for duty in self.duties:
            self.engine.attempt(partial(duty, _now_ms()))

    def _send(self, frames: Iterable[tuple[str, bytes]]) -> None:
        for link, frame in frames:
            self.links[link].send(frame)

    def _next_group(self) -> list[Arrival] | None:
        """Return what has arrived, nothing where none came for a while, None at the end."""
        try:
            first = self._arrivals.get(timeout=max(0.0, self._attend_at - time.monotonic()))
        except queue.Empty:
            return []
        if first is None:
            return None
        group = [] if first is _WAKE else [first]
        while len(group) < GROUP:
            try:
                arrival = self._arrivals.get_nowait()
            except queue.Empty:
                break
            if arrival is None:
                self._arrivals.put(None)
                break
            if arrival is not _WAKE:
                group.append(arrival)
        return group


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
