"""`gilmok unset`: withdraws a value that was set from here."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from ..errors import Refused
from ..language import say
from ..moments import now_ms
from ..overriding import Author, author_of, changed_nodes, load_or_none, send_rules, site_stays_whole
from ..place import open_site


def run(
    site: Annotated[str, typer.Argument(metavar="SITE.toml", help="The site file.")],
    key: Annotated[str, typer.Argument(metavar="KEY", help="A key that `gilmok overrides` lists.")],
    author: Author = None,
) -> int:
    """Withdraw a value: what the file says holds again.

    Where the site would not do without it, it stays; unless it does not do with it either.
    """
    from gilmok_site.override import parse_override_key

    who, now = author_of(author), now_ms()
    place = open_site(site)
    key = parse_override_key(key)
    with closing(place.open_store()) as store:
        present = store.intended.overrides(now)
        before = load_or_none(site, present, now)
        check = {"check": site_stays_whole(site, now)} if before else {}
        found = store.intended.withdraw(key, who, now, **check)
        if found is None:
            raise none_set(site, key, [each.key for each in present])
        after = load_or_none(site, store.intended.overrides(now), now)
        rules = send_rules(store, site, after, who, now)
    print(say("override_unset", key=key, value=found.value, author=found.author))
    if nodes := changed_nodes(before, after):
        print(say("override_nodes", nodes=", ".join(nodes), site=site))
    if rules:
        print(say("override_rules", rules=", ".join(rules), site=site))
    return 0


def none_set(site: str, key: str, known: list[str]) -> Refused:
    """Return the refusal of a key at which nothing is set."""
    from gilmok_site.fields import nearest

    near = nearest(key, known, 0.8)  # below, every key of the same node is like every other
    return Refused("override_none.near", key=key, near=near) if near else Refused("override_none", key=key, site=site)
