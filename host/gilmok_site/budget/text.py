"""Budgets as people read them: a row a node, and under --explain every sum with its source."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..errors import language
from . import Budget, budget_of
from .account import Line, Part, number
from .heap import KB, ceil_kb
from .words import CELLS, HEADS, LABELS, NOTES, PARTS

if TYPE_CHECKING:
    from ..model import Site

NONE = "–"
_MB = 1_000_000
_FEW_DAYS = 2  # below, people count in hours


def budget_rows(site: "Site", lang: str | None = None) -> list[tuple[str, ...]]:
    """Return the rows of the table of budgets, its heads first."""
    lang = language(lang)
    return [HEADS[lang], *((name, *_cells(budget_of(site, name), lang == "ko")) for name in site.node)]


def explain(site: "Site", lang: str | None = None) -> str:
    """Return the arithmetic behind every budget of a checked site."""
    korean = language(lang) == "ko"
    return "\n".join(line for name in site.node for line in _node_lines(name, budget_of(site, name), korean))


def _node_lines(name: str, budget: Budget, korean: bool) -> Iterator[str]:
    yield name
    for part, words in PARTS.items():
        lines = getattr(budget, part).lines
        if lines:
            yield f"  {words[korean]}"
            yield from (f"    {_line(line, korean)}" for line in lines)


def _line(line: Line, korean: bool) -> str:
    notes = [note for note in (line.source, NOTES[line.note][korean] if line.note else "") if note]
    behind = f"  [{'; '.join(notes)}]" if notes else ""
    return f"{LABELS[line.label][korean].format(name=line.name)}: {line.sum}{behind}"


def _cells(budget: Budget, korean: bool) -> tuple[str, ...]:
    shown = {"heap": _heap, "log": _days, "traffic": _bytes, "air": _seconds, "energy": _energy, "battery": _battery}
    return tuple(_cell(getattr(budget, part), show, korean) for part, show in shown.items())


def _cell(part: Part, show: Callable[[Part, float, bool], str], korean: bool) -> str:
    if not part.applies:
        return NONE
    return CELLS["unknown"][korean] if part.value is None else show(part, part.value, korean)


def _heap(part: Part, value: float, korean: bool) -> str:
    return CELLS["heap"][korean].format(used=ceil_kb(value), have=int(part.limit or 0) // KB)


def _days(part: Part, value: float, korean: bool) -> str:
    sign = "" if part.known else "< "
    if value < _FEW_DAYS:
        return CELLS["hours"][korean].format(sign=sign, hours=number(value * 24))
    return CELLS["days"][korean].format(sign=sign, days=number(value))


def _bytes(part: Part, value: float, korean: bool) -> str:
    return f"{number(value / _MB)} MB" if value >= _MB else f"{number(value / 1000)} kB"


def _seconds(part: Part, value: float, korean: bool) -> str:
    return f"{number(value)} s"


def _energy(part: Part, value: float, korean: bool) -> str:
    return f"{'' if part.known else '> '}{number(value)} Wh"


def _battery(part: Part, value: float, korean: bool) -> str:
    days = _days(part, value, korean)
    if part.limit is None:
        return days
    enough = "sun_ok" if part.known else "sun_untold"
    return CELLS[enough if part.limit >= 1 else "sun_short"][korean].format(days=days)
