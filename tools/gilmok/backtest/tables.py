"""Files of measurements as rows of text: one module each for CSV, NOOS and the store; this one tells them apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path

Row = tuple[int | None, dict[str, str]]  # Unix ms, None where the time cannot be read; the column's texts


@dataclass
class Table:
    """What a file holds. `units` are those the file names itself, known when the first row is there.

    `size` and `position` say how far reading has come; 0 where that is not known.
    """

    name: str
    columns: list[str]
    rows: Iterator[Row]
    units: dict[str, str] = field(default_factory=dict)
    size: int = 0
    position: int = 0


@dataclass(frozen=True)
class Request:
    """How to read a file: the zone of times without one, the column of times, the node of a file that holds several."""

    zone: tzinfo
    time: str | None = None
    node: str | None = None


def open_table(path: Path, request: Request) -> Table:
    """Return what a file of any known kind holds.

    Raises: Refused, OSError.
    """
    from .read_csv import open_csv
    from .read_noos import is_noos, open_noos

    return open_noos(path) if is_noos(path) else open_csv(path, request)
