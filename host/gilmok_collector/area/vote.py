"""Votes of several nodes: an alarm where so many of their rules are active within a window, as far as anybody's clock can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilmok_site.notify import LEVELS

from ..alarms.event import AlarmEvent
from .alarm import Alarm

if TYPE_CHECKING:
    from gilmok_site.model import Site

EVER = 1 << 62  # Unix ms: later than anything
KEPT_MS = 24 * 3_600_000  # spells that ended before are of no vote that could still come


Span = tuple[int, int]  # from, to


@dataclass
class Spell:
    """A member's activity from when it may have begun to when it may have ended, None while it lasts. Units: Unix ms."""

    begin_ms: int
    end_ms: int | None = None


class Votes:
    """The votes of a site."""

    def __init__(self, site: Site, make: Callable[[str, str], Alarm]) -> None:
        self._votes = [
            Vote(make(f"site.{site.id}", name), table.votes, table.of, LEVELS.index(table.members) + 1, table.within_ms, table.level)
            for name, table in site.rule.items()
        ]
        self.members = {member for vote in self._votes for member in vote.members}  # as "node/rule"

    def replay(self, events: Iterable[AlarmEvent], uncertainty_of: Callable[[AlarmEvent], int]) -> None:
        """Know what members did before the collector started, and was judged then."""
        for event in events:
            for vote in self._votes:
                vote.note(event, uncertainty_of(event))
        for vote in self._votes:
            vote.believe()

    def take(self, event: AlarmEvent, uncertainty_ms: int, now_ms: int) -> None:
        """Take in what happened to an alarm."""
        for vote in self._votes:
            if vote.note(event, uncertainty_ms):
                vote.judge(now_ms)

    def poll(self, now_ms: int) -> None:
        """Begin and end what time alone begins and ends."""
        for vote in self._votes:
            vote.poll(now_ms)


class Vote:
    """One alarm of several nodes.

    A member is active from its raise to its end at `members_level` or above, and votes for so long and for the window behind it. Where its
    clock is unsure by u, it may have been so u earlier, and u later: it votes if it may. An event that nobody can date counts by its
    arrival. A vote that was reached in the past, and is told late, is raised as well, once.
    """

    def __init__(self, alarm: Alarm, votes: int, members: list[str], members_level: int, within_ms: int, level: str) -> None:
        self.alarm = alarm
        self.members = members
        self._votes = votes
        self._members_level = members_level
        self._within_ms = within_ms
        self._level = LEVELS.index(level) + 1
        self._spells: dict[str, list[Spell]] = {member: [] for member in members}
        self._judged: list[Span] = []  # spans in which the vote was reached, and that have been told

    def note(self, event: AlarmEvent, uncertainty_ms: int) -> bool:
        """Note what a member did, and return whether it changed anything."""
        spells = self._spells.get(event.name)
        if spells is None:
            return False
        at_ms, slack_ms = (event.received_ms, 0) if event.unix_ms is None else (event.unix_ms, uncertainty_ms)
        lasts = bool(spells) and spells[-1].end_ms is None
        is_active = event.level >= self._members_level
        if is_active == lasts:
            return False
        if is_active:
            spells.append(Spell(at_ms - slack_ms))
        else:
            spells[-1].end_ms = max(at_ms + slack_ms, spells[-1].begin_ms)
        return True

    def believe(self) -> None:
        """Take all that has been noted for told."""
        self._judged = self._reached()

    def judge(self, now_ms: int) -> None:
        """Raise the alarm where the vote was reached in a span that was not told."""
        reached = self._reached()
        for begin_ms, end_ms in reached:
            if not any(begin_ms <= until_ms and from_ms <= end_ms for from_ms, until_ms in self._judged):
                self._raise(self._voting(begin_ms), begin_ms, now_ms)
        self._judged = reached

    def poll(self, now_ms: int) -> None:
        """Begin and end the alarm by who votes now."""
        active = self._voting_now(now_ms)
        if self.alarm.level and len(active) < self._votes:
            self.alarm.set(0, now_ms, value=len(active), limit=self._votes, facts={"members": active})
        elif not self.alarm.level and len(active) >= self._votes:
            self._raise(active, now_ms, now_ms)
        for spells in self._spells.values():
            while spells and (end_ms := spells[0].end_ms) is not None and now_ms - end_ms > KEPT_MS:
                spells.pop(0)

    def _raise(self, members: list[str], at_ms: int, now_ms: int) -> None:
        self.alarm.set(self._level, now_ms, at_ms, value=len(members), limit=self._votes, facts={"members": members})

    def _voting_now(self, now_ms: int) -> list[str]:
        """Return who votes now; what lasts does, also where the node's clock is ahead of ours."""
        return [
            member
            for member, spells in self._spells.items()
            if any(spell.end_ms is None or now_ms <= spell.end_ms + self._within_ms for spell in spells)
        ]

    def _voting(self, at_ms: int) -> list[str]:
        """Return who votes at a time: active, or so within the window before it."""
        return [member for member, spells in self._spells.items() if any(self._votes_at(spell, at_ms) for spell in spells)]

    def _votes_at(self, spell: Spell, at_ms: int) -> bool:
        return spell.begin_ms <= at_ms and (spell.end_ms is None or at_ms <= spell.end_ms + self._within_ms)

    def _reached(self) -> list[Span]:
        """Return the spans in which the vote is reached; one that lasts ends with the end of time."""
        ends = [EVER if spell.end_ms is None else spell.end_ms + self._within_ms for spells in self._spells.values() for spell in spells]
        begins = [spell.begin_ms for spells in self._spells.values() for spell in spells]
        spans: list[Span] = []
        begin_ms: int | None = None
        for at_ms in sorted({*begins, *ends, *(end + 1 for end in ends)}):
            holds = len(self._voting(at_ms)) >= self._votes
            if holds and begin_ms is None:
                begin_ms = at_ms
            elif not holds and begin_ms is not None:
                spans.append((begin_ms, at_ms - 1))
                begin_ms = None
        return spans if begin_ms is None else [*spans, (begin_ms, EVER)]
