"""A running collector as lines: for journald, for a file, for a terminal that cannot move its cursor."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from .language import say, spaced
from .watch import INFO, Note, Watch, gateway_lines

if TYPE_CHECKING:
    from gilmok_collector.service import Service

STATUS_S = 600.0  # a line that says "still here" six times an hour


class Journal:
    """Prints notes as they come, and every ten minutes how it is going.

    journald takes the time itself, and the priority from the start of a line (sd-daemon(3)); elsewhere each line has
    its time.
    """

    def __init__(self, watch: Watch, service: Service) -> None:
        self._watch = watch
        self._service = service
        self._under_journald = "JOURNAL_STREAM" in os.environ
        self._status_at = time.monotonic() + STATUS_S

    def show(self, notes: list[Note]) -> None:
        """Print what is new."""
        for note in notes:
            self._print(note)
        if time.monotonic() >= self._status_at:
            self._status_at = time.monotonic() + STATUS_S
            radios = self._watch.radio_lines(time.time_ns() // 1_000_000)
            for line in (status_line(self._watch, self._service), *gateway_lines(self._service), *radios):
                self._print(Note(INFO, line))

    def close(self) -> None:
        """Nothing is held."""

    def _print(self, note: Note) -> None:
        start = f"<{note.priority}>" if self._under_journald else time.strftime("%Y-%m-%dT%H:%M:%S%z ")
        print(start + note.text, file=sys.stdout, flush=True)


def status_line(watch: Watch, service: Service) -> str:
    """Return in one line how a collector is doing."""
    rows = watch.rows(service)
    total = watch.total()
    heard = sum(row.seen_ms is not None for row in rows)
    return say("status", heard=heard, nodes=len(rows), stored=spaced(total.stored), gaps=spaced(total.gaps))
