"""`gilmok overrides`: lists the values that were set from here."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from ..language import headings, printable, say
from ..moments import format_moment, now_ms
from ..place import Place, open_place
from ..table import format_table

if TYPE_CHECKING:
    from gilmok_site.override import Override


def run(
    site: Annotated[str, typer.Argument(metavar="SITE.toml|STORE", help="A site file, or a store: its file or its URL.")],
    history: Annotated[bool, typer.Option("--history", help="Also what expired, was replaced, withdrawn or written back.")] = False,
) -> int:
    """List the values that lie over the site file, oldest first: who set them, when, and how long they last."""
    from gilmok_site.override import active

    place, now = open_place(site), now_ms()
    with closing(place.open_store()) as store:
        entries = store.intended.history()
    counting = active(entries, now)
    shown = entries if history else counting
    if not shown:
        print(say("overrides_none"))
        return 0
    said = _said_by_files(site, shown) if place.site else {}
    rows = [_row(place, each, said.get(each.key, "–"), _state(each, entries, now) if history else "") for each in shown]
    print("\n".join(format_table([headings("overrides"), *rows])))
    return 0


def _said_by_files(site: str, entries: list[Override]) -> dict[str, str]:
    """Return what the files say at the key of each entry, where they say anything."""
    from gilmok_site.errors import toml_value
    from gilmok_site.load import file_values

    values = file_values(site, [each.path for each in entries])
    return {each.key: toml_value(value) for each, value in zip(entries, values, strict=True) if value is not None}


def _row(place: Place, entry: Override, said: str, state: str) -> tuple[str, ...]:
    expires = format_moment(entry.expires_ms, place.zone) if entry.expires_ms is not None else None
    when = format_moment(entry.set_ms, place.zone) or "–"
    return printable(entry.key), printable(entry.value), printable(said), printable(entry.author), when, expires or "–", state


def _state(entry: Override, entries: list[Override], now: int) -> str:
    """Return what an entry of the history did, or how it ended by itself."""
    from gilmok_site.override import SET, WITHDRAWN, WRITTEN

    if entry.state == SET:
        after = next((each for each in entries if each.key == entry.key and each.id > entry.id), None)
        if after is not None and after.state == SET:
            return say("state_replaced")
        if not entry.counts_at(after.set_ms if after else now):
            return say("state_expired")
    return say({SET: "state_set", WITHDRAWN: "state_withdrawn", WRITTEN: "state_written"}[entry.state])
