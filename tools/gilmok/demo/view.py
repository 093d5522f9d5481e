"""The demo's live table in the terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .run import Collector
    from .scene import Street

REFRESH_S = 0.25


class View:
    """A table that is redrawn four times a second, or nothing where nobody watches."""

    def __init__(self, street: Street, collector: Collector, live: bool) -> None:
        self._street = street
        self._engine = collector.engine
        self._live: Any = None
        self._wanted = live
        self._drawn = 0.0

    def __enter__(self) -> View:
        if self._wanted:
            from rich.live import Live

            self._live = Live(self._table(), auto_refresh=False)
            self._live.__enter__()
        return self

    def __exit__(self, *exc: Any) -> None:
        if self._live is not None:
            self._live.update(self._table(), refresh=True)
            self._live.__exit__(*exc)

    def refresh(self) -> None:
        """Redraw when it is time to."""
        now = time.monotonic()
        if self._live is not None and now - self._drawn >= REFRESH_S:
            self._drawn = now
            self._live.update(self._table(), refresh=True)

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
            return [node.name, "serial", node.interpreter, *["-"] * 6]
        last = "-" if state is None else f"{max(0, street.unix_ms() - state.last_ms) / 1000 / street.scenario.speed:.1f} s"
        heap = report["heap_free"]
        return [
            node.name,
            "serial",
            node.interpreter,
            _spaced(report["logged"]),
            _spaced(report["logged"] - report["backlog"]),
            _spaced(state.records if state else 0),
            _spaced(report["backlog"]),
            last,
            "-" if heap is None else f"{heap // 1024} KB",
        ]


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")
