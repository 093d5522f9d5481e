"""What `set`, `unset` and `write-back` have in common: who does it, and that the site stays a site."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import Refused
from .language import printable

if TYPE_CHECKING:
    from gilmok_collector.store import Store
    from gilmok_site import Site
    from gilmok_site.override import Override

LONGEST_AUTHOR = 64
Author = Annotated[str | None, typer.Option("--author", metavar="NAME", help="Who does this; else the login name.")]


def author_of(given: str | None) -> str:
    """Return who does this.

    Raises: Refused.
    """
    try:
        author = (getpass.getuser() if given is None else given).strip()
    except (KeyError, OSError, ImportError):  # which of them depends on Python's version and the system
        raise Refused("no_author") from None
    if not author or len(author) > LONGEST_AUTHOR or not author.isprintable():
        raise Refused("author_unfit", value=f'"{printable(author)}"')
    return author


def site_stays_whole(file: str, now_ms: int) -> Callable[[list[Override]], None]:
    """Return a check of a history: the site can be used, now and whenever one of the overrides expires.

    Raises: SiteError, from the check.
    """
    from gilmok_site import load_site
    from gilmok_site.override import active

    def check(history: list[Override]) -> None:
        ends = {each.expires_ms for each in active(history, now_ms) if each.expires_ms is not None}
        for moment_ms in sorted({now_ms, *ends}):
            load_site(file, history, moment_ms)

    return check


def load_or_none(file: str, overrides: list[Override], now_ms: int) -> Site | None:
    """Return the site under overrides, None where it cannot be used."""
    from gilmok_site import SiteError, load_site

    try:
        return load_site(file, overrides, now_ms)
    except SiteError:
        return None


def changed_nodes(before: Site | None, after: Site | None) -> list[str]:
    """Return the nodes whose configuration is another in `after`; none where one of them cannot be used."""
    from gilmok_site import Key, Keys, compile_node

    if before is None or after is None:
        return []
    devices = {site.device_of(node): Key(bytes(16)) for site in (before, after) for node in site.node}
    keys = Keys(1, devices, Key(bytes(16)), lorawan=devices)  # any will do
    return [node for node in after.node if compile_node(before, keys, node) != compile_node(after, keys, node)]


def send_rules(store: Store, file: str, effective: Site | None, author: str, now_ms: int) -> list[str]:
    """Queue the rules that `effective` has and nodes do not, and return them as people name them; none where the site cannot be used.

    Raises: StoreError.
    """
    from gilmok_collector.alarms.rules_in_force import queue_rules

    plain = load_or_none(file, [], now_ms)
    if plain is None or effective is None:
        return []
    return [f"{each.node}/{each.rule}" for each in queue_rules(store, plain, effective, author, now_ms)]
