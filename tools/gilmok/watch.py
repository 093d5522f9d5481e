"""What a running collector has to tell: a row for each node, and notes of what a person should know.

The collector's threads only put things into a queue; everything else happens where `poll` is called.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from .alarm_view import tell_event
from .channels import Channels, Stream
from .chip_words import explained
from .language import printable, say, spaced
from .place import Place
from .remedies import KINDS, Remedies

if TYPE_CHECKING:
    from gilmok_collector.alarms.event import AlarmEvent
    from gilmok_collector.engine import Engine
    from gilmok_collector.radio import Gateway
    from gilmok_collector.service import Service
    from gilmok_collector.store import Progress, Store, StoreError
    from gilmok_collector.store.notices import HeldUp

# Priorities of syslog (RFC 5424, table 2), which journald takes from the start of a line.
ERROR, WARNING, INFO, DEBUG = 3, 4, 6, 7

SUMMARY_S = 1.0  # a person reads no faster
ALARMS_S = 0.5  # a duty room wants to read of an alarm at once, and a look costs 0.1 ms
SUMMARY_SHARE = 20  # a summary that takes 50 ms is made once a second, one of 1 s every 20 s
DEAF_MS = 30_000  # by then a notice has been tried four times: no hiccup
LINES_A_POLL = 5  # of text from one link: garbage that looks like text must not drown the rest
DIAGNOSTIC_PRIORITIES = (DEBUG, INFO, WARNING, ERROR, ERROR)  # of the levels debug, info, warning, error, fatal


@dataclass(frozen=True)
class Note:
    """One line for people."""

    priority: int
    text: str


@dataclass
class Held:
    """What the store holds of one device: records, gaps, and the records lost in them."""

    stored: int = 0
    gaps: int = 0
    lost: int = 0

    def add(self, progress: Progress) -> None:
        """Count one stream."""
        self.stored += progress.stored
        self.gaps += len(progress.gaps)
        self.lost += sum(end - first for first, end in progress.gaps)


@dataclass
class Row:
    """How one device is, by what is known of it."""

    device: int
    name: str
    held: Held
    link: str = ""
    up: bool | None = None
    backlog: int | None = None
    seen_ms: int | None = None
    boot: int | None = None


class Watch:
    """Gathers what a collector has to tell.

    `reader` is a connection to the store of our own: that of the engine belongs to its thread.
    """

    def __init__(self, place: Place, reader: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self.place = place
        self.url = reader.url
        self.notes: deque[Note] = deque(maxlen=200)
        self.store_error: StoreError | None = None
        self._reader = reader
        self._channels = Channels(reader)
        self._clock = clock
        self.remedies = Remedies(place)
        self._queue: SimpleQueue[tuple[int | str, Any]] = SimpleQueue()
        self._held: dict[int, Held] = {}
        self._summary_at = 0.0
        self._latest: dict[tuple[int, int, int], list[int | None]] = {}  # of each stream, since the last refresh
        self._backlogs: dict[int, int] = {}
        self._boots: dict[int, tuple[int, int]] = {}
        self._links_up: dict[str, tuple[bool, str]] = {}  # and why not, where something can be done about it
        self._failed_at = 0.0
        self._held_up: dict[str, HeldUp] = {}
        self._deaf: set[str] = set()  # targets of whom it was said that they cannot be told
        self._stopped = False
        self._alarms_at = 0.0
        self._alarm = reader.alarms.newest()  # what came before is in `gilmok alarms list`

    # Called by the collector's threads.

    def on_event(self, device: int, event: tuple) -> None:
        """Take an event of the engine."""
        self._queue.put((device, event))

    def on_text(self, link: str, line: str) -> None:
        """Take a line of text that a node wrote for people."""
        self._queue.put((link, line))

    # Called by the one that shows it.

    def poll(self, service: Service) -> list[Note]:
        """Take in what has happened; return what is new to say."""
        notes = [*self._check_links(service), *self._take_queue(), *self._check_store(service.engine)]
        notes += [Note(WARNING, text) for text in self.remedies.news(service, self._clock())]
        notes += self._check_notices(time.time_ns() // 1_000_000)
        now = self._clock()
        if now >= self._alarms_at:
            self._alarms_at = now + ALARMS_S
            notes += self._take_alarms()
        if now >= self._summary_at:
            self.refresh()
            self._summary_at = self._clock() + max(SUMMARY_S, SUMMARY_SHARE * (self._clock() - now))
        self.notes.extend(notes)
        return notes

    def drain(self) -> list[Note]:
        """Take in what is left once the collector has stopped, links aside: closing them is no news."""
        self._stopped = True
        notes = [*self._take_queue(), *self._take_alarms()]
        self.refresh()
        self.notes.extend(notes)
        return notes

    def rows(self, service: Service) -> list[Row]:
        """Return a row for each node of the site, and for other devices that were heard or stored."""
        engine = service.engine
        others = set(self._held) | set(engine.devices)
        return [self._row(service, device) for device in [*self.place.nodes, *sorted(others - set(self.place.nodes))]]

    def total(self) -> Held:
        """Return what the store holds of all devices."""
        held = self._held.values()
        return Held(sum(each.stored for each in held), sum(each.gaps for each in held), sum(each.lost for each in held))

    def refresh(self) -> None:
        """Read from the store what it holds."""
        from gilmok_collector.store import StoreError

        try:
            summary = self._reader.summary()
            self._held_up = {each.target: each for each in self._reader.notices.held_up()}
        except StoreError:  # the old figures stay; the engine says what is wrong with the store
            return
        self._held = {}
        for progress in summary:
            self._held.setdefault(progress.device, Held()).add(progress)
        self._take_backlogs()

    def _row(self, service: Service, device: int) -> Row:
        state = service.engine.devices.get(device)
        node = self.place.site.node.get(self.place.name_of(device)) if self.place.site else None
        row = Row(device, self.place.name_of(device), self._held.get(device, Held()))
        row.link = state.link if state else (node and node.link) or ""
        if row.link in service.links and not self._stopped:
            row.up = service.links[row.link].state.up
        row.backlog = self._backlogs.get(device)
        if state is not None and state.frames:
            row.seen_ms, row.boot = state.last_ms, state.boot or None
        return row

    def _take_queue(self) -> list[Note]:
        notes: list[Note] = []
        lines: dict[str, int] = {}
        while True:
            try:
                source, what = self._queue.get_nowait()
            except Empty:
                break
            if isinstance(source, int):
                if what[0] in KINDS:
                    self.remedies.take(source, *what)
                handler = self._HANDLERS.get(what[0])
                notes += handler(self, source, *what[1:]) if handler else []
                continue
            lines[source] = lines.get(source, 0) + 1
            if lines[source] <= LINES_A_POLL:
                notes.append(Note(INFO, f"{source}: {explained(printable(what))}"))
        left_out = {link: count - LINES_A_POLL for link, count in lines.items() if count > LINES_A_POLL}
        return notes + [Note(INFO, say("lines_left_out", link=link, count=count)) for link, count in left_out.items()]

    def _take_alarms(self) -> list[Note]:
        """Return what has happened to alarms, of nodes and of the collector's own."""
        from gilmok_collector.store import StoreError

        try:
            events = self._reader.alarms.events(after=self._alarm)
        except StoreError:
            return []
        self._alarm = max((event.id for event in events), default=self._alarm)
        return [Note(_priority(event), printable(tell_event(event))) for event in events]

    def _check_links(self, service: Service) -> list[Note]:
        from gilmok_site.secret import variable_of

        notes = []
        for name, state in service.states().items():
            told = state.up, state.trouble
            if self._links_up.get(name) != told and (state.up or state.error != "not opened yet"):
                self._links_up[name] = told
                code = "link_up" if state.up else "link_down"
                reason = printable(state.error)
                if state.trouble:
                    reason += "; " + say(f"link_trouble_{state.trouble}", link=name, variable=variable_of(name, "LINK"))
                notes.append(Note(INFO if state.up else WARNING, say(code, link=name, reason=reason)))
        return notes

    def _check_store(self, engine: Engine) -> list[Note]:
        error, before = engine.last_error, self.store_error
        self.store_error = error
        if error is not None and before is None:
            self._failed_at = self._clock()
            return [Note(ERROR, say("store_failed", reason=error))]
        if error is None and before is not None:
            return [Note(WARNING, say("store_again", seconds=round(self._clock() - self._failed_at)))]
        return []

    def _check_notices(self, now_ms: int) -> list[Note]:
        """Say of whom nobody hears alarms, and when they do again."""
        deaf = {name: each for name, each in self._held_up.items() if each.error and now_ms - each.since_ms >= DEAF_MS}
        notes = [
            Note(ERROR, say("notices_wait", target=name, count=each.number, reason=printable(each.error)))
            for name, each in deaf.items()
            if name not in self._deaf
        ]
        notes += [Note(WARNING, say("notices_again", target=name)) for name in sorted(self._deaf - deaf.keys())]
        self._deaf = set(deaf)
        return notes

    def _take_backlogs(self) -> None:
        """Learn what each node has waiting, from the latest record of its health stream."""
        for (device, log, number), values in self._latest.items():
            stream = self._stream(device, log, number)
            if stream is not None and stream.name == "health":
                for value, (channel, *_) in zip(values, stream.columns, strict=False):
                    if channel == "backlog" and value is not None:
                        self._backlogs[device] = value
        self._latest.clear()

    # Events.

    def _stream(self, device: int, log: int, stream: int) -> Stream | None:
        from gilmok_collector.store import StoreError

        try:
            return self._channels.stream(device, log, stream)
        except StoreError:  # busy, full or gone: the name can wait
            return None

    def _on_hello(self, device: int, log: int, parent: int, boot: int, suite: int, digest: bytes, firmware: str) -> list[Note]:
        if self._boots.get(device) == (log, boot):
            return []
        self._boots[device] = log, boot
        name = self.place.name_of(device)
        return [Note(INFO, say("hello", name=name, log=f"{log:08x}", boot=boot, firmware=printable(firmware)))]

    def _on_rows(self, device: int, log: int, rows: Any) -> list[Note]:
        self._latest[device, log, rows.stream] = [column[-1] for column in rows.columns]
        return []

    def _on_gap(self, device: int, log: int, stream: int, first: int, end: int) -> list[Note]:
        known = self._stream(device, log, stream)
        name = known.name if known else say("stream_unnamed", stream=stream)
        facts = {"first": first, "last": end - 1, "count": spaced(end - first)}
        return [Note(WARNING, say("gap", name=self.place.name_of(device), stream=name, **facts))]

    def _on_fork(self, device: int, log: int) -> list[Note]:
        return [Note(WARNING, say("fork", name=self.place.name_of(device), log=f"{log:08x}"))]

    def _on_diagnostic(self, device: int, level: int, text: str) -> list[Note]:
        priority = DIAGNOSTIC_PRIORITIES[min(level, len(DIAGNOSTIC_PRIORITIES) - 1)]
        return [Note(priority, f"{self.place.name_of(device)}: {explained(printable(text))}")]

    _HANDLERS: dict[str, Any] = {
        "hello": _on_hello,
        "rows": _on_rows,
        "gap": _on_gap,
        "fork": _on_fork,
        "diagnostic": _on_diagnostic,
    }


def gateway_lines(service: Service) -> list[str]:
    """Return a line for each gateway of the radio: how it is, and what has gone through it."""
    radio = service.radio
    if radio is None:
        return []
    from gilmok_collector.radio.link import now_ms as monotonic_ms

    lines = []
    for name, gateway in sorted(radio.hub.gateways.items()):
        traffic = radio.hub.traffic[name]
        facts = {"heard": spaced(traffic.heard), "sent": spaced(traffic.sent), "refused": spaced(traffic.refused)}
        line = say("gateway_line", name=name, state=say("up" if gateway.state.up else "down"), **facts)
        lines.append(line + "".join(_gateway_more(gateway, radio.hub.airtime(name, monotonic_ms()))))
    return lines


def _gateway_more(gateway: Gateway, bands: list[tuple[int, int]]) -> list[str]:
    """Return what else a gateway's line says: the airtime of bands that are rationed, what its radio has met, why it is down."""
    more = [say("gateway_air", used=used // 1000, allowed=allowed // 1000) for used, allowed in bands]
    if gateway.faults:
        more.append(say("gateway_faults", faults=", ".join(f"{reason} {count}" for reason, count in sorted(gateway.faults.items()))))
    return more if gateway.state.up or not gateway.state.error else [*more, f" – {printable(gateway.state.error)}"]


def _priority(event: AlarmEvent) -> int:
    if event.event not in ("raise", "escalate"):
        return INFO
    return ERROR if event.level > 2 else WARNING
