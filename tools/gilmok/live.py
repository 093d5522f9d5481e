"""A running collector as a table in the terminal, redrawn as it changes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from .language import headings, say, spaced
from .moments import format_age
from .watch import DEBUG, ERROR, WARNING, Note, Row, Watch, gateway_lines

if TYPE_CHECKING:
    from gilmok_collector.service import Service

NOTES = 6  # the latest, below the table
GATEWAYS = 8  # lines of them, and of nodes' radios, at most: `gilmok nodes` tells of all
FRAME = 8  # lines beside the rows and the notes: title, headings, rules, the store's state
STALE_MS = 120_000  # a node reports its health once a minute: after two it is late
STYLES = {ERROR: "bold red", WARNING: "yellow", DEBUG: "dim"}


class View:
    """The live table: a row for each node, what is wrong and what to do, and the latest notes."""

    def __init__(self, watch: Watch, service: Service, console: Console | None = None) -> None:
        self._watch = watch
        self._service = service
        self._console = console or Console()
        self._live = Live(self.render(), console=self._console, auto_refresh=False)
        self._live.start()

    def show(self, notes: list[Note]) -> None:
        """Draw the present state."""
        self._live.update(self.render(), refresh=True)

    def close(self) -> None:
        """Leave the last state on the terminal."""
        self._live.stop()

    def render(self) -> Any:
        """Return what is on the terminal."""
        rows = self._watch.rows(self._service)
        gateways = gateway_lines(self._service)[:GATEWAYS]
        gateways += self._watch.radio_lines(time.time_ns() // 1_000_000)[: GATEWAYS - len(gateways)]
        shown = max(1, self._console.height - FRAME - NOTES - len(gateways))
        parts: list[Any] = [self._table(rows[:shown])]
        if len(rows) > shown:
            parts.append(Text(say("rows_left_out", count=len(rows) - shown), style="dim"))
        parts += [Text(line, overflow="ellipsis", no_wrap=True) for line in gateways]
        if self._watch.store_error is not None:
            parts.append(Text(say("store_failed", reason=self._watch.store_error), style=STYLES[ERROR]))
        parts += [Text(line, style=STYLES[WARNING]) for line in self._watch.remedies.lines(self._service).values()]
        latest = list(self._watch.notes)[-NOTES:]
        parts += [Text(note.text, style=STYLES.get(note.priority, ""), overflow="ellipsis", no_wrap=True) for note in latest]
        return Group(*parts)

    def _table(self, rows: list[Row]) -> Table:
        total = self._watch.total()
        facts = {"stored": spaced(total.stored), "gaps": spaced(total.gaps), "lost": spaced(total.lost)}
        title = say("live_title", url=self._watch.url, **facts)
        table = Table(title=Text(title), box=box.SIMPLE_HEAD, title_justify="left", show_edge=False)
        for number, heading in enumerate(headings("live")):
            table.add_column(heading, justify="right" if number > 2 else "left", no_wrap=True)
        now_ms = time.time_ns() // 1_000_000
        for row in rows:
            table.add_row(*_cells(row, now_ms))
        return table


def _cells(row: Row, now_ms: int) -> list[Text]:
    seen = Text("–")
    if row.seen_ms is not None:
        age_ms = now_ms - row.seen_ms
        seen = Text(format_age(age_ms), style="yellow" if age_ms > STALE_MS else "")
    return [
        Text(row.name),
        Text(row.link or "–"),
        _state(row.up),
        Text(spaced(row.held.stored)),
        Text(f"{row.held.gaps} ({spaced(row.held.lost)})", style="yellow") if row.held.gaps else Text("–"),
        Text("?" if row.backlog is None else spaced(row.backlog)),
        seen,
        Text("–" if row.boot is None else str(row.boot)),
    ]


def _state(up: bool | None) -> Text:
    if up is None:
        return Text("–")
    return Text(say("up"), style="green") if up else Text(say("down"), style="bold red")
