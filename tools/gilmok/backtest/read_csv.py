"""CSV of any make: a column of times, a column a channel; and Gilmok's own export, a line a reading."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from ..commands.export import COLUMNS as EXPORTED
from ..errors import Refused
from .tables import Request, Row, Table
from .times import parse_time

_SNIFFED = 16_384  # characters: enough to see past any head
_ENCODINGS = ("utf-8-sig", "cp949")  # what Korean offices export is often the latter


def open_csv(path: Path, request: Request) -> Table:
    """Return the rows below a file's header; lines that begin with # are no part of it.

    Raises: Refused, OSError.
    """
    encoding = _encoding_of(path)
    with path.open(encoding=encoding, newline="") as file:
        lines = _without_comments(file)
        header_line = next(lines, "")
        sample = [line for _, line in zip(range(20), lines, strict=False)]
    delimiter = max(",;\t", key=header_line.count)
    header = [name.strip() for name in next(csv.reader([header_line], delimiter=delimiter), [])]
    rows = list(csv.reader(sample, delimiter=delimiter))
    if len(header) < 2 or not rows:
        raise Refused("backtest_no_rows", file=path)
    table = Table(path.name, header, iter(()), size=path.stat().st_size)
    if tuple(header) == EXPORTED:
        table.rows = _read_exported(_read(path, encoding, delimiter, table), table, request)
        table.columns = []
    else:
        times = _time_columns(path, header, rows, request)
        table.columns = [name for name in header if name not in times]
        table.rows = _read_rows(_read(path, encoding, delimiter, table), header, times, request)
    return table


def _encoding_of(path: Path) -> str:
    """Return an encoding in which all of the file can be read.

    Raises: Refused.
    """
    for encoding in _ENCODINGS:
        try:
            with path.open(encoding=encoding) as file:
                while file.read(1 << 20):
                    pass
            return encoding
        except UnicodeDecodeError:
            continue
    raise Refused("backtest_encoding", file=path)


def _without_comments(file: TextIO) -> Iterator[str]:
    return (line for line in file if line.strip() and not line.startswith("#"))


def _read(path: Path, encoding: str, delimiter: str, table: Table) -> Iterator[list[str]]:
    """Yield the rows below the header."""
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(_counted(_without_comments(file), table), delimiter=delimiter)
        next(reader)
        yield from reader


def _counted(lines: Iterator[str], table: Table) -> Iterator[str]:
    for line in lines:
        table.position += len(line)
        yield line


def _time_columns(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], request: Request) -> list[str]:
    """Return the column of times, and behind it one of seconds that count from there, if the request names one.

    Raises: Refused.
    """
    if request.time is not None:
        names = [request.time] if request.time in header else request.time.split("+")
        if not all(name in header for name in names) or len(names) > 2:
            raise Refused("backtest_time_column", file=path, value=request.time, known=", ".join(header))
        return names
    for index, name in enumerate(header):
        found = [parse_time(row[index], request.zone) for row in rows if index < len(row)]
        if sum(each is not None for each in found) * 2 > len(rows):
            return [name]
    raise Refused("backtest_no_time", file=path, known=", ".join(header))


def _read_rows(rows: Iterator[list[str]], header: Sequence[str], times: Sequence[str], request: Request) -> Iterator[Row]:
    for cells in rows:
        row = dict(zip(header, cells, strict=False))
        unix_ms = parse_time(row.pop(times[0], ""), request.zone)
        if unix_ms is not None and len(times) > 1:
            try:
                unix_ms += round(float(row.pop(times[1], "")) * 1000)
            except ValueError:
                unix_ms = None
        yield unix_ms, row


def _read_exported(rows: Iterator[list[str]], table: Table, request: Request) -> Iterator[Row]:
    """Yield the readings of one node, each as stream.channel."""
    at = {name: EXPORTED.index(name) for name in EXPORTED}
    for cells in rows:
        if len(cells) != len(EXPORTED):
            yield None, {}
        elif request.node in (None, cells[at["node"]]):
            column = f"{cells[at['stream']]}.{cells[at['channel']]}"
            table.units[column] = cells[at["unit"]]
            yield parse_time(cells[at["time"]], request.zone), {column: cells[at["value"]]}
