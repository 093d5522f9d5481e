"""The NOOS tide format: a head of `# key : value`, then a time and a value a line, GMT.

Source: NOOS exchange format as MATROOS writes it; the unit is metres.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

from ..errors import Refused
from .tables import Row, Table
from .times import parse_time

_ENDINGS = (".noos",)


def is_noos(path: Path) -> bool:
    """Say whether a file is one, by its name."""
    return path.suffix.lower() in _ENDINGS


def open_noos(path: Path) -> Table:
    """Return the one series of a file, as a column of the name its head gives it.

    Raises: Refused, OSError.
    """
    head = _read_head(path)
    if head.get("timezone", "GMT") not in ("GMT", "UTC"):
        raise Refused("backtest_noos_zone", file=path, zone=head["timezone"])
    column = head.get("unit", "waterlevel")
    table = Table(path.name, [column], iter(()), {column: "m"}, path.stat().st_size)
    table.rows = _read_rows(path, column, table)
    return table


def _read_head(path: Path) -> dict[str, str]:
    head = {}
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            if not line.startswith("#"):
                break
            key, _, value = line.lstrip("#").partition(":")
            head[key.strip().lower()] = value.strip()
    return head


def _read_rows(path: Path, column: str, table: Table) -> Iterator[Row]:
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            table.position += len(line)
            if line.strip() and not line.startswith("#"):
                time, _, value = line.strip().partition(" ")
                yield parse_time(time, UTC), {column: value.strip()}
