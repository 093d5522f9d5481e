"""`gilmok diff`: compares what nodes run with what the site file says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from ..configurations import Configuration, compile_all
from ..language import printable, say
from ..moments import now_ms
from ..place import open_effective, site_of

if TYPE_CHECKING:
    from gilmok_collector.store import Log, Progress, Store

# How a node stands to the file: the message that says so.
SAME, OTHER, UNKNOWN, SILENT = "diff_same", "diff_other", "diff_unknown", "diff_silent"


def run(site: Annotated[str, typer.Argument(metavar="SITE.toml", help="The site file.")]) -> int:
    """Compare, for each node, the configuration that it reported last with the one that the site file makes.

    The file counts with the values that were set from here. Exit code 1 where a node runs anything else; a node that
    has never been heard runs nothing yet.
    """
    from gilmok_site import load_keys
    from gilmok_site.config_words import names_of

    place = open_effective(site)
    described = site_of(place)
    made, names = compile_all(described, load_keys(described)), names_of(described)
    with closing(place.open_store()) as store:
        reported = reported_digests(store.logs(), store.summary())
        states = {node: _state(store, each, reported.get(each.device)) for node, each in made.items()}
        for node, each in made.items():
            state, digest = states[node], reported.get(each.device)
            print(say(state, node=node, reported=(digest or b"").hex() or "–", digest=each.digest.hex()))
            for line in _differences(store, each, digest, names) if state == OTHER and digest else ():
                print(f"  {line}")
            if state in (OTHER, UNKNOWN):
                print("  " + say("diff_remedy", site=site, node=node))
    counts = [list(states.values()).count(state) for state in (SAME, SILENT)]
    other = len(states) - sum(counts)
    print(say("diff_total", same=counts[0], nodes=len(states), other=other, silent=counts[1]))
    if overrides := place.overrides(now_ms()):
        print(say("diff_overrides", count=len(overrides), site=site))
    return 1 if other else 0


def reported_digests(logs: list[Log], summary: list[Progress]) -> dict[int, bytes]:
    """Return the digest that each device reported last.

    A device may have had several logs: the one that records came from last counts, and none that another was forked from.
    """
    heard: dict[tuple[int, int], int] = {}
    for each in summary:
        key = (each.device, each.log)
        heard[key] = max(heard.get(key, 0), each.last_received_ms or 0)
    parents = {(log.device, log.parent) for log in logs}
    in_order = sorted(logs, key=lambda log: ((log.device, log.log) not in parents, heard.get((log.device, log.log), 0)))
    return {log.device: log.config_digest for log in in_order}


def _state(store: Store, made: Configuration, reported: bytes | None) -> str:
    if reported is None:
        return SILENT
    if reported == made.digest:
        return SAME
    return UNKNOWN if store.intended.configuration(made.device, reported) is None else OTHER


def _differences(store: Store, made: Configuration, reported: bytes, names: dict[int, str]) -> Iterator[str]:
    """Yield in words what a node runs otherwise, where the store has seen that configuration made."""
    from gilmok_site.config_words import changes

    known = store.intended.configuration(made.device, reported)
    if known is None:
        return
    found = changes(known, made.public, names)
    if not found:
        yield say("diff_secret")
    for each in found:
        facts = {"word": printable(each.word), "before": printable(each.before or "–"), "after": printable(each.after or "–")}
        yield say("diff_sensor", sensor=each.sensor, **facts) if each.sensor else say("diff_node", **facts)
