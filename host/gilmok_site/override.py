"""A value set from the collector: what it is, how a person writes it, and how it lies over a site's files."""

import tomllib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from .errors import BadValue, Problem, Where, dotted
from .fields import nearest
from .merge import deep_merge
from .source import Path, parse_key

# What a store keeps of an override, oldest first; the newest entry of a key says how it stands.
SET, WITHDRAWN, WRITTEN = 0, 1, 2

# Where a site is and who its devices are: a value in the store cannot say in which store it is found, nor under whose key.
FIXED = (
    *(("site", key) for key in ("id", "keys", "extends", "include", "inventory")),
    ("store",),
    ("node", "*", "device"),
)
# The tables that a person names: an override sets a value in one of these, and makes none.
_NAMED = (
    *(("link", "*"), ("template", "*"), ("node", "*")),
    *(("node", "*", table, "*") for table in ("sensor", "detector", "output", "rule")),
)


class Override(NamedTuple):
    """One entry of a store's history of overrides.

    Units: `set_ms` and `expires_ms` Unix time in ms; None: until it is withdrawn or written into the file.
    """

    id: int
    key: str
    value: str  # as TOML writes it
    author: str
    set_ms: int
    expires_ms: int | None
    state: int

    @property
    def path(self) -> Path:
        """The key as a path."""
        return parse_key(self.key)[0]

    def counts_at(self, now_ms: int) -> bool:
        """Tell whether it is set and has not expired."""
        return self.state == SET and (self.expires_ms is None or now_ms < self.expires_ms)

    def label(self, zone: tzinfo) -> str:
        """Return what stands where a problem names a file."""
        moment = datetime.fromtimestamp(self.set_ms // 1000, zone)
        return f"gilmok set ({self.author}, {moment.isoformat(' ')})"

    def leaves(self) -> Iterator[tuple[Path, Any]]:
        """Yield each value it sets and its key: a table is set key by key."""
        return _leaves(self.path, tomllib.loads(f"value = {self.value}")["value"])


class OverrideLayer(NamedTuple):
    """An override as one of the files a site is made of."""

    file: str
    places: dict[Path, Where]


def active(overrides: Iterable[Override], now_ms: int) -> list[Override]:
    """Return those of a history, oldest first, that are the newest of their key and count at a time."""
    newest = {each.key: each for each in sorted(overrides)}
    return sorted(each for each in newest.values() if each.counts_at(now_ms))


def parse_override_key(text: str) -> str:
    """Return a key as the store writes it.

    Raises: BadValue.
    """
    path, end = parse_key(text)
    if end != len(text) or len(path) < 2:
        raise BadValue("override_key", value=text)
    return dotted(path)


def parse_override_value(text: str) -> str:
    """Return a value as TOML writes it; what is no TOML is text that a person left without quotes.

    Raises: BadValue.
    """
    text = text.strip()
    if not text or not text.isprintable():
        raise BadValue("override_value", value=text)
    for written in (text, _quoted(text)):
        try:
            if list(tomllib.loads(f"value = {written}")) == ["value"] and "#" not in _outside_quotes(written):
                return written
        except (tomllib.TOMLDecodeError, RecursionError):
            continue
    raise BadValue("override_value", value=text)


def override_problems(override: Override, raw: dict[str, Any], file: str, zone: tzinfo) -> Iterator[Problem]:
    """Yield why an override cannot lie over the tables `raw` of the site in `file`."""
    for path, _ in override.leaves():
        if any(_matches(path, fixed) for fixed in FIXED):
            yield _problem(override, zone, "override_fixed", table=dotted(path))
            continue
        for named in _NAMED:
            around = path[: len(named)]
            if _matches(path, named) and not isinstance(table_at(raw, around), dict):
                near = nearest(str(around[-1]), table_at(raw, around[:-1]) or ())
                yield _problem(override, zone, "override_nowhere", table=dotted(around), near=near, site_file=file, set_key=override.key)
                break


def lay_over(raw: dict[str, Any], overrides: Iterable[Override]) -> dict[str, Any]:
    """Return the tables with the overrides over them, later ones over earlier."""
    for override in overrides:
        for path, value in override.leaves():
            raw = deep_merge(raw, _nested(path, value))
    return raw


def table_at(raw: Any, path: Path) -> Any:
    """Return what stands at `path` in tables, None where nothing does."""
    for part in path:
        raw = raw.get(part) if isinstance(raw, dict) else None
    return raw


def layer_of(override: Override, zone: tzinfo) -> OverrideLayer:
    """Return an override as a layer of the site."""
    label = override.label(zone)
    return OverrideLayer(label, {path: Where(label, None) for path, _ in override.leaves()})


def zone_of(raw: dict[str, Any]) -> tzinfo:
    """Return the time zone that the tables of a site name, else UTC."""
    about = raw.get("site")
    try:
        return ZoneInfo(about["timezone"]) if isinstance(about, dict) else UTC
    except (KeyError, ValueError, TypeError, OSError):  # ZoneInfoNotFoundError is a KeyError
        return UTC


def _leaves(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    if not isinstance(value, dict):
        yield path, value
        return
    for key, item in value.items():
        yield from _leaves((*path, key), item)


def _problem(override: Override, zone: tzinfo, code: str, **facts: Any) -> Problem:
    return Problem(override.label(zone), None, override.key, code, facts)


def _matches(path: Path, pattern: tuple[str, ...]) -> bool:
    return len(path) >= len(pattern) and all(want in ("*", part) for part, want in zip(path, pattern, strict=False))


def _nested(path: Path, value: Any) -> dict[str, Any]:
    for part in reversed(path):
        value = {part: value}
    return value


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _outside_quotes(written: str) -> str:
    """Return what of a TOML value stands in no quotes, where a # begins a comment."""
    from .source import STRING

    return STRING.sub("", written)
