"""`gilmok set`: sets a value from here, over what the site file says."""

from __future__ import annotations

import re
from contextlib import closing
from typing import Annotated

import typer

from ..errors import Refused
from ..language import say
from ..moments import format_moment, now_ms
from ..overriding import Author, author_of, changed_nodes, load_or_none, send_rules, site_stays_whole
from ..place import open_site

_UNITS_MS = {"min": 60_000, "h": 3_600_000, "d": 86_400_000}
_LONGEST_MS = 366 * 86_400_000  # what is to hold for longer belongs into the file


def run(
    site: Annotated[str, typer.Argument(metavar="SITE.toml", help="The site file.")],
    key: Annotated[str, typer.Argument(metavar="KEY", help="Such as node.p1-gate.sensor.river.every.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help='As the site file writes it; quotes may be left out: "5 s".')],
    lasts: Annotated[str | None, typer.Option("--for", metavar="TIME", help="How long: 30min, 2h, 3d; else until withdrawn.")] = None,
    author: Author = None,
) -> int:
    """Set a value.

    It lies over the file until it expires, is withdrawn (gilmok unset) or written into the file (gilmok write-back). What
    would spoil the site is refused as `gilmok check` would, and nothing is stored. A node has it once it got its new
    configuration; thresholds and delays of a rule are sent to it at once, and taken back when they expire. A value that
    begins with a minus stands behind two: gilmok set SITE.toml KEY -- -0.3
    """
    from gilmok_site.override import parse_override_key, parse_override_value

    who, now = author_of(author), now_ms()
    expires_ms = None if lasts is None else now + _parse_lifetime(lasts)
    place = open_site(site)
    key, value = parse_override_key(key), parse_override_value(value)
    with closing(place.open_store()) as store:
        before = load_or_none(site, store.intended.overrides(now), now)
        entry = store.intended.set_override(key, value, who, now, expires_ms, site_stays_whole(site, now))
        after = load_or_none(site, store.intended.overrides(now), now)
        rules = send_rules(store, site, after, who, now)
    until = say("override_stays")
    if entry.expires_ms is not None:
        until = say("override_until", moment=format_moment(entry.expires_ms, place.zone))
    print(say("override_set", key=key, value=value, author=who, until=until))
    if nodes := changed_nodes(before, after):
        print(say("override_nodes", nodes=", ".join(nodes), site=site))
    if rules:
        print(say("override_rules", rules=", ".join(rules), site=site))
    return 0


def _parse_lifetime(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,6})\s*(min|h|d)", text.strip(), re.ASCII)
    lifetime_ms = int(match[1]) * _UNITS_MS[match[2]] if match else 0
    if not 0 < lifetime_ms <= _LONGEST_MS:
        raise Refused("no_lifetime", value=f'"{text}"')
    return lifetime_ms
