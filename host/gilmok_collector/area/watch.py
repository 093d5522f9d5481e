"""The watch: all rules of the collector's own, fed with what is heard, without input or output; time is an argument."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..alarms.event import AlarmEvent
from .alarm import Alarm, own_rule_id
from .condition import Backlog, Clock
from .silence import Silence
from .vote import Votes

if TYPE_CHECKING:
    from gilmok_site.model import Site


class Watch:
    """Watches a site from where its nodes meet.

    `last` are the last stored events of each alarm: it goes on where it stopped. `pending` is what happened and is not stored yet; whoever
    stores it clears it.
    """

    def __init__(self, site: Site, last: Iterable[AlarmEvent], now_ms: int, base: int = 0) -> None:
        self.pending: list[AlarmEvent] = []
        self.alarms: dict[int, Alarm] = {}
        self._last = {event.rule_id: event for event in last if event.device is None}
        self._base = base
        self.silence = Silence(site, self._make, now_ms)
        self.backlogs = {name: Backlog(self._make(name, Backlog.RULE), site.watch.backlog_ms) for name in site.measuring}
        self.clocks = {name: Clock(self._make(name, Clock.RULE), site.watch.clock_ms) for name in site.measuring}
        self.votes = Votes(site, self._make)

    def hear(self, node: str, at_ms: int, now_ms: int) -> None:
        """Note that a frame of a node came."""
        self.silence.hear(node, at_ms, now_ms)

    def note_backlog(self, node: str, records: int, at_ms: int, now_ms: int) -> None:
        """Note how many records a node had waiting."""
        self.backlogs[node].note(records, at_ms, now_ms)

    def note_clock(self, node: str, uncertainty_ms: int | None, now_ms: int) -> None:
        """Note how surely a node's newest records are dated, None where they are not."""
        self.clocks[node].note(uncertainty_ms, now_ms)

    def take(self, event: AlarmEvent, uncertainty_ms: int, now_ms: int) -> None:
        """Take in what happened to an alarm of a node, for those that vote."""
        self.votes.take(event, uncertainty_ms, now_ms)

    def poll(self, now_ms: int) -> None:
        """Raise and end what is due; to be called once a second at least."""
        self.silence.poll(now_ms)
        self.votes.poll(now_ms)
        for alarm in self.alarms.values():
            alarm.poll(now_ms)

    def _make(self, node: str, rule: str) -> Alarm:
        alarm = self.alarms[own_rule_id(node, rule)] = Alarm(node, rule, self.pending.append, self._source)
        if alarm.rule_id in self._last:
            alarm.restore(self._last[alarm.rule_id])
        return alarm

    def _source(self, name: str, now_ms: int) -> str:
        """Name an event as none before: a clock that was set back must not make a new event look like an old one."""
        self._base += 1
        return f"own/{name}/{now_ms}/{self._base}"
