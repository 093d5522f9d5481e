"""`gilmok tail`: the latest records of a store, and new ones as they come."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from ..channels import Channels
from ..language import printable, say
from ..moments import format_moment, format_uptime
from ..place import Place, open_place
from ..stopping import StopSignals

if TYPE_CHECKING:
    from gilmok_collector.store import Record, Store

POLL_S = 0.5  # a person does not see the difference, and an idle store is asked for one number
BATCHES = 256  # what Store.tail returns at once, so that steps of this size meet
SEARCHED = 100 * BATCHES  # how far back a node is looked for: seconds, on a slow disk


def run(
    site: Annotated[str, typer.Argument(metavar="SITE.toml|STORE", help="A site file, or a store: its file or its URL.")],
    node: Annotated[str | None, typer.Option(metavar="NODE", help="Only this node, or device.")] = None,
    records: Annotated[int, typer.Option("-n", "--records", min=0, help="How many of the latest records.")] = 10,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on with new records until stopped.")] = False,
) -> int:
    """Show records in the order they came.

    Each line has the time and its uncertainty, node, stream and number, and the values in their units. A record that no
    clock has dated yet shows its boot and uptime instead.
    """
    place = open_place(site)
    device = place.device_of(node) if node is not None else None
    with closing(place.open_store()) as store:
        channels = Channels(store)
        cursor, latest = _find_latest(store, device, records)
        for record in latest:
            print(_describe(place, channels, record), flush=follow)  # behind a pipe too, before the next one comes
        stop = StopSignals()  # and not KeyboardInterrupt, which nobody raises in a process that was started in the background
        try:
            while follow and not stop.asked:
                cursor = _follow(place, store, channels, cursor, device, stop)
        finally:
            stop.release()
    return 0


def _find_latest(store: Store, device: int | None, wanted: int) -> tuple[int, list[Record]]:
    """Return the cursor behind the newest batch, and the last records, oldest first."""
    newest, _ = store.tail()
    found: list[Record] = []
    start = newest
    while start > max(0, newest - SEARCHED) and len(found) < wanted:
        start = (start - 1) // BATCHES * BATCHES
        found = [record for record in store.tail(start)[1] if device in (None, record.device)] + found
    return newest, found[-wanted:] if wanted else []


def _follow(place: Place, store: Store, channels: Channels, cursor: int, device: int | None, stop: StopSignals) -> int:
    """Print what came after the cursor, or wait a moment; return the new cursor."""
    cursor, records = store.tail(cursor)
    for record in records:
        if device in (None, record.device):
            print(_describe(place, channels, record), flush=True)
    if not records:
        stop.wait(POLL_S)
    return cursor


def _describe(place: Place, channels: Channels, record: Record) -> str:
    when = None
    if record.unix_ms is not None and record.uncertainty_ms is not None:
        when = format_moment(record.unix_ms, place.zone)
    if when is not None:
        when += f" ±{(record.uncertainty_ms or 0) / 1000:g} s"
    else:
        when = say("undated_at", boot=record.boot, uptime=format_uptime(record.uptime_ms))
    values = "  ".join(_value(*value) for value in channels.values(record))
    stream = printable(record.name or say("stream_unnamed", stream=record.stream))
    return f"{when}  {place.name_of(record.device)}  {stream} {record.seq}  {values or '–'}"


def _value(channel: str, value: Decimal, unit: str) -> str:
    return f"{channel} {value:f}" + (f" {unit}" if unit not in ("", "1") else "")
