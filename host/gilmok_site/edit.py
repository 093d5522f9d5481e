"""One value put into a TOML text that a person wrote, with its comments, its order and everything else as it was."""

import tomllib
from collections.abc import Iterator, MutableMapping
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, InlineTable, Table

from .errors import dotted
from .merge import deep_merge
from .source import Path

# The tables that stand under a header of their own; what is below one of them is an inline table or a dotted key.
_TABLES = ("sensor", "detector", "output", "rule")
_HEADERS = (
    *((parent, "*", table, "*") for parent in ("node", "template") for table in _TABLES),
    *(("node", "*"), ("template", "*"), ("link", "*"), ("*",)),
)


def put_value(text: str, path: Path, written: str) -> str | None:
    """Return `text` with `written`, a TOML value, at `path`; None where only a person can put it there."""
    wanted = deep_merge(tomllib.loads(text), tomllib.loads(f"{dotted(path)} = {written}"))
    return next((draft for draft in _drafts(text, path, written) if _parses_to(draft, wanted)), None)


def value_at(written: str, path: Path) -> str:
    """Return the part at `path` of a TOML value, as it is written there."""
    value: Any = tomlkit.value(written)
    for part in path:
        value = value[part]
    return value.as_string()


def _parses_to(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _drafts(text: str, path: Path, written: str) -> Iterator[str]:
    """Yield the text with the value at each place where it may stand, the one a person would choose first."""
    for change in (_replaced, _added_line, _set_in_table, _added_header):
        document = tomlkit.parse(text)  # anew: an attempt that went wrong may have changed it
        try:
            draft = change(document, path, written)
        except (TOMLKitError, TypeError, ValueError, KeyError):
            continue
        if draft is not None:
            yield draft


def _replaced(document: Any, path: Path, written: str) -> str | None:
    """Put the value in the place of the one that is there, beside its comment."""
    table, rest = _innermost(document, path)
    if rest[0] not in table or isinstance(table[rest[0]], Table | AoT):
        return None
    table[rest[0]] = tomlkit.value(_inline(rest[1:], written))
    return tomlkit.dumps(document)


def _added_line(document: Any, path: Path, written: str) -> str | None:
    """Add a line behind the table's last key, before the comments that belong to what comes next."""
    table, rest = _innermost(document, path)
    if not isinstance(table, Table) or len(path) - len(rest) < _header_length(path):
        return None
    plain = [item for key, item in table.value.body if key is not None and not isinstance(item, Table | AoT)]
    behind = plain[-1] if plain else table
    behind.trivia.trail = f"\n{behind.trivia.indent}{dotted(rest[:1])} = {_inline(rest[1:], written)}\n"
    return tomlkit.dumps(document)


def _set_in_table(document: Any, path: Path, written: str) -> str | None:
    """Add a key to an inline table, or to one in several pieces."""
    table, rest = _innermost(document, path)
    key = str(rest[0])
    if len(path) - len(rest) < _header_length(path) or key in table:  # what is there are tables with comments of their own
        return None
    table[key] = tomlkit.value(_inline(rest[1:], written))
    if isinstance(table, InlineTable):
        table[key].trivia.trail = " "
    return tomlkit.dumps(document)


def _added_header(document: Any, path: Path, written: str) -> str | None:
    """Add a table at the end."""
    length, text = _header_length(path), tomlkit.dumps(document)
    gap = "\n" if text.endswith("\n") else "\n\n"
    return f"{text}{gap}[{dotted(path[:length])}]\n{dotted(path[length:])} = {written}\n"


def _innermost(document: Any, path: Path) -> tuple[Any, Path]:
    """Return the innermost table on the way to `path` that is there, and the rest of the way."""
    table = document
    for depth, part in enumerate(path[:-1]):
        inner = table.get(part)
        if not isinstance(inner, MutableMapping):
            return table, path[depth:]
        table = inner
    return table, path[-1:]


def _header_length(path: Path) -> int:
    return next(
        len(header)
        for header in _HEADERS
        if len(header) < len(path) and all(want in ("*", part) for want, part in zip(header, path, strict=False))
    )


def _inline(path: Path, written: str) -> str:
    for part in reversed(path):
        written = f"{{ {dotted((part,))} = {written} }}"
    return written
