"""Nodes from a table of cells: one row a node, as a spreadsheet saves it (CSV, RFC 4180)."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .errors import Problem, SiteError, Where
from .fields import nearest
from .source import Path
from .wires import WIRE_KEYS

# Columns, and the key of the node each stands for; beside them sensor.NAME.KEY, rule.NAME.LEVEL.KEY, datum.KEY and name.KEY are taken
# as they are.
COLUMNS: dict[str, Path] = {
    **{name: (name,) for name in ("node", "template", "board", "name", "device", "link", "health", "height")},
    "profile": ("template",),
    "latitude": ("position", 0),
    "longitude": ("position", 1),
}
_TABLES = ("sensor", "rule", "datum", "name")
_INTEGERS = tuple(key for key in WIRE_KEYS if key != "sdi12_address")


@dataclass
class Cells:
    """An inventory: its nodes as tables, and where each cell stands.

    `heights` are those of nodes: which sensor has it is known once the node's template is.
    """

    file: str
    raw: dict[str, Any] = field(default_factory=dict)
    places: dict[Path, Where] = field(default_factory=dict)
    heights: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add(self, code: str, line: int | None, column: str = "", **facts: Any) -> None:
        """Note the problem `code` at a cell."""
        self.problems.append(Problem(self.file, line, "", code, facts, column))


def read_inventory(file: str, text: str) -> Cells:
    """Return the nodes of the inventory `text`.

    Raises: SiteError if its header is none.
    """
    rows = _rows(file, text)
    cells = Cells(file)
    line, header = next(rows, (1, []))
    columns = [name.strip() for name in header]
    if "node" not in columns:
        raise SiteError([Problem(file, line, "", "csv_header", {"value": ",".join(columns)})])
    for name in columns:
        if name and _path_of(name) is None:
            cells.add("csv_column", line, name, value=name, known=list(COLUMNS), near=nearest(name, COLUMNS))
    for line, row in rows:
        if any(cell.strip() for cell in row):
            _read_row(cells, columns, line, [cell.strip() for cell in row])
    return cells


def _rows(file: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row and its line; a spreadsheet set to Korean or German may part cells otherwise than by commas."""
    head = text.partition("\n")[0]
    delimiter = next((each for each in ",;\t" if each in head), ",")
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        line = 1
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise SiteError([Problem(file, reader.line_num, "", "csv_broken", {"reason": error})]) from None


def _read_row(cells: Cells, columns: list[str], line: int, row: list[str]) -> None:
    texts = {name: cell for name, cell in zip(columns, row, strict=False) if name and cell}
    node = texts.pop("node", None)
    nodes = cells.raw.setdefault("node", {})
    if node is None:
        cells.add("csv_node", line, "node")
    elif node in nodes:
        cells.add("csv_twice", line, "node", value=node, other=cells.places["node", node])
    else:
        nodes[node] = {}
        cells.places["node", node] = Where(cells.file, line, "node")
        if len(row) > len(columns) and any(row[len(columns) :]):
            cells.add("csv_cells", line, value=len(row), most=len(columns))
        for column, text in texts.items():
            _put(cells, node, column, text, line)


def _put(cells: Cells, node: str, column: str, text: str, line: int) -> None:
    """Put the text of a cell where its column says."""
    path = _path_of(column)
    if path is None:
        return
    where = Where(cells.file, line, column)
    if path == ("height",):
        cells.heights[node] = text
        cells.places["node", node, "height"] = where
        return
    table = cells.raw["node"][node]
    for part in path[:-1]:
        table = table.setdefault(part, [] if part == "position" else {})
    if isinstance(table, list):
        table.append(_number(text))
        path = path[:-1]
    else:
        table[path[-1]] = _value(str(path[-1]), text)
    cells.places.setdefault(("node", node, *path), where)


def _path_of(column: str) -> Path | None:
    parts = tuple(column.split("."))
    if len(parts) > 1 and parts[0] in _TABLES and all(parts):
        return parts
    return COLUMNS.get(column)


def _value(key: str, text: str) -> Any:
    """Return a cell as its key wants it; what it cannot be stays text, which the model then complains of."""
    if key in _INTEGERS:
        try:
            return int(text, 0)
        except ValueError:
            return text
    return {"true": True, "false": False}.get(text.lower(), text) if key == "urgent" else text


def _number(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text
