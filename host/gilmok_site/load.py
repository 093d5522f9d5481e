"""From a site file to a checked site, or to every reason why not."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .check import check
from .errors import Problem, SiteError
from .fields import nearest
from .invalid import mended, problems_of, without_echoes
from .model import Site
from .source import Source


def load_site(path: str | Path) -> Site:
    """Return the site that the file at `path` describes.

    Raises: SiteError with every problem found.
    """
    file = str(path)
    return parse_site(read_text(file), file)


def parse_site(text: str, file: str = "site.toml") -> Site:
    """Return the site that `text` describes; relative paths count from the folder of `file`.

    Raises: SiteError with every problem found.
    """
    source = Source(file, text.replace("\r\n", "\n"))
    raw = _parse_toml(source)
    site, problems = _validate(raw, source)
    if site is not None:
        problems += _not_left_out(check(site), raw, site)
    if problems:
        raise SiteError(sorted(without_echoes(problems), key=lambda problem: problem.line or 0))
    if site is None:
        raise AssertionError("a site without problems is a site")
    return site


def read_text(file: str) -> str:
    """Return the text of a file a person wrote, with or without a byte order mark.

    Raises: SiteError.
    """
    path = Path(file)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        near = nearest(path.name, _neighbours(path))
        raise SiteError([Problem(file, None, "", "file_missing", {"near": near})]) from None
    except OSError as error:
        raise SiteError([Problem(file, None, "", "file_unreadable", {"reason": error.strerror})]) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SiteError([Problem(file, line, "", "not_utf8", {"byte": f"{data[error.start]:x}"})]) from None


def _neighbours(path: Path) -> list[str]:
    return [other.name for other in path.parent.glob("*.toml")] if path.parent.is_dir() else []


def _parse_toml(source: Source) -> dict[str, Any]:
    """Raises: SiteError with the line that is no TOML."""
    try:
        return tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        reason, line = _split_toml_error(str(error), source.text)
    except RecursionError:
        reason, line = "too many brackets inside one another", None
    raise SiteError([Problem(source.file, line, "", "not_toml", {"reason": reason})])


def _split_toml_error(message: str, text: str) -> tuple[str, int]:
    """Return what tomllib says and the line it names: "… (at line 3, column 5)" or "… (at end of document)"."""
    reason, _, place = message.rpartition(" (at ")
    if place.startswith("line "):
        return reason, int(place.removeprefix("line ").split(",")[0])
    return reason or message, text.count("\n") + (not text.endswith("\n"))


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
    """Drop complaints about links and sensors that are in the file, but were left out for a problem of their own."""
    return [each for each in problems if not _is_left_out(each, raw, site)]


def _is_left_out(problem: Problem, raw: dict[str, Any], site: Site) -> bool:
    if problem.code == "unknown_link":
        links = raw.get("link", {})
        return not isinstance(links, dict) or problem.facts["value"] in links
    if problem.code in ("channel_ref", "channel_ref_none"):
        node, sensor = problem.facts["node"], problem.facts["value"].partition(".")[0]
        return sensor in raw["node"][node]["sensor"] and sensor not in site.node[node].sensor
    return False
