"""The demo's live table in the terminal."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..language import say
from .alarms import AlarmLine, Alarms

if TYPE_CHECKING:
    from .run import Collector
    from .scene import Street

REFRESH_S = 0.25
ALARMS_S = 1.0  # an alarm is there for longer, and each look costs queries


class View:
    """A table and the alarms that stand, redrawn four times a second, or nothing where nobody watches."""

    def __init__(self, street: Street, collector: Collector, live: bool) -> None:
        self._street = street
        self._engine = collector.engine
        self._live: Any = None
        self._wanted = live
        self._drawn = 0.0
        self._alarms = Alarms(street.site)
        self._lines: list[AlarmLine] = []
        self._looked = 0.0

    def __enter__(self) -> View:
        if self._wanted:
            from rich.live import Live

            self._live = Live(self._picture(), auto_refresh=False)
            self._live.__enter__()
        return self

    def __exit__(self, *exc: Any) -> None:
        if self._live is not None:
            self._looked = 0.0
            self._live.update(self._picture(), refresh=True)
            self._live.__exit__(*exc)

    def refresh(self) -> None:
        """Redraw when it is time to."""
        now = time.monotonic()
        if self._live is not None and now - self._drawn >= REFRESH_S:
            self._drawn = now
            self._live.update(self._picture(), refresh=True)

    def _picture(self) -> Any:
        from rich.console import Group

        now = time.monotonic()
        if now - self._looked >= ALARMS_S:
            self._looked = now
            self._lines = self._alarms.lines()
        return Group(self._table(), *([alarm_table(self._lines)] if self._lines else []))

    def _table(self) -> Any:
        from rich import box
        from rich.table import Table

        street = self._street
        seconds = street.scenario_ms() // 1000
        clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        title = f"{street.scenario.title} · {street.scenario.speed:g} × real time · simulated {clock}"
        table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
        table.add_column("node")
        table.add_column("link")
        table.add_column("runs on")
        for heading in ("logged", "acknowledged", "stored", "backlog", "last", "heap free"):
            table.add_column(heading, justify="right")
        for node in street.nodes:
            table.add_row(*self._row(node))
        return table

    def _row(self, node: Any) -> list[str]:
        street, report = self._street, node.report
        state = self._engine.devices.get(street.device_of[node.name])
        if not report:
            return [node.name, street.link_of[node.name], node.interpreter, *["-"] * 6]
        last = "-" if state is None else f"{max(0, street.unix_ms() - state.last_ms) / 1000 / street.scenario.speed:.1f} s"
        heap = report["heap_free"]
        return [
            node.name,
            street.link_of[node.name],
            node.interpreter,
            _spaced(report["logged"]),
            _spaced(report["logged"] - report["backlog"]),
            _spaced(state.records if state else 0),
            _spaced(report["backlog"]),
            last,
            "-" if heap is None else f"{heap // 1024} KB",
        ]


def alarm_table(lines: Iterable[AlarmLine]) -> Any:
    """Return an alarm after the other: its level in its colour, whose it is and why; below, what its outputs do and what people should."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    for line in lines:
        table.add_row(Text(line.level, style=f"bold {line.colour}"), Text(line.name), Text(line.why))
        for label, text in (("label_outputs", line.outputs), ("label_do", line.response)):
            if text:
                table.add_row("", "", Text(f"{say(label)} {text}"))
    return table


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")
