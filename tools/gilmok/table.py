"""Rows of text as a table, in columns that also line up where a cell is Korean."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence


def format_table(rows: Sequence[Sequence[str]], right: Collection[int] = (), indent: str = "") -> list[str]:
    """Return one line a row; the columns numbered in `right` stand flush right."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            " " * (wide - width(cell)) + cell if number in right else cell + " " * (wide - width(cell))
            for number, (cell, wide) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append((indent + "  ".join(cells)).rstrip())
    return lines


def width(text: str) -> int:
    """Return the columns a terminal gives `text`: Hangul takes two each (Unicode annex 11)."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
