"""`gilmok nodes`: what a store holds of each node, and what is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from ..channels import Channels
from ..language import headings, language, printable, say, spaced
from ..moments import format_moment
from ..place import Place, open_place
from ..radio_view import last_record, newest, radio_line
from ..table import format_table

if TYPE_CHECKING:
    from gilmok_collector.store import Log, Progress, Store

_RIGHT = (1, 2)  # numbers stand flush right


def run(
    site: Annotated[str, typer.Argument(metavar="SITE.toml|STORE", help="A site file, or a store: its file or its URL.")],
) -> int:
    """Show each node's device, its logs and their streams.

    A gap is a range of records that no longer exist anywhere: the device said that it does not hold them any more.
    """
    place = open_place(site)
    with closing(place.open_store()) as store:
        logs, summary = store.logs(), store.summary()
        radios = _radio_lines(place, store, summary)
    streams = {key: list(group) for key, group in groupby(summary, lambda each: (each.device, each.log))}
    heard = {log.device for log in logs} | {device for device, _ in streams}
    for device in [*place.nodes, *sorted(heard - set(place.nodes))]:
        print("\n".join([*_describe_node(place, device, [log for log in logs if log.device == device], streams), *radios.get(device, ())]))
    if not heard and not place.nodes:
        print(say("store_empty"))
    return 0


def _describe_node(place: Place, device: int, logs: list[Log], streams: dict[tuple[int, int], list[Progress]]) -> Iterator[str]:
    """Yield the lines of a node."""
    node = place.site.node[place.nodes[device]] if place.site and device in place.nodes else None
    name = node.name.text(language()) if node and node.name else ""
    yield say(
        "node" if node else "node_unknown" if place.site else "device",
        name=place.name_of(device),
        device=f"{device:04x}",
    ) + (f"  {name}" if name else "")
    if not logs:
        yield "  " + say("node_silent")
    for log in logs:
        forked = say("log_forked", parent=f"{log.parent:08x}") if log.parent else ""
        yield "  " + say("log", log=f"{log.log:08x}", boot=log.boot, firmware=printable(log.firmware)) + forked
        rows = [_describe_stream(place, progress) for progress in streams.get((device, log.log), [])]
        yield from format_table([headings("streams"), *rows], _RIGHT, indent="    ")


def _radio_lines(place: Place, store: Store, summary: list[Progress]) -> dict[int, list[str]]:
    """Return by device the line of what its radio told last."""
    lines, channels = {}, Channels(store)
    for device, progress in newest(summary).items():
        record = last_record(store, progress)
        if record is not None:
            moment = None if record.unix_ms is None else format_moment(record.unix_ms, place.zone)
            lines[device] = ["  " + radio_line(place.name_of(device), record, channels, moment or say("undated"))]
    return lines


def _describe_stream(place: Place, progress: Progress) -> tuple[str, ...]:
    name = printable(progress.name) if progress.name else say("stream_unnamed", stream=progress.stream)
    inherited = say("inherited", count=spaced(progress.inherited)) if progress.inherited else ""
    lost = sum(end - first for first, end in progress.gaps)
    last = progress.last_unix_ms
    moment = format_moment(last, place.zone) if last is not None else None
    if moment is None:
        moment = say("undated") if progress.stored else "–"
    return (
        name,
        spaced(progress.stored),
        spaced(lost) if lost else "–",
        moment,
        "; ".join(filter(None, (_ranges(progress.gaps), inherited))),
    )


def _ranges(gaps: list[tuple[int, int]]) -> str:
    """Return the exact ranges, first and last number of each."""
    texts = [f"{first}" if end - first == 1 else f"{first}–{end - 1}" for first, end in gaps]
    return say("gap_ranges", ranges=", ".join(texts)) if gaps else ""
