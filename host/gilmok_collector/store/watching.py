"""What the collector's own rules ask of the store: what is new, and how surely it is dated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from . import alarm_statements as statements
from .backend import Backend
from .queries import read_range
from .result import Record
from .saving import read_schemas

CURSOR = "watch"  # its row of the table `cursor` holds the id of the last alarm event that the watch has taken in

_LAST_BATCH = "SELECT COALESCE(MAX(id), 0) FROM batch"
_NEWEST = "SELECT device, MAX(id) FROM batch WHERE id > ? GROUP BY device"
_DATED = "SELECT unix_end_ms, uncertainty_ms FROM batch WHERE id = ?"
_UNCERTAINTY = """SELECT uncertainty_ms FROM batch WHERE device = ? AND log = ? AND stream = ? AND first <= ?
    ORDER BY first DESC LIMIT 1"""


class Told(NamedTuple):
    """A record of a stream of a node's own, its values by channel. Units: Unix ms, None where undated."""

    device: int
    stream: str
    unix_ms: int | None
    values: dict[str, int | None]


class Watching:
    """Each method is a transaction, or part of the one it is called in."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def cursor(self) -> int | None:
        """Return the id of the last alarm event that was taken in, None where none ever was."""
        return dict(self._backend.execute(statements.READ_CURSORS)).get(CURSOR)

    def move_cursor(self, event: int) -> None:
        """Note that the alarm events up to this id were taken in."""
        self._backend.execute(statements.SAVE_CURSOR, (CURSOR, event))

    def last_batch(self) -> int:
        """Return where the store ends now."""
        return self._backend.execute(_LAST_BATCH)[0][0]

    def told(self, after: int, last: int, streams: tuple[str, str]) -> Iterator[Told]:
        """Yield the records of two streams that came behind the batch `after` up to `last`, in the order they came."""
        rows = self._backend.execute(statements.EVENT_BATCHES, (after, last, *streams))
        for _, device, log, stream, first, count, _, name in rows:
            if name is not None:
                columns = read_schemas(self._backend, device, log)[stream].columns or []
                for record in list(read_range(self._backend, device, log, stream, first, first + count)):
                    yield _told(record, name, [column[0] for column in columns])

    def newest_batches(self, after: int) -> dict[int, int]:
        """Return the newest batch of each device among those behind `after`."""
        return dict(self._backend.execute(_NEWEST, (after,)))

    def date_of(self, batch: int) -> tuple[int | None, int | None]:
        """Return the Unix time in ms of a batch's end, and how sure it is; None where no clock has dated it."""
        return next(iter(self._backend.execute(_DATED, (batch,))), (None, None))

    def uncertainty_of(self, device: int, log: int, stream: int, seq: int) -> int | None:
        """Return how surely a record is dated, in ms, None where it is not."""
        rows = self._backend.execute(_UNCERTAINTY, (device, log, stream, seq))
        return rows[0][0] if rows else None


def _told(record: Record, stream: str, channels: list[str]) -> Told:
    return Told(record.device, stream, record.unix_ms, dict(zip(channels, record.values, strict=False)))
