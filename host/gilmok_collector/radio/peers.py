"""What a hub knows of each device that it has heard, and what waits for it."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from .hearing import Heard


@dataclass(slots=True)
class Task:
    """A frame on its way down. `to` is its device, or GROUP; a frame of the group has its gateway and place."""

    frame: bytes
    to: int
    until_ms: int
    gateway: str = ""
    place: tuple[int, int] = (0, 0)
    avoid: set[str] = field(default_factory=set)  # gateways that will not send it


@dataclass(slots=True)
class Peer:
    """What is known of one device that was heard, and authentic."""

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
