"""From a site file to a checked site, or to every reason why not."""

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .check import check
from .errors import Problem, SiteError
from .gather import gather
from .invalid import mended, problems_of, without_echoes
from .model import Site
from .override import Override, active, table_at
from .read import read_text
from .source import Path as KeyPath
from .source import Source


def load_site(path: str | Path, overrides: Iterable[Override] = (), now_ms: int | None = None) -> Site:
    """Return the site that the file at `path` describes, with those of the overrides over it that count now.

    Raises: SiteError with every problem found.
    """
    file = str(path)
    counting = active(overrides, time.time_ns() // 1_000_000 if now_ms is None else now_ms)
    return parse_site(read_text(file), file, counting)


def parse_site(text: str, file: str = "site.toml", overrides: Sequence[Override] = (), drafts: Mapping[Path, str] | None = None) -> Site:
    """Return the site that `text` describes; relative paths count from the folder of `file`.

    `overrides` lie over it; `drafts` stand for what included files hold.
    Raises: SiteError with every problem found.
    """
    raw, source, problems, whole = gather(Source(file, text.replace("\r\n", "\n")), overrides, drafts)
    if not whole:
        raise SiteError(_in_order(problems, source))
    site, unusable = _validate(raw, source)
    problems += unusable
    if site is not None:
        problems += _not_left_out(check(site), raw, site)
    if problems:
        raise SiteError(_in_order(without_echoes(problems), source))
    if site is None:
        raise AssertionError("a site without problems is a site")
    return site


def file_values(path: str | Path, keys: Iterable[KeyPath]) -> list[Any]:
    """Return what the files of a site say at each key, None where they say nothing.

    Raises: SiteError.
    """
    file = str(path)
    raw = gather(Source(file, read_text(file).replace("\r\n", "\n"))).raw
    return [table_at(raw, key) for key in keys]


def _in_order(problems: list[Problem], source: Source) -> list[Problem]:
    """Return the problems in the order of the files; what several nodes have of one template is said once."""
    first = {(each.file, each.line, each.column, each.message("en")): each for each in reversed(problems)}
    return sorted(
        (each for each in problems if first[each.file, each.line, each.column, each.message("en")] is each),
        key=lambda each: (source.order(each.file), each.line or 0),
    )


def _validate(raw: dict[str, Any], source: Source) -> tuple[Site | None, list[Problem]]:
    """Return the site, or what remains of it without its unusable parts, and the problems of those parts."""
    problems: list[Problem] = []
    remains = raw
    for _ in range(3):  # as written; with misspelt keys put right; without what those held, if that is unusable too
        try:
            return Site.model_validate(remains).placed_in(source), problems
        except ValidationError as error:
            problems = problems or problems_of(error, source, raw)
            remains = mended(remains, error)
    return None, problems


def _not_left_out(problems: list[Problem], raw: dict[str, Any], site: Site) -> list[Problem]:
    """Drop complaints about links, areas and sensors that are in the file, but were left out for a problem of their own."""
    return [each for each in problems if not _is_left_out(each, raw, site)]


# Complaints about what another table may have: which tables of the node these are.
_SOURCES, _OUTPUTS, _RULES = ("sensor", "detector"), ("output",), ("rule",)
_LEFT_OUT = {
    **dict.fromkeys(("channel_ref", "channel_ref_none", "rule_watch", "rule_watch_none", "detector_sensor", "detector_none"), _SOURCES),
    **dict.fromkeys(("rule_output", "rule_output_none", "target_node", "target_output", "target_none"), _OUTPUTS),
    "rule_unknown": _RULES,
}


def _is_left_out(problem: Problem, raw: dict[str, Any], site: Site) -> bool:
    if problem.code in ("unknown_link", "area_unknown"):
        named = raw.get("link" if problem.code == "unknown_link" else "area", {})
        return not isinstance(named, dict) or problem.facts["value"] in named
    if problem.code not in _LEFT_OUT:
        return False
    tables, node = _LEFT_OUT[problem.code], problem.facts["node"]
    value = str(problem.facts["value"]).partition(":")[0]
    if tables == _OUTPUTS and "." in value:
        node, _, value = value.rpartition(".")
    if node not in site.node:
        return node in raw["node"]
    name = value.partition(".")[0]
    return any(name in raw["node"][node].get(table, {}) and name not in getattr(site.node[node], table) for table in tables)
