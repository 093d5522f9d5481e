"""An alarm of the collector's own: a condition, and the same life that nodes' alarms have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gilmok_rules import lifecycle as life
from gilmok_rules.transitions import next_state
from gilmok_site.rules import id_of

from ..alarms.event import AlarmEvent

NO_FACTS: Mapping[str, Any] = {}


def own_rule_id(node: str, rule: str) -> int:
    """Return the id of an alarm of the collector's own, made of its name as those of nodes' rules are."""
    return id_of(f"{node}/{rule}")


class Alarm:
    """One alarm. `tell(event)` takes what happens to it; `source()` names each event as none before.

    `level` is the condition: 0 where it does not hold.
    """

    def __init__(self, node: str, rule: str, tell: Callable[[AlarmEvent], None], source: Callable[[str, int], str]) -> None:
        self.node = node
        self.rule = rule
        self.rule_id = own_rule_id(node, rule)
        self.state = life.NORMAL
        self.level = 0
        self.until_ms: int | None = None  # while shelved
        self._tell = tell
        self._source = source
        self._said: dict[str, Any] = {}

    def restore(self, event: AlarmEvent) -> None:
        """Stand as the last stored event says."""
        self.state = life.STATES.index(event.state)
        self.level = event.level
        if event.state == "shelved" and event.detail is not None:
            self.until_ms = event.received_ms + event.detail

    @property
    def is_suppressed(self) -> bool:
        """Tell whether another alarm explains this one."""
        return self.state == life.SUPPRESSED

    def set(self, level: int, now_ms: int, at_ms: int | None = None, **said: Any) -> None:
        """Note the condition; `said` are the value, limit, unit and facts behind it, `at_ms` when it came to be so."""
        before, self.level = self.level, level
        self._said = said
        if level == before:
            return
        event = life.RAISE if not before else life.CLEAR if not level else life.ESCALATE if level > before else life.EASE
        self._apply(event, now_ms, at_ms)

    def suppress(self, level: int, now_ms: int, **said: Any) -> None:
        """Note the condition as one that another alarm explains."""
        self.level, self._said = level, said
        self._apply(life.SUPPRESS, now_ms)

    def unsuppress(self, now_ms: int) -> None:
        """Stand by itself again; what holds is raised."""
        if self.is_suppressed:
            self._end(life.UNSUPPRESS, now_ms)

    def acknowledge(self, now_ms: int, cause: int = 0) -> bool:
        """Note that somebody has seen it; False where there is nothing to be seen."""
        return self._apply(life.ACKNOWLEDGE, now_ms, cause=cause)

    def shelve(self, ms: int, now_ms: int, cause: int = 0) -> bool:
        """Be silent for so long; 0 ends it."""
        if not ms:
            return self._end(life.UNSHELVE, now_ms, cause)
        self.until_ms = now_ms + ms
        return self._apply(life.SHELVE, now_ms, cause=cause, detail=ms)

    def serve(self, in_service: bool, now_ms: int, cause: int = 0) -> bool:
        """Be taken out of service, or come back."""
        return self._end(life.RETURN, now_ms, cause) if in_service else self._apply(life.REMOVE, now_ms, cause=cause)

    def poll(self, now_ms: int) -> None:
        """End a shelf whose time is up."""
        if self.state == life.SHELVED and self.until_ms is not None and now_ms >= self.until_ms:
            self._end(life.UNSHELVE, now_ms)

    def _end(self, event: int, now_ms: int, cause: int = 0) -> bool:
        done = self._apply(event, now_ms, cause=cause)
        if done and self.level:
            self._apply(life.RAISE, now_ms)
        return done

    def _apply(self, event: int, now_ms: int, at_ms: int | None = None, cause: int = 0, detail: int | None = None) -> bool:
        """Go on to the next state and tell of it; False where the event makes no sense."""
        state = next_state(self.state, event)
        if state == life.REFUSE:
            return False
        if state == life.STAY:
            return True
        self.state = state
        word = life.EVENTS[event]
        self._tell(
            AlarmEvent(
                self.node,
                self.rule,
                self.rule_id,
                word,
                life.STATES[state],
                self.level,
                self._source(f"{self.node}/{self.rule}", now_ms),
                now_ms,
                now_ms if at_ms is None else at_ms,
                self._said.get("value"),
                self._said.get("limit"),
                self._said.get("unit", ""),
                detail,
                cause,
                self._said.get("facts", NO_FACTS),
            )
        )
        return True
