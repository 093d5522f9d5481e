"""Silence of nodes, and of places: thirty nodes gone at once are one alarm of their area, not thirty.

A node is silent when it was not heard for a number of its intervals. Its own alarm is held for a settling time, and as long as so many
others of its place are late that it may be the first of them. A place is silent when more than a share of its nodes fell silent within
a window; that explains them, and their own alarms are suppressed until it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gilmok_site.notify import Area

from .alarm import Alarm
from .interval import interval_of, lateness_of, patience_of

if TYPE_CHECKING:
    from gilmok_site.model import Site

RULE = "watch.silence"
NODE_LEVEL, PLACE_LEVEL = 2, 3  # caution, alert: a place without eyes is worse than one eye less

# We look once a second. A longer pause is one of our own: a machine that slept, a disk that stalled, a clock that was set. Nobody can be
# blamed for not being heard in it.
STALL_MS = 15_000


@dataclass
class Quiet:
    """How long a node has been quiet. Units: Unix ms."""

    alarm: Alarm
    heard_ms: int
    interval_ms: int
    patience_ms: int
    faulty: set[int] = field(default_factory=set)
    silent_ms: int | None = None  # since when it counts as silent
    within_ms: int = 0  # when it fell silent, to tell who did so together

    def is_late(self, now_ms: int) -> bool:
        """Tell whether it should have been heard by now, though it is not silent yet."""
        return self.silent_ms is None and now_ms - self.heard_ms >= lateness_of(self.interval_ms)


@dataclass
class Place:
    """Nodes that may fall silent together: an area, a link with several nodes, the whole site."""

    alarm: Alarm
    members: frozenset[str]
    share: int
    least: int
    ready_ms: int | None = None  # since when it would be silent, but for those that are late

    def is_enough(self, count: int, dead: int = 0) -> bool:
        """Tell whether so many silent nodes are more than its share, `dead` having been so before."""
        return count >= self.least and 100 * count > self.share * (len(self.members) - dead)


class Silence:
    """Watches who is heard. `make(node, rule)` makes an alarm, as it was before the collector started."""

    def __init__(self, site: Site, make: Callable[[str, str], Alarm], now_ms: int) -> None:
        self._intervals = site.watch.silent
        self._settle_ms = site.watch.settle_ms
        self._site = site
        self._polled_ms = now_ms
        self.nodes = {name: self._quiet(name, make(name, RULE), now_ms) for name in site.measuring}
        self.places = [Place(make(name, RULE), members, share, least) for name, members, share, least in _places_of(site)]

    def _quiet(self, name: str, alarm: Alarm, now_ms: int) -> Quiet:
        interval_ms = interval_of(self._site.node[name])
        quiet = Quiet(alarm, now_ms, interval_ms, patience_of(interval_ms, self._intervals))
        if alarm.level:  # it was silent before we started, and is until it is heard
            quiet.silent_ms, quiet.within_ms = now_ms - self._settle_ms, 0
        return quiet

    # -- what is told

    def hear(self, node: str, at_ms: int, now_ms: int) -> None:
        """Note that a node was heard."""
        quiet = self.nodes[node]
        quiet.heard_ms = max(quiet.heard_ms, at_ms)
        if quiet.silent_ms is not None:
            quiet.silent_ms = None
            quiet.alarm.set(0, now_ms)
            quiet.alarm.unsuppress(now_ms)

    def note_fault(self, node: str, sensor: int, is_faulty: bool) -> None:
        """Note that a sensor says nothing, or is back: a node is not silent for what its sensors do not say."""
        quiet = self.nodes[node]
        (quiet.faulty.add if is_faulty else quiet.faulty.discard)(sensor)
        quiet.interval_ms = interval_of(self._site.node[node], quiet.faulty)
        quiet.patience_ms = patience_of(quiet.interval_ms, self._intervals)

    # -- what is made of it

    def poll(self, now_ms: int) -> None:
        """Raise and end what is due."""
        passed_ms, self._polled_ms = now_ms - self._polled_ms, now_ms
        if not 0 <= passed_ms <= STALL_MS:
            for quiet in self.nodes.values():
                quiet.heard_ms += passed_ms
        for quiet in self.nodes.values():
            quiet.heard_ms = min(quiet.heard_ms, now_ms)  # the clock was set back: a node that dies now must not look alive until then
            if quiet.silent_ms is None and now_ms - quiet.heard_ms >= quiet.patience_ms:
                quiet.silent_ms, quiet.within_ms = now_ms, quiet.heard_ms
        self._end_places(now_ms)
        self._begin_places(now_ms)
        self._settle_nodes(now_ms)

    def _end_places(self, now_ms: int) -> None:
        """A place is heard again when no more than half of what makes it silent is."""
        for place in self.places:
            silent = self._silent(place.members)
            if place.alarm.level and 2 * len(silent) * 100 <= place.share * len(place.members):
                place.alarm.set(0, now_ms, value=len(silent), limit=len(place.members), facts={"kind": "place", "members": silent})
                place.alarm.unsuppress(now_ms)
                for inner in self.places:
                    if not self._is_explained(inner.members):
                        inner.alarm.unsuppress(now_ms)
                self._begin_anew(silent, now_ms)

    def _begin_anew(self, silent: list[str], now_ms: int) -> None:
        """Let those that are left of a place that is heard again count anew: they may be on their way back."""
        for name in silent:
            quiet = self.nodes[name]
            if quiet.alarm.is_suppressed and not self._is_explained({name}):
                quiet.heard_ms, quiet.silent_ms = now_ms, None
                quiet.alarm.set(0, now_ms)
                quiet.alarm.unsuppress(now_ms)

    def _begin_places(self, now_ms: int) -> None:
        fresh = {id(place): self._fresh(place) for place in self.places}
        found = [place for place in self.places if not place.alarm.level and self._is_silent(place, fresh[id(place)])]
        # the smallest place that has them all, and then the largest: a place that explains nothing more says nothing
        found = [place for place in found if not _says_nothing_more(place, found, fresh, larger=False)]
        found = [place for place in found if not _says_nothing_more(place, found, fresh, larger=True)]
        late = any(quiet.is_late(now_ms) for quiet in self.nodes.values())
        for place in self.places:
            if place not in found:
                place.ready_ms = None
            elif place.ready_ms is None:
                place.ready_ms = now_ms
        for place in found:
            if not late or now_ms - (place.ready_ms or 0) >= self._settle_ms:
                self._begin(place, min(self.nodes[name].within_ms for name in fresh[id(place)]), now_ms)

    def _begin(self, place: Place, began_ms: int, now_ms: int) -> None:
        names = self._silent(place.members)
        place.alarm.set(
            PLACE_LEVEL, now_ms, began_ms, value=len(names), limit=len(place.members), facts={"kind": "place", "members": names}
        )
        for inner in self.places:
            if inner.alarm.level and inner.members < place.members:
                inner.alarm.suppress(PLACE_LEVEL, now_ms)

    def _is_silent(self, place: Place, fresh: list[str]) -> bool:
        return place.is_enough(len(fresh), len(self._silent(place.members)) - len(fresh))

    def _settle_nodes(self, now_ms: int) -> None:
        """Raise the alarms of nodes that no place explains, when it is clear that none will."""
        fresh = [name for name, quiet in self.nodes.items() if quiet.silent_ms is not None and not quiet.alarm.level]
        crowded = [place for place in self.places if self._may_be_silent(place, now_ms)] if fresh else []
        for name in fresh:
            quiet = self.nodes[name]
            quiet_s, usual_s = (now_ms - quiet.heard_ms) // 1000, quiet.patience_ms // 1000
            said = {"value": quiet_s, "limit": usual_s, "unit": "s", "facts": {"kind": "silence"}}
            waited = now_ms - quiet.heard_ms >= 2 * quiet.patience_ms + self._settle_ms  # long enough for any place to show itself
            if self._is_explained({name}):
                quiet.alarm.suppress(NODE_LEVEL, now_ms, **said)
            elif waited or now_ms - (quiet.silent_ms or 0) >= self._settle_ms and not any(name in place.members for place in crowded):
                quiet.alarm.set(NODE_LEVEL, now_ms, quiet.heard_ms, **said)

    def _may_be_silent(self, place: Place, now_ms: int) -> bool:
        """Tell whether so many nodes of a place are late that it may yet turn out to be silent."""
        quiets = [self.nodes[name] for name in place.members]
        count = sum(each.is_late(now_ms) or (each.silent_ms is not None and not each.alarm.level) for each in quiets)
        return place.is_enough(count, sum(bool(each.alarm.level) for each in quiets))

    def _silent(self, names: Iterable[str]) -> list[str]:
        return sorted(name for name in names if self.nodes[name].silent_ms is not None)

    def _fresh(self, place: Place) -> list[str]:
        """Return the most of a place's nodes that fell silent within one window, and that nothing has been said of yet."""
        nodes = self.nodes
        fresh = sorted((nodes[name].within_ms, name) for name in self._silent(place.members) if not nodes[name].alarm.level)
        window_ms = self._settle_ms + max((nodes[name].interval_ms for _, name in fresh), default=0)
        first, best = 0, (0, 0)
        for index, (at_ms, _) in enumerate(fresh):
            while at_ms - fresh[first][0] > window_ms:
                first += 1
            best = max(best, (first, index + 1), key=lambda span: span[1] - span[0])
        return [name for _, name in fresh[best[0] : best[1]]]

    def _is_explained(self, names: Collection[str]) -> bool:
        """Tell whether a place is silent that has all of them, and more."""
        return any(place.alarm.level and place.members > set(names) for place in self.places)


def _says_nothing_more(place: Place, found: list[Place], fresh: dict[int, list[str]], larger: bool) -> bool:
    """Tell whether a smaller place has all the silent nodes of this one, or a larger one all of them and more."""
    own, rank = set(fresh[id(place)]), (len(place.members), found.index(place))
    for other in found:
        theirs = set(fresh[id(other)])
        if larger and own < theirs:
            return True
        if not larger and own <= theirs and (len(other.members), found.index(other)) < rank:
            return True
    return False


def _places_of(site: Site) -> list[tuple[str, frozenset[str], int, int]]:
    """Return (name, members, share, least) of the places with nodes enough, the smallest first."""
    usual = Area()
    nodes = site.measuring.items()
    places = [
        (f"area.{area}", frozenset(name for name, node in nodes if node.area == area), table.share, table.least)
        for area, table in site.area.items()
    ]
    for link in site.link:
        places.append((f"link.{link}", frozenset(name for name, node in nodes if node.link == link), usual.share, usual.least))
    places.append((f"site.{site.id}", frozenset(site.measuring), usual.share, usual.least))
    return sorted((place for place in places if len(place[1]) >= place[3]), key=lambda place: len(place[1]))
