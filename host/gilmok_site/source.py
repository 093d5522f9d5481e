"""Where in a TOML text each key stands, which tomllib does not tell."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from .errors import Problem, Where, dotted

Path = tuple[str | int, ...]

_STRING = (
    r'"""(?:\\[\s\S]|[^\\])*?"""(?:"{0,2})'  # may end in five quotes: two of them are text (TOML 1.0, String)
    r"|'''[\s\S]*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'"
)
STRING = re.compile(_STRING)
_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_REST_OF_LINE = re.compile(r"[^\n]*")
_KEY_PART = re.compile(r"""[ \t]*("(?:\\.|[^"\\])*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*""")
_VALUE_PIECE = re.compile(_STRING + r"""|#[^\n]*|[\[{]|[\]}]|\n|[^"'#\[\]{}\n]+""")


@dataclass(frozen=True)
class Source:
    """A text, the file name its reader knows it by, and the line of every key in it."""

    file: str
    text: str = ""

    @cached_property
    def lines(self) -> dict[Path, int]:
        """The line of every table and key, found only when something is wrong."""
        return locate_keys(self.text)

    @property
    def places(self) -> dict[Path, Where]:
        """The place of every table and key."""
        return {path: Where(self.file, line) for path, line in self.lines.items()}

    def line_of(self, path: Path) -> int | None:
        """Return the line of `path`, or of the innermost enclosing key that has one."""
        return next((self.lines[each] for each in _outwards(path) if each in self.lines), None)

    def where(self, path: Path) -> Where:
        """Return the place of `path`, or of the innermost enclosing key that has one."""
        return Where(self.file, self.line_of(path))

    def order(self, file: str) -> int:
        """Return the place of `file` among the site's files."""
        return 0

    def problem(self, path: Path, code: str, **facts: Any) -> Problem:
        """Return the problem `code` at `path`."""
        file, line, column = self.where(path)
        return Problem(file, line, dotted(path), code, facts, column)


class Layer(Protocol):
    """One of the files a site is made of, by name and by the places of its keys."""

    @property
    def file(self) -> str: ...

    @property
    def places(self) -> dict[Path, Where]: ...


@dataclass(frozen=True)
class Layers(Source):
    """Several files that make one site: `layers` from what is overridden to what overrides.

    `copies` are tables made of others: from where, to where; what stands at the copy itself goes before. `overrides` lie
    over all of it. `own` are the files that are the site's: the one a person named and those it includes.
    """

    layers: tuple[Layer, ...] = ()
    copies: tuple[tuple[Path, Path], ...] = ()
    overrides: tuple[Layer, ...] = ()
    own: tuple[Source, ...] = ()

    @cached_property
    def _places(self) -> dict[Path, Where]:
        places: dict[Path, Where] = {}
        for layer in self.layers:
            places.update(layer.places)
        below = {origin: [path for path in places if path[: len(origin)] == origin] for origin, _ in self.copies}
        for origin, copy in self.copies:
            for path in below[origin]:
                places.setdefault(copy + path[len(origin) :], places[path])
        for layer in self.overrides:
            places.update(layer.places)
        return places

    def where(self, path: Path) -> Where:
        """Return the place of `path`, or of the innermost enclosing key that has one."""
        return next((self._places[each] for each in _outwards(path) if each in self._places), Where(self.file, None))

    def order(self, file: str) -> int:
        """Return the place of `file` among the site's files: the one a person named comes first."""
        files = [self.file, *(layer.file for layer in self.layers)]
        return files.index(file) if file in files else len(files)


def _outwards(path: Path) -> Iterator[Path]:
    """Yield `path` and all that enclose it."""
    return (path[:length] for length in range(len(path), -1, -1))


def locate_keys(text: str) -> dict[Path, int]:
    """Return the line of every table and key of a valid TOML text.

    Keys inside inline tables and arrays are not listed: they stand at the line of the key that encloses them.
    An array of tables counts its tables in the path. An empty text has no lines.
    """
    lines: dict[Path, int] = {(): 1} if text else {}
    tables: dict[Path, int] = {}  # array of tables -> index of its last table
    table: Path = ()
    for line, brackets, key in _statements(text):
        if brackets:
            path = table = _resolve(key, tables, brackets == 2)
        else:
            path = table + key
        lines[path] = line
        for length in range(1, len(path)):
            lines.setdefault(path[:length], line)
    return lines


def _statements(text: str) -> Iterator[tuple[int, int, Path]]:
    """Yield line, opening brackets and key of every table header and of every key with a value."""
    line, counted = 1, 0
    at = _end_of(_BLANK, text, 0)
    while at < len(text):
        line, counted = line + text.count("\n", counted, at), at
        brackets = 2 if text.startswith("[[", at) else int(text[at] == "[")
        key, at = parse_key(text, at + brackets)
        if not key:
            return  # no TOML after all: rather no lines than a loop without end
        yield line, brackets, key
        at = _end_of(_REST_OF_LINE, text, at) if brackets else _skip_value(text, at)
        at = _end_of(_BLANK, text, at)


def parse_key(text: str, at: int = 0) -> tuple[Path, int]:
    """Return a dotted key and the offset behind it; no path where there is none."""
    parts: list[str] = []
    while match := _KEY_PART.match(text, at):
        word = match[1]
        parts.append(tomllib.loads(f"key = {word}")["key"] if word[0] in "\"'" else word)
        at = match.end()
        if text[at : at + 1] != ".":
            break
        at += 1
    return tuple(parts), at


def _resolve(key: Path, tables: dict[Path, int], begins: bool) -> Path:
    """Return the path of a table header, with the index of each array of tables on its way."""
    path: Path = ()
    for number, part in enumerate(key, start=1):
        path += (part,)
        if begins and number == len(key):
            tables[path] = tables.get(path, -1) + 1
        if path in tables:
            path += (tables[path],)
    return path


def _skip_value(text: str, at: int) -> int:
    """Return the offset of the line end behind the value that starts at `at`."""
    depth = 0
    while match := _VALUE_PIECE.match(text, at):
        piece = match.group()
        if piece == "\n" and depth == 0:
            break
        depth += (piece in "[{") - (piece in "]}")
        at = match.end()
    return at


def _end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else len(text)
