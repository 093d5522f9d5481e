"""What the radios of nodes told last of themselves: the newest record of each node's stream "radio", as a line for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .channels import Channels
from .language import language, say, spaced

if TYPE_CHECKING:
    from decimal import Decimal

    from gilmok_collector.store import Progress, Record, Store

STREAM = "radio"  # firmware/gilmok_node/radio/radio_stream.py


def newest(summary: Iterable[Progress]) -> dict[int, Progress]:
    """Return by device the stream of its radio that was heard last: a device that forked has several logs."""
    found: dict[int, Progress] = {}
    for progress in summary:
        before = found.get(progress.device)
        is_later = before is None or (progress.last_received_ms or 0) >= (before.last_received_ms or 0)
        if progress.name == STREAM and progress.stored and is_later:
            found[progress.device] = progress
    return found


def last_record(store: Store, progress: Progress) -> Record | None:
    """Return the newest stored record of a stream.

    Raises: StoreError.
    """
    records = list(store.rows(progress.device, progress.log, progress.stream, progress.next - 1, progress.next))
    return records[-1] if records else None


def radio_line(name: str, record: Record, channels: Channels, when: str) -> str:
    """Return what a node's radio has done since its boot, in one line; `when` says when it was so."""
    from gilmok_site.radio_sources import REASONS

    told = {each.channel: each.value for each in channels.values(record)}
    parts = [say("radio_air", air=spaced(round(told.get("air", 0))))]
    if "used" in told:
        parts.append(say("radio_used", share=round(told["used"] * 100)))
    if told.get("refused"):
        reason = REASONS.get(int(told.get("reason", 0)), ("?", "?"))[language() == "ko"]
        parts.append(say("radio_refused", count=_count(told, "refused"), reason=reason))
    for channel, word in (("missed", "radio_missed"), ("faults", "radio_faults")):
        if told.get(channel):
            parts.append(say(word, count=_count(told, channel)))
    if "rate" in told:
        parts.append(f"DR{int(told['rate'])}")
    return say("radio_line", name=name, boot=record.boot, told=", ".join(parts), when=when)


def _count(told: dict[str, Decimal], channel: str) -> str:
    return spaced(int(told[channel]))
