"""Writes the waveforms of a store as MiniSEED, under the codes that the site file gives them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from gilmok_wire.messages import WAVEFORM

from .channels import Channels, scale
from .errors import Refused
from .language import printable, say, spaced
from .miniseed import Codes, band_code, encode_records
from .outfile import open_binary_output
from .waveforms import split

if TYPE_CHECKING:
    from gilmok_collector.store import Record, Store

    from .commands.export import Bounds
    from .place import Place

_INSTRUMENT = "N"  # appendix A: accelerometer
_AXES = 3


class Source(NamedTuple):
    """A waveform of a device, whatever number its stream has in which log."""

    device: int
    stream: str


class Tally:
    """What was written of a channel."""

    def __init__(self) -> None:
        self.samples = 0
        self.pieces = 0
        self.seconds = 0.0


def export_waveforms(place: Place, store: Store, bounds: Bounds, output: str | None) -> int:
    """Write what the bounds hold, and tell what it was; return the exit code.

    Raises: Refused.
    """
    sources = _sources(place, store, bounds)
    if output in (None, "-") and sys.stdout.isatty():
        raise Refused("miniseed_terminal")
    channels = Channels(store)
    channels.load()
    undated = 0
    with open_binary_output(output) as file:
        for source in sources:
            undated += _write(file, place, channels, store, source, bounds)
    if undated:
        print(say("exported_undated", count=spaced(undated)), file=sys.stderr)
    return 0


def _sources(place: Place, store: Store, bounds: Bounds) -> list[Source]:
    """Return the waveforms that are wanted, each under codes of its own."""
    known = {Source(progress.device, progress.name) for progress in store.summary() if progress.kind == WAVEFORM and progress.name}
    wanted = sorted(
        source
        for source in known
        if (bounds.device is None or source.device == bounds.device) and (bounds.stream is None or source.stream == bounds.stream)
    )
    if not wanted:
        names = ", ".join(sorted({f"{place.name_of(source.device)}/{source.stream}" for source in known}))
        raise Refused("no_waveform", known=printable(names) or "–")
    for source in wanted:
        rival = next((other for other in wanted if other != source and _place_codes(place, other) == _place_codes(place, source)), None)
        if rival is not None:
            names = ", ".join(f"{place.name_of(each.device)}/{each.stream}" for each in (source, rival))
            raise Refused("same_codes", names=printable(names), codes=".".join(_place_codes(place, source)))
    return wanted


def _place_codes(place: Place, source: Source) -> tuple[str, str, str]:
    """Return network, station and location; without a site file the network is nobody's and the station the device."""
    node = place.nodes.get(source.device)
    if place.site is None or node is None:
        return "XX", f"{source.device:04X}", ""
    return place.site.about.network, place.site.station_of(node), place.site.node[node].location


def _write(file: BinaryIO, place: Place, channels: Channels, store: Store, source: Source, bounds: Bounds) -> int:
    """Write a waveform; return how many samples nobody has dated."""
    site, node = place.site, place.nodes.get(source.device)
    axes = site.node[node].axes if site is not None and node is not None else "123"
    undated = 0
    first: Record | None = None

    def dated() -> Iterator[Record]:
        nonlocal undated, first
        for record in store.records(source.device, source.stream, bounds.since_ms, bounds.until_ms):
            first = first or record
            undated += record.unix_ms is None
            yield record

    tallies: dict[Codes, Tally] = {}
    number = 1
    for waveform in split(dated(), _AXES):
        for axis, piece in zip(axes, waveform.pieces(), strict=False):
            codes = Codes(*_place_codes(place, source), band_code(float(piece.nominal_hz)) + _INSTRUMENT + axis)
            tally = tallies.setdefault(codes, Tally())
            for record in encode_records(codes, piece, number):
                file.write(record)
                number += 1
            tally.samples += len(piece.samples)
            tally.pieces += 1
            tally.seconds += len(piece.samples) / piece.rate_hz
    for codes, tally in tallies.items():
        rate = f"{tally.samples / tally.seconds:.4f}"
        facts = {"count": spaced(tally.samples), "pieces": spaced(tally.pieces), "rate": rate, "step": _step(channels, first)}
        print(say("exported_waveform", codes=str(codes), **facts), file=sys.stderr)
    return undated


def _step(channels: Channels, record: Record | None) -> str:
    """Return what a count is worth, as the stream's schema says."""
    if record is None:
        return "?"
    stream = channels.stream(record.device, record.log, record.stream, refresh=False)
    if stream is None:
        return "?"
    [one, *_] = scale([1], stream.columns)
    return f"{Decimal(one.value):f} {one.unit}"
