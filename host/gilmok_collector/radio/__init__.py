"""The collector's side of the radio: what gateways bring and take, and what a gateway is.

Frames come sealed and leave sealed: nothing here needs a key. Source: protocols/SPEC.md, section 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from gilmok_collector.links import LinkState

    from .ledger import Ledger


@dataclass(frozen=True, slots=True)
class Uplink:
    """A frame as one gateway heard it.

    Units: `unix_ms` when the collector had it; `snr_cb` tenths of a dB. `end_us` is when it ended by the gateway's own clock, None where
    the gateway does not say; `token` is whatever the gateway wants to have back with an answer.
    """

    frame: bytes
    unix_ms: int
    frequency_hz: int
    sf: int
    bw_hz: int
    rssi_dbm: int
    snr_cb: int
    gateway: str
    token: Any = None
    end_us: int | None = None


@dataclass(frozen=True, slots=True)
class Downlink:
    """A frame for one gateway to send.

    `id` is the hub's own number of it. It starts `delay_ms` after the end of the uplink that `token` and `end_us` are of; at once where
    `delay_ms` is None, and not at all where it has not started `within_ms` from now.
    """

    id: int
    frame: bytes
    channel: int
    rate: int
    frequency_hz: int
    sf: int
    bw_hz: int
    power_dbm: int
    delay_ms: int | None
    within_ms: int
    token: Any = None
    end_us: int | None = None


class Gateway(Protocol):
    """A box that moves frames between a radio and the collector, and needs no keys.

    `send` returns at once. What became of a downlink, where the gateway tells, goes to the hub's `outcome`, from any thread.
    """

    name: str
    trip_ms: int
    """How long it takes at most, as seen so far, from a frame's end at the gateway to here and from here until the gateway can send."""

    @property
    def state(self) -> LinkState:
        """Up where it can be had to send."""

    @property
    def law(self) -> Ledger | None:
        """What the law still allows it to send, where the collector has to keep that; None where the gateway itself does."""

    def airtime(self, now_ms: int) -> list[tuple[int, int]]:
        """Return (ms sent, ms allowed) of each band that the law rations, as far as is known here."""

    @property
    def faults(self) -> dict[str, int]:
        """How often its radio has failed, by reason, as far as it says."""

    def send(self, downlink: Downlink) -> None:
        """Have a frame sent."""

    def start(self) -> None:
        """Begin to work."""

    def close(self) -> None:
        """End."""
