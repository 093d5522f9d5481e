"""One line of arithmetic, and what lines add up to."""

from typing import NamedTuple

DAY_MS = 86_400_000


class Line(NamedTuple):
    """One step of a sum: `label` and `note` are keys of words.LABELS and words.NOTES, `name` is whose step it is, `source` says so."""

    label: str
    sum: str
    name: str = ""
    source: str = ""
    note: str = ""


class Part(NamedTuple):
    """One figure of a budget; `value` is None where there is none.

    `known` is whether all of it is known, `limit` what is available, where that has a bound, `applies` whether there is such a thing here.
    """

    value: float | None
    lines: list[Line]
    known: bool = True
    limit: float | None = None
    applies: bool = True


NOTHING = Part(None, [], applies=False)


def number(value: float) -> str:
    """Return a number with three digits that count, thousands apart."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.5f}"
