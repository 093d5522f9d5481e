"""`gilmok export csv`: dated readings, one a line; `gilmok export miniseed`: waveforms for seismologists."""

from __future__ import annotations

import csv
import sys
from contextlib import closing
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from ..channels import Channels
from ..errors import Refused
from ..language import printable, say, spaced
from ..moments import format_moment, parse_moment
from ..outfile import open_output
from ..place import Place, open_place

if TYPE_CHECKING:
    from gilmok_collector.store import Record, Store

COLUMNS = ("time", "uncertainty_s", "node", "device", "log", "stream", "sequence", "channel", "value", "unit")

Text = str | None


class Format(StrEnum):
    """What kinds of files there are."""

    csv = "csv"
    miniseed = "miniseed"


class Bounds(NamedTuple):
    """Which records are wanted; None: all."""

    device: int | None
    stream: str | None
    since_ms: int | None
    until_ms: int | None


def run(
    format_: Annotated[Format, typer.Argument(metavar="csv|miniseed", help="The kind of file.")],
    site: Annotated[str, typer.Argument(metavar="SITE.toml|STORE", help="A site file, or a store: its file or its URL.")],
    node: Annotated[Text, typer.Option(metavar="NODE", help="Only this node, or device.")] = None,
    stream: Annotated[Text, typer.Option(metavar="STREAM", help="Only this stream.")] = None,
    since: Annotated[Text, typer.Option(metavar="TIME", help="From this time on: ISO 8601, of the site's zone.")] = None,
    until: Annotated[Text, typer.Option(metavar="TIME", help="Before this time.")] = None,
    output: Annotated[Text, typer.Option("-o", "--output", metavar="FILE", help="This file, complete or not at all.")] = None,
) -> int:
    """Write one line a reading: time (ISO 8601), uncertainty, node, channel, value, unit.

    As MiniSEED, write the counts of waveforms, with the codes of the site file and the sampling rate that was measured.

    Records that no clock has dated yet are counted and left out; they get their time when their node next speaks to a
    collector.
    """
    place = open_place(site)
    bounds = Bounds(
        place.device_of(node) if node is not None else None,
        stream,
        parse_moment(since, place.zone, "--since") if since is not None else None,
        parse_moment(until, place.zone, "--until") if until is not None else None,
    )
    with closing(place.open_store()) as store:
        _check_stream(store, bounds)
        if format_ is Format.miniseed:
            from ..seismic_export import export_waveforms

            return export_waveforms(place, store, bounds, output)
        channels = Channels(store)
        channels.load()
        with open_output(output) as file:
            readings, undated = _write(csv.writer(file), place, channels, store, bounds)
    print(say("exported", count=spaced(readings)), file=sys.stderr)
    if undated:
        print(say("exported_undated", count=spaced(undated)), file=sys.stderr)
    return 0


def _check_stream(store: Store, bounds: Bounds) -> None:
    """Refuse a stream that nobody has; a store that is empty as yet has any."""
    known = sorted({progress.name for progress in store.summary() if progress.name is not None})
    if bounds.stream is not None and known and bounds.stream not in known:
        raise Refused("no_stream", value=bounds.stream, known=printable(", ".join(known)))


def _write(writer: Any, place: Place, channels: Channels, store: Store, bounds: Bounds) -> tuple[int, int]:
    """Write what the bounds hold; return the numbers of readings and of undated records."""
    readings = undated = 0
    writer.writerow(COLUMNS)
    for record in store.records(*bounds):
        head = _describe(place, record)
        if head is None:
            undated += 1
            continue
        for channel, value, unit in channels.values(record, refresh=False):
            writer.writerow((*head, channel, f"{value:f}", unit))
            readings += 1
    if bounds.since_ms is not None or bounds.until_ms is not None:  # undated ones lie in no stretch of time
        undated += sum(record.unix_ms is None for record in store.records(bounds.device, bounds.stream))
    return readings, undated


def _describe(place: Place, record: Record) -> tuple[object, ...] | None:
    """Return what all readings of a record share, None where it has no date."""
    if record.unix_ms is None or record.uncertainty_ms is None:
        return None
    moment = format_moment(record.unix_ms, place.zone)
    if moment is None:
        return None
    name = record.name or f"stream {record.stream}"
    device = f"{record.device:04x}"
    return (
        moment,
        record.uncertainty_ms / 1000,
        place.name_of(record.device),
        device,
        f"{record.log:08x}",
        name,
        record.seq,
    )
