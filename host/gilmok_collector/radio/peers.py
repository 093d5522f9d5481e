"""What a hub knows of each device that it has heard, and what waits for it."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from .hearing import Heard

ALL = -1  # in the place of a key: whoever listens


def key_of(frame: bytes) -> int:
    """Return whose frame it is, up or down: a device under its proved session, or, with the lowest bit, under one that has to prove itself.

    Those are told apart by their salt, which stands in the frames of both ways until then. A recorded greeting that somebody sends
    again is authentic; it may lead its own answer astray, and none of the proved session.
    """
    return int.from_bytes(frame[1:3], "big") << 1 | frame[0] >> 3 & 1


@dataclass(slots=True)
class Task:
    """A frame on its way down. `to` is its key, or ALL; a frame of the group has its gateway and place."""

    frame: bytes
    to: int
    until_ms: int
    gateway: str = ""
    place: tuple[int, int] = (0, 0)
    avoid: set[str] = field(default_factory=set)  # gateways that will not send it


@dataclass(slots=True)
class Peer:
    """What is known of one sender that was heard, and authentic."""

    last: Heard
    queue: deque[Task] = field(default_factory=deque)
    free_ms: int = 0  # until when its last downlink may be on the air
    snr_cb: float | None = None
    told: tuple[int, int, int] | None = None  # (rate, margin, when) of the last report


@dataclass(slots=True)
class Traffic:
    """What one gateway has heard of ours, copies included, was given to send, and refused."""

    heard: int = 0
    sent: int = 0
    refused: int = 0


@dataclass(slots=True)
class HubCounters:
    """What became of frames: `refused` counts what gateways said, by their word."""

    heard: int = 0
    copies: int = 0
    again: int = 0
    doubled: int = 0
    not_ours: int = 0
    off_channel: int = 0
    sent: int = 0
    sent_second: int = 0
    late: int = 0
    unknown: int = 0
    unlawful: int = 0
    shouted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
