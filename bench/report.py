"""Figures and the table they are printed in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from time import perf_counter
from typing import Any


class Skipped(Exception):
    """A figure cannot be had here; the message says why."""


@dataclass
class Figure:
    """One line of the table; with a `key` it also goes into build/bench.json."""

    name: str
    value: float
    unit: str = ""
    peer: str = ""  # what the peer is
    peer_value: float | None = None
    key: str = ""
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """Whether the target is met, where there is one."""
        if self.at_most is not None:
            return f"{'met' if self.value <= self.at_most else 'MISSED'} (≤ {_format(self.at_most)})"
        if self.at_least is not None:
            return f"{'met' if self.value >= self.at_least else 'MISSED'} (≥ {_format(self.at_least)})"
        return ""


def print_figures(title: str, figures: list[Figure]) -> None:
    """Print one section of the table."""
    head = (title, "ours", "", "peer's", "ratio", "target", "")
    rows = [head] + [_cells(figure) for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    for index, row in enumerate(rows):
        cells = [row[0].ljust(widths[0]), row[1].rjust(widths[1]), row[2].ljust(widths[2]), row[3].rjust(widths[3])]
        cells += [row[4].rjust(widths[4]), row[5].ljust(widths[5]), row[6]]
        print("  ".join(cells).rstrip())
        if not index:
            print("-" * min(118, sum(widths) + 2 * len(widths)))
    print()


def time_each(run: Callable[[Any], object], items: Sequence[Any], rounds: int) -> float:
    """Return the seconds that `run` takes for all items, each at its best: whatever else goes on here can only slow one down."""
    best = [inf] * len(items)
    for _ in range(rounds):
        for index, item in enumerate(items):
            start = perf_counter()
            run(item)
            best[index] = min(best[index], perf_counter() - start)
    return sum(best)


def _cells(figure: Figure) -> tuple[str, ...]:
    peer = ratio = ""
    if figure.peer_value is not None:
        peer = _format(figure.peer_value)
        ratio = f"{figure.value / figure.peer_value:.2f}" if figure.peer_value else ""
    note = "; ".join(part for part in (figure.peer and f"peer: {figure.peer}", figure.note) if part)
    return figure.name, _format(figure.value), figure.unit, peer, ratio, figure.verdict, note


def _format(number: float) -> str:
    if number >= 10_000:
        return f"{number:,.0f}".replace(",", " ")
    return f"{number:.0f}" if number == int(number) else f"{number:.2f}"
