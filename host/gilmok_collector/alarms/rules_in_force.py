"""Brings the rules that nodes judge by in line with what the site says now: its files, and what people have set over them.

A node keeps a rule it was told over restarts, until it gets a configuration that holds another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from gilmok_site.rules import compile_rules
from gilmok_wire import cbor
from gilmok_wire.errors import DecodeError

from ..store import Command, Store
from ..store.commands import EXPIRED
from .names import rule_names

if TYPE_CHECKING:
    from gilmok_site import Site
    from gilmok_site.override import Override

RULE = "rule"

# A node that wakes once a day has it then; one that is away for longer is told anew.
_LASTS_MS = 2 * 86_400_000
_LOOK_MS = 5_000  # how long a value outlives its time at most, where its node is on a line


class Queued(NamedTuple):
    """A rule that a node was told to take."""

    node: str
    rule: str
    command: int


def queue_rules(store: Store, plain: Site, effective: Site, author: str, now_ms: int) -> list[Queued]:
    """Queue each rule of `effective` that its node does not have yet, as far as the store knows; `plain` are the files alone.

    A node has what it was told last; what it was never told is as the files say. A rule that it refused is not offered again.
    """
    files = {(device, number): data for device, number, _, _, data in _rules(plain)}
    queued = []
    with store.transaction():
        told = _told(store)
        for device, number, node, name, data in _rules(effective):
            last = told.get((device, number))
            has = data if last is None and files.get((device, number)) == data else None
            if last is not None and last.parameters == [data] and last.state != EXPIRED:
                has = data
            if has != data:
                command = store.commands.queue(device, RULE, [data], author, now_ms, now_ms + _LASTS_MS)
                queued.append(Queued(node, name, command))
    return queued


class RulesInForce:
    """Queues rules when a value expires, is withdrawn or written into the files: a duty of the running collector.

    `load(overrides, now_ms)` returns the site under them, None where it cannot be used.
    """

    def __init__(self, store: Store, load: Callable[[list[Override], int], Site | None]) -> None:
        self._store = store
        self._load = load
        self._look_at_ms = 0
        self._seen: list[Override] | None = None
        self._expired_ms = 0

    def poll(self, now_ms: int) -> list[Queued]:
        """Queue what has to be.

        Raises: StoreError. Cost: one query every five seconds.
        """
        if self._look_at_ms - _LOOK_MS <= now_ms < self._look_at_ms:
            return []
        self._look_at_ms = now_ms + _LOOK_MS
        overrides = self._store.intended.overrides(now_ms)
        given_up = self._given_up()
        if overrides == self._seen and not given_up:
            return []
        plain, effective = self._load([], now_ms), self._load(overrides, now_ms)
        queued = [] if plain is None or effective is None else queue_rules(self._store, plain, effective, "gilmok", now_ms)
        self._seen = overrides
        return queued

    def _given_up(self) -> bool:
        """Tell whether a rule has newly expired on its way."""
        expired = [each.settled_ms or 0 for each in _told(self._store).values() if each.state == EXPIRED]
        newest = max(expired, default=0)
        is_new = newest > self._expired_ms
        self._expired_ms = newest
        return is_new


def _rules(site: Site) -> list[tuple[int, int, str, str, bytes]]:
    """Return device, id, node, name and encoded form of each rule."""
    found = []
    for node in site.node:
        names = rule_names(site, node)
        for rule in compile_rules(site, node):
            name = names[rule[0]].name if rule[0] in names else f"#{rule[0]:08x}"
            found.append((site.device_of(node), rule[0], node, name, cbor.encode(rule)))
    return found


def _told(store: Store) -> dict[tuple[int, int], Command]:
    """Return the last rule that each node was told, by device and id."""
    told = {}
    for command in store.commands.named(RULE):
        try:
            told[command.device, cbor.decode(command.parameters[0])[0]] = command
        except (DecodeError, TypeError, IndexError):  # of another release
            continue
    return told
