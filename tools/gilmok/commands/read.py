"""`gilmok read`: reads a node in the field, with a permit, and acknowledges nothing."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import Refused
from ..language import say, spaced
from ..lock import hold_store
from ..moments import now_ms, parse_moment
from ..operating import parse_span

if TYPE_CHECKING:
    from gilmok_collector.reading.dialogue import Asking
    from gilmok_collector.reading.talk import Entry
    from gilmok_site.links import LinkTarget
    from gilmok_site.permit import NodePermit, Permit

Text = str | None
_LINES = ("serial", "usb", "socket", "rfc2217", "tcp")
_REFUSALS = ("read_ended", "read_no_time", "read_urgent")  # by the reason of SPEC.md section 10


def run(
    permit: Annotated[str, typer.Argument(metavar="PERMIT", help="The file that `gilmok permit` wrote.")],
    node: Annotated[str, typer.Argument(metavar="NODE", help="The node to read.")],
    link: Annotated[Text, typer.Option(metavar="URL", help='A line, such as "serial:/dev/ttyUSB0"; without it BLE.')] = None,
    adapter: Annotated[str, typer.Option(metavar="NAME", help="A Bluetooth adapter, such as hci1; on Linux only.")] = "",
    last: Annotated[Text, typer.Option(metavar="TIME", help='What is younger than this, such as "2h".')] = None,
    since: Annotated[Text, typer.Option(metavar="TIME", help="From this time on: ISO 8601, UTC without an offset.")] = None,
    stream: Annotated[Text, typer.Option(metavar="STREAM", help="Only this stream, such as river.")] = None,
    into: Annotated[Text, typer.Option(metavar="FILE", help="The store to read into; NODE.db without it.")] = None,
) -> int:
    """Copy what a node holds into a store on this computer, as far as it is not there yet.

    `gilmok tail`, `nodes` and `export` show that store as any other. The node goes on as if nobody had been there: the city's
    collector gets everything all the same. What broke off is done again and goes on where it was.
    """
    from gilmok_collector.reading.talk import Entry
    from gilmok_site.permit import read_permit

    allowed = read_permit(Path(permit))
    if node not in allowed.nodes:
        raise Refused("read_no_node", value=node, file=permit, known=", ".join(allowed.nodes) or "–")
    if last is not None and since is not None:
        raise Refused("read_two_times")
    since_ms = _since(last, since)
    found = allowed.nodes[node]
    entry = Entry(found.device, bytes(found.key), allowed.until_s, allowed.number)
    _check(allowed)
    file = into or f"{node}.db"
    with hold_store(f"sqlite:{file}"):
        records = _read(file, entry, found, since_ms, stream, link, adapter)
    print(say("read_done", node=node, count=spaced(records), file=file))
    return 0


def _since(last: str | None, since: str | None) -> int | None:
    from datetime import UTC

    if last is not None:
        return now_ms() - parse_span(last, "--last")
    return None if since is None else parse_moment(since, UTC, "--since")


def _check(permit: Permit) -> None:
    """Refuse what the node would refuse: it says so only where it knows the time."""
    if now_ms() >= permit.until_s * 1000:
        raise Refused("read_ended")


def _read(file: str, entry: Entry, found: NodePermit, since_ms: int | None, stream: str | None, link: str | None, adapter: str) -> int:
    """Read into a store, and return how many records came; what had come before something failed is kept."""
    from gilmok_collector.reading.dialogue import Dialogue, NodeRefuses
    from gilmok_collector.reading.keep import Keeper
    from gilmok_collector.reading.talk import Silent
    from gilmok_collector.store import open_store
    from gilmok_wire.errors import DecodeError

    with closing(open_store(f"sqlite:{file}")) as store:
        keeper = Keeper(store, entry.device, now_ms())
        dialogue = Dialogue(keeper.settled, keeper.take, since_ms, stream)
        try:
            _talk(entry, found.tag, dialogue.run(), link, adapter)
        except Silent as error:
            raise Refused("read_no_room" if error.full else "read_silent") from None
        except NodeRefuses as error:
            raise Refused(_REFUSALS[error.reason] if 0 <= error.reason < len(_REFUSALS) else "read_refused") from None
        except DecodeError as error:
            raise Refused("read_nonsense", reason=error) from None
        finally:
            keeper.flush()
        if stream is not None and stream not in dialogue.names.values():
            raise Refused("no_stream", value=stream, known=", ".join(sorted(dialogue.names.values())))
        return dialogue.records


def _target(link: str) -> LinkTarget:
    from gilmok_site.errors import BadValue
    from gilmok_site.links import parse_link_url

    try:
        target = parse_link_url(link)
    except BadValue:
        raise Refused("read_link_kind", value=link) from None
    if target.gateway or target.kind not in _LINES:
        raise Refused("read_link_kind", value=link)
    return target


def _talk(entry: Entry, tag: bytes, asking: Asking, link: str | None, adapter: str) -> None:
    if link is not None:
        from gilmok_collector.ports import open_port
        from gilmok_collector.reading.line import read_over_line

        target = _target(link)
        try:
            asyncio.run(read_over_line(entry, lambda: open_port(target), asking))
        except (OSError, ValueError) as error:
            raise Refused("read_link", value=link, reason=error) from None
        return
    from gilmok_collector.ble.rounds import FAILURES
    from gilmok_collector.reading.ble import read_over_ble

    try:
        asyncio.run(read_over_ble(entry, tag, asking, adapter))
    except FAILURES as error:
        raise Refused("ble_unavailable", reason=str(error) or type(error).__name__) from None
