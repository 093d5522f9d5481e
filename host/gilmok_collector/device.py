"""What the engine knows of a device and of its frames, whatever link brought them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from gilmok_wire.ccm import TAG
from gilmok_wire.collector_dialogue import Opened
from gilmok_wire.collector_session import CollectorSession
from gilmok_wire.link import Link

COPIES = 32  # frames of a device among which a copy is looked for: an alarm goes over every link, and a radio is seconds late


@dataclass(slots=True)
class Arrival:
    """A frame as a link delivered it, with the Unix time in ms at which its last byte came.

    `via` says what kind of link that is, and `uncertainty_ms` how unsure that time; None: what the engine takes for granted.
    `opened()` is called where the frame is authentic and the newest of its sender; it may return (data rate, margin) to report to that.
    """

    link: str
    frame: bytes
    unix_ms: int
    via: Link | None = None
    uncertainty_ms: int | None = None
    opened: Callable[[], tuple[int, int] | None] | None = None


@dataclass(slots=True)
class Counters:
    """What happened to frames, for people and for monitoring."""

    frames: int = 0
    bytes: int = 0
    answers: int = 0
    answer_bytes: int = 0
    records: int = 0
    readings: int = 0
    commits: int = 0
    unknown_device: int = 0
    not_ours: int = 0
    refused: int = 0
    replayed: int = 0
    repeated: int = 0  # copies of what another link had brought
    unsupported: int = 0
    failed_commits: int = 0


@dataclass(slots=True)
class DeviceState:
    """What the engine knows of a device at this moment; `link` is that of its newest frame."""

    device: int
    link: str
    session: CollectorSession
    log: int = 0
    boot: int = 0
    firmware: str = ""
    last_ms: int = 0
    frames: int = 0
    records: int = 0
    digests: dict[tuple[int, int], bytes] = field(default_factory=dict)  # (log, stream) → schema digest
    parents: dict[int, int] = field(default_factory=dict)  # log → the log it was forked from
    links: dict[str, int] = field(default_factory=dict)  # link → when it last brought a frame, or a copy of one
    tags: deque[tuple[bytes, str]] = field(default_factory=lambda: deque(maxlen=COPIES))  # the last frames' seals, and their links

    def note(self, opened: Opened, arrival: Arrival, via: Link) -> tuple[int, int] | None:
        """Take an authentic frame: answers go over the link of the newest one. One that a slower link brings late moves nothing.

        Returns (data rate, margin) to report to the device, where its link says so.
        """
        peer = opened.peer
        report = None
        if opened.counter == peer.window.highest:
            self.session.use(via, peer, arrival.link)
            if peer.confirmed or not self.session.confirmed():  # a salt that has not proved itself may be an old recording
                self.link = arrival.link
            report = arrival.opened() if arrival.opened is not None else None
        self.links[arrival.link] = self.last_ms = arrival.unix_ms
        self.tags.append((arrival.frame[-TAG:], arrival.link))
        self.frames += 1
        return report

    def note_copy(self, arrival: Arrival) -> bool:
        """Take a frame that has come before; tell whether another link had brought it, as a node sends over all of them what is urgent."""
        tag = arrival.frame[-TAG:]
        if not any(tag == known and arrival.link != link for known, link in self.tags):
            return False
        self.links[arrival.link] = arrival.unix_ms
        return True
