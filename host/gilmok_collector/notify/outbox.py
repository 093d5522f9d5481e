"""The outbox: each alarm event makes one notice for each target that wants it, and is told in order until it is delivered.

Everything here runs in the thread that owns the store; nothing waits, and time is an argument.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..alarms.event import AlarmEvent
from ..store import Store
from ..store.notices import DELIVERED, GIVEN_UP, SUPPRESSED, WAITING, Notice
from .message import compose
from .standing import Board, Standing

if TYPE_CHECKING:
    from gilmok_site.model import Site
    from gilmok_site.notify import Target

BACKOFF_MS = (1_000, 2_000, 5_000, 10_000, 30_000, 60_000)  # a receiver that is back after an hour is noticed within a minute
GIVE_UP_MS = 24 * 3_600_000  # older news than a day's wakes nobody
REFUSALS = 3  # a receiver that says three times that a notice is wrong will not take it the fourth time; those behind it wait
AT_ONCE = 32  # notices handed over together: a storm of alarms must not cost a wake-up each
ENDS = ("clear", "reset")
RAISE = "raise"  # a target that does not want to hear of an alarm's begin does not want it again either
READ_MS = 1_000  # how often it is looked for alarms that are to be told again


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an attempt; `refused` where the receiver understood, and does not want this very notice."""

    notice: Notice
    error: str = ""
    refused: bool = False


class Outbox:
    """Who is to be told of what. `is_maintained(node, now_ms)` says where work goes on that nobody outside is to hear of."""

    def __init__(self, store: Store, site: Site, is_maintained: Callable[[str, int], bool] = lambda node, now_ms: False) -> None:
        self._store = store
        self._site = site
        self._targets: dict[str, Target] = dict(site.notify)
        self._is_maintained = is_maintained
        self._board = Board()
        self._last: dict[tuple[str, str, int], Notice] = {}  # by target and alarm
        self._told: dict[tuple[str, str, int], Notice] = {}  # … those that were not suppressed
        self._staged = self._told  # the same as it will be when what is being made is stored
        self._look_ms = 0
        self._open()

    def _open(self) -> None:
        """Take up where the collector stopped; a store that never had an outbox begins with what comes now."""
        notices, alarms = self._store.notices, self._store.alarms
        cursor = notices.cursor()
        last = alarms.last_events()
        if cursor is None:
            cursor = max((event.id for event in last), default=0)
            with self._store.transaction():
                notices.move_cursor(cursor)
        self._cursor = cursor
        for node, rule in sorted({(event.node, event.rule) for event in last if event.state != "normal"}):
            self._board.replay(event for event in alarms.events(node, rule) if event.id <= cursor)
        gone = {each.target for each in notices.held_up()} - set(self._targets)
        if gone:
            with self._store.transaction():
                notices.give_up(gone, "the site file no longer names this target")
        self._remember([*notices.last_told(), *notices.last()])

    # Notices are made.

    def fill(self, now_ms: int) -> int:
        """Make notices of the alarm events that have come, and return how many.

        Raises: StoreError; then nothing is made of them, and the next call does.
        """
        events = self._store.alarms.events(after=self._cursor)
        if not events:
            return 0
        board, self._staged = self._board.copy(), dict(self._told)
        drafts = [draft for event in events for draft in self._drafts(event, board.take(event), now_ms)]
        with self._store.transaction():
            made = self._store.notices.append(drafts)
            self._store.notices.move_cursor(events[-1].id)
        self._cursor = events[-1].id
        self._board = board
        self._remember(made)
        return len(made)

    def repeat(self, now_ms: int) -> int:
        """Make the notices of alarms that nobody has acknowledged for as long as a target waits, and return how many.

        Raises: StoreError.
        """
        if self._look_ms - READ_MS <= now_ms < self._look_ms:
            return 0
        self._look_ms = now_ms + READ_MS
        self._staged = dict(self._told)
        drafts = [draft for standing in self._board.open() for draft in self._repetitions(standing, now_ms)]
        if not drafts:
            return 0
        with self._store.transaction():
            made = self._store.notices.append(drafts)
        self._remember(made)
        return len(made)

    def _drafts(self, event: AlarmEvent, level: int, now_ms: int) -> Iterator[Notice]:
        for name, target in self._targets.items():
            if event.event in target.events and level >= target.level:
                yield self._draft(name, event, 0, now_ms)

    def _repetitions(self, standing: Standing, now_ms: int) -> Iterator[Notice]:
        event = standing.event
        if self._is_maintained(event.node, now_ms):
            return
        for name, target in self._targets.items():
            last = self._last.get((name, event.node, event.rule_id))
            if RAISE in target.events and standing.level >= target.level and _is_due(last, target.repeat_ms, now_ms):
                repetition = 0 if last is None else last.repetition + 1 if last.event == event.id else 1
                yield self._draft(name, event, repetition, now_ms)

    def _draft(self, target: str, event: AlarmEvent, repetition: int, now_ms: int) -> Notice:
        key = f"{self._site.id}/{target}/{event.source}/{repetition}"
        body = compose(event, self._site, self._targets[target].lang, key, repetition)
        state = SUPPRESSED if self._is_maintained(event.node, now_ms) and not self._ends_what_was_told(target, event) else WAITING
        about = (event.id, repetition, event.node, event.rule_id)
        notice = Notice(0, key, target, *about, state, 0, now_ms, now_ms, None, "", body)
        if state != SUPPRESSED:
            self._staged[target, event.node, event.rule_id] = notice
        return notice

    def _ends_what_was_told(self, target: str, event: AlarmEvent) -> bool:
        """Tell whether a target believes that an alarm is on which ends with this event: it must not go on believing so."""
        told = self._staged.get((target, event.node, event.rule_id))
        return event.event in ENDS and told is not None and json.loads(told.body)["event"] not in ENDS

    def _remember(self, notices: Iterable[Notice]) -> None:
        for notice in notices:
            key = (notice.target, notice.node, notice.rule_id)
            self._last[key] = notice
            if notice.state != SUPPRESSED:
                self._told[key] = notice

    # Notices are delivered.

    def due(self, target: str, now_ms: int) -> list[Notice]:
        """Return what a target is to be told now, in order; nothing while the first of them waits for its next attempt."""
        waiting = self._store.notices.waiting(target, AT_ONCE)
        if not waiting or now_ms < waiting[0].next_ms <= now_ms + BACKOFF_MS[-1]:  # later than that, the clock was set back
            return []
        return waiting

    def settle(self, results: list[Result], now_ms: int) -> None:
        """Note what became of attempts.

        Raises: StoreError.
        """
        settled = [_after(result, now_ms) for result in results]
        with self._store.transaction():
            self._store.notices.save(settled)
        for notice in settled:
            last = self._last.get((notice.target, notice.node, notice.rule_id))
            if last is not None and last.id == notice.id:
                self._remember([notice])


def _after(result: Result, now_ms: int) -> Notice:
    """Return a notice as it is after an attempt."""
    notice = result.notice._replace(attempts=result.notice.attempts + 1, error=result.error)
    if not result.error:
        return notice._replace(state=DELIVERED, done_ms=now_ms)
    if now_ms - notice.created_ms >= GIVE_UP_MS or (result.refused and notice.attempts >= REFUSALS):
        return notice._replace(state=GIVEN_UP, done_ms=now_ms)
    return notice._replace(next_ms=now_ms + BACKOFF_MS[min(notice.attempts, len(BACKOFF_MS)) - 1])


def _is_due(last: Notice | None, repeat_ms: int | None, now_ms: int) -> bool:
    """Tell whether a target is to be told again of an open alarm, of which it was told `last`."""
    if last is not None and last.state == SUPPRESSED:
        return True  # the maintenance is over, and nobody outside knows yet
    if repeat_ms is None or (last is not None and last.state == WAITING):
        return False
    return last is None or not 0 <= now_ms - (last.done_ms or last.created_ms) < repeat_ms  # below 0 the clock was set back
