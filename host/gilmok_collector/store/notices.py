"""What the store keeps of notices: who is to be told of what, and whether they were.

A notice is written together with how far the alarm events were read, so that each event makes each notice once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from . import alarm_statements as cursors
from .backend import Backend
from .tables import TABLES

WAITING, DELIVERED, GIVEN_UP, SUPPRESSED = "waiting", "delivered", "given up", "suppressed"

CURSOR = "notice"  # its row of the table `cursor` holds the id of the last alarm event that was read

_SELECT = f"SELECT {', '.join(TABLES['notice'])} FROM notice"
_WAITING = f"{_SELECT} WHERE target = ? AND state = 'waiting' ORDER BY id LIMIT ?"
_LAST = f"{_SELECT} WHERE id IN (SELECT MAX(id) FROM notice GROUP BY target, node, rule_id)"
_LAST_TOLD = f"{_SELECT} WHERE id IN (SELECT MAX(id) FROM notice WHERE state <> 'suppressed' GROUP BY target, node, rule_id)"
_NEWEST = f"{_SELECT} ORDER BY id DESC LIMIT ?"
_LAST_ID = "SELECT COALESCE(MAX(id), 0) FROM notice"
_FIND = "SELECT 1 FROM notice WHERE key = ?"
_SAVE = "UPDATE notice SET state = ?, attempts = ?, next_ms = ?, done_ms = ?, error = ? WHERE id = ?"
_GIVE_UP = "UPDATE notice SET state = 'given up', error = ? WHERE target = ? AND state = 'waiting'"
_HELD_UP = """SELECT target, COUNT(*), MIN(created_ms), MIN(id) FROM notice WHERE state = 'waiting' GROUP BY target ORDER BY target"""
_ERROR = "SELECT error FROM notice WHERE id = ?"
_MAINTENANCE = """SELECT e.id, e.device, e.log, e.seq, e.event, COALESCE(e.unix_ms, e.received_ms), e.detail,
        (SELECT b.boot FROM batch b WHERE b.device = e.device AND b.log = e.log AND b.stream = e.stream AND b.first <= e.seq
            ORDER BY b.first DESC LIMIT 1)
    FROM alarm_event e WHERE e.id > ? AND e.rule_id = 0 AND e.device > 0 AND e.event IN ('maintain', 'resume') ORDER BY e.id"""
_BOOTS = "SELECT log, boot FROM log WHERE device = ?"
# events that nobody at all was told of, though somebody was to be
_UNHEARD = """SELECT MIN(created_ms) FROM notice n WHERE state = 'waiting'
    AND NOT EXISTS (SELECT 1 FROM notice o WHERE o.event = n.event AND o.repetition = n.repetition AND o.state = 'delivered')"""


class MaintenanceEvent(NamedTuple):
    """A node's word on its own maintenance: in which boot it was said. Units: `detail_ms` is for how long, `at_ms` Unix ms."""

    id: int
    device: int
    log: int
    seq: int
    event: str
    at_ms: int
    detail_ms: int | None
    boot: int | None


class Notice(NamedTuple):
    """One thing to tell one target. `key` is the same however often it is sent; `repetition` counts from 0; `body` is JSON.

    Units: times Unix ms.
    """

    id: int
    key: str
    target: str
    event: int  # id of the alarm event
    repetition: int
    node: str
    rule_id: int
    state: str
    attempts: int
    created_ms: int
    next_ms: int
    done_ms: int | None
    error: str
    body: str


class HeldUp(NamedTuple):
    """How many notices a target is still to be told, since when the oldest of them waits, and why it was not taken."""

    target: str
    number: int
    since_ms: int
    error: str


class Notices:
    """The notices of a store. Each method is a transaction, or part of the one it is called in."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def append(self, notices: Iterable[Notice]) -> list[Notice]:
        """Keep notices, those of a new key only, and return them with their ids."""
        appended = []
        with self._backend.transaction():
            ((last,),) = self._backend.execute(_LAST_ID)
            for notice in notices:
                if not self._backend.execute(_FIND, (notice.key,)):
                    last += 1
                    appended.append(notice._replace(id=last))
                    self._backend.insert("notice", TABLES["notice"], appended[-1:])
        return appended

    def cursor(self) -> int | None:
        """Return the id of the last alarm event that was read, None where none ever was."""
        return dict(self._backend.execute(cursors.READ_CURSORS)).get(CURSOR)

    def move_cursor(self, event: int) -> None:
        """Note that the alarm events up to this id were read."""
        self._backend.execute(cursors.SAVE_CURSOR, (CURSOR, event))

    def waiting(self, target: str, limit: int) -> list[Notice]:
        """Return the oldest notices that a target is still to be told, in the order in which it is to hear them."""
        return [Notice(*row) for row in self._backend.execute(_WAITING, (target, limit))]

    def last(self) -> list[Notice]:
        """Return the last notice of each alarm to each target."""
        return [Notice(*row) for row in self._backend.execute(_LAST)]

    def last_told(self) -> list[Notice]:
        """Return the last notice of each alarm to each target that was not suppressed."""
        return [Notice(*row) for row in self._backend.execute(_LAST_TOLD)]

    def newest(self, limit: int) -> list[Notice]:
        """Return the last notices, the newest first."""
        return [Notice(*row) for row in self._backend.execute(_NEWEST, (limit,))]

    def save(self, notices: Iterable[Notice]) -> None:
        """Note what became of notices."""
        rows = [(each.state, each.attempts, each.next_ms, each.done_ms, each.error, each.id) for each in notices]
        self._backend.executemany(_SAVE, rows)

    def give_up(self, targets: Iterable[str], error: str) -> None:
        """Give up what targets were still to be told."""
        self._backend.executemany(_GIVE_UP, [(error, target) for target in targets])

    def held_up(self) -> list[HeldUp]:
        """Return what waits, by target."""
        rows = self._backend.execute(_HELD_UP)
        return [HeldUp(target, number, since_ms, self._backend.execute(_ERROR, (first,))[0][0]) for target, number, since_ms, first in rows]

    def maintenance_after(self, event: int) -> list[MaintenanceEvent]:
        """Return what nodes told of their maintenance behind an alarm event, in the order it came."""
        return [MaintenanceEvent(*row) for row in self._backend.execute(_MAINTENANCE, (event,))]

    def boots(self, device: int) -> dict[int, int]:
        """Return the present boot of each log of a device."""
        return dict(self._backend.execute(_BOOTS, (device,)))

    def unheard_since(self) -> int | None:
        """Return since when there has been an event that no target at all could be told of, None where there is none."""
        return self._backend.execute(_UNHEARD)[0][0]
