"""The files a site is made of: the profile it extends, the files it includes, its inventory of nodes, and the file itself."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from .errors import Problem, SiteError
from .fields import nearest
from .inventory import Cells, read_inventory
from .merge import conflicts, deep_merge
from .override import Override, lay_over, layer_of, override_problems, zone_of
from .read import parse_toml, read_text
from .source import Layer, Layers, Source
from .templates import expand_templates

# Keys of [site] that say where more of it stands.
EXTENDS, INCLUDE, INVENTORY = "extends", "include", "inventory"

# What a file was before something was written into it; beside it, and no part of the site.
BACKUP = ".bak"

PROFILES = Path(__file__).resolve().with_name("profiles")


class Gathered(NamedTuple):
    """A site's tables from all its files, where each key stands, and what is wrong with that; `whole` if every file could be read."""

    raw: dict[str, Any]
    source: Layers
    problems: list[Problem]
    whole: bool


def gather(source: Source, overrides: Sequence[Override] = (), drafts: Mapping[Path, str] | None = None) -> Gathered:
    """Return what the file `source` and all it names say, with the overrides over it; `drafts` stand for what files hold.

    Raises: SiteError if the file itself is no TOML.
    """
    gatherer = _Gatherer(drafts or {})
    raw = gatherer.load(source, ())
    zone = zone_of(raw)
    there = expand_templates(raw, [], source)[0] if overrides else raw
    unusable = [problem for each in overrides for problem in override_problems(each, there, source.file, zone)]
    usable = [each for each in overrides if each.key not in {problem.key for problem in unusable}]
    raw = lay_over(raw, usable)
    over = tuple(layer_of(each, zone) for each in usable)
    layers = Layers(source.file, layers=tuple(gatherer.layers), overrides=over, own=tuple(gatherer.own))
    raw, copies, problems = expand_templates(raw, gatherer.cells, layers)
    problems = unusable + gatherer.unread + gatherer.problems + problems
    return Gathered(raw, replace(layers, copies=tuple(copies)), problems, not gatherer.unread)


def profile_names() -> list[str]:
    """Return the names of all profiles."""
    return sorted(path.stem for path in PROFILES.glob("*.toml"))


class _Gatherer:
    """Loads files into layers; each file once, none into itself."""

    def __init__(self, drafts: Mapping[Path, str]) -> None:
        self.layers: list[Layer] = []
        self.own: list[Source] = []  # the site's own files: not what it extends
        self.cells: list[Cells] = []
        self.problems: list[Problem] = []
        self.unread: list[Problem] = []  # of files without which much would seem to be missing
        self._loaded: set[Path] = set()
        self._drafts = drafts

    def load(self, source: Source, chain: tuple[str, ...], is_own: bool = True) -> dict[str, Any]:
        """Return the tables of a file on top of those it names; `chain` are the files on the way to it."""
        own = parse_toml(source)
        self.own += [source] if is_own else []
        self._loaded.add(Path(source.file).resolve())
        chain = (*chain, source.file)
        raw = self._extended(source, own, chain)
        raw = deep_merge(raw, self._inventory(source, own))
        included = self._included(source, own, chain, is_own)
        self.layers.append(source)
        self.problems += [
            source.problem(path, "include_twice", other=Layers("", layers=tuple(self.layers[:-1])).where(path))
            for path in conflicts(included, own)
        ]
        return deep_merge(deep_merge(raw, included), own)

    def _extended(self, source: Source, own: dict[str, Any], chain: tuple[str, ...]) -> dict[str, Any]:
        name = _setting(own, EXTENDS)
        if not isinstance(name, str):
            return {}
        if name.endswith(".toml"):
            path = Path(source.file).parent / name
            if path.is_file():
                return self._file(source, EXTENDS, path, chain, False)
            self._missing(source, EXTENDS, name)
            return {}
        known = profile_names()
        if name not in known:
            self.unread.append(source.problem(("site", EXTENDS), "profile", value=name, known=known, near=nearest(name, known)))
            return {}
        return self._file(source, EXTENDS, PROFILES / f"{name}.toml", chain, False)

    def _included(self, source: Source, own: dict[str, Any], chain: tuple[str, ...], is_own: bool) -> dict[str, Any]:
        """Return what the included files say together; no key may stand in two of them."""
        raw: dict[str, Any] = {}
        patterns = _setting(own, INCLUDE)
        for pattern in patterns if isinstance(patterns, list) else []:
            for path in self._matches(source, pattern):
                below = tuple(self.layers)
                more = _without_files(self._file(source, INCLUDE, path, chain, is_own))
                for twice in conflicts(raw, more):
                    newest, before = Layers("", layers=(self.layers[-1],)), Layers("", layers=below)
                    self.problems.append(newest.problem(twice, "include_twice", other=before.where(twice)))
                raw = deep_merge(raw, more)
        return raw

    def _matches(self, source: Source, pattern: Any) -> list[Path]:
        folder = Path(source.file).parent
        try:
            found = sorted(folder.glob(pattern)) if isinstance(pattern, str) and pattern else []
            found = [path for path in found if path.suffix != BACKUP]
        except (NotImplementedError, ValueError):  # an absolute pattern, or ** inside a name
            found = []
        if not found:
            self._missing(source, INCLUDE, pattern)
        return found

    def _missing(self, source: Source, key: str, name: Any) -> None:
        folder, suffix = Path(source.file).parent, Path(str(name)).suffix
        there = [path.relative_to(folder).as_posix() for depth in ("*", "*/*") for path in folder.glob(depth + suffix) if path.is_file()]
        self.unread.append(source.problem(("site", key), "include_none", value=name, near=nearest(str(name), there)))

    def _file(self, source: Source, key: str, path: Path, chain: tuple[str, ...], is_own: bool) -> dict[str, Any]:
        """Return the tables of one more file; none of a file already read, or that cannot be."""
        file = path.as_posix()
        if path.resolve() in [Path(each).resolve() for each in chain]:
            self.unread.append(source.problem(("site", key), "include_cycle", chain=" → ".join((*chain, file))))
            return {}
        if path.resolve() in self._loaded:
            return {}
        try:
            text = self._drafts.get(path.resolve())
            return self.load(Source(file, (read_text(file) if text is None else text).replace("\r\n", "\n")), chain, is_own)
        except SiteError as error:
            self.unread += error.problems
            return {}

    def _inventory(self, source: Source, own: dict[str, Any]) -> dict[str, Any]:
        name = _setting(own, INVENTORY)
        if not isinstance(name, str):
            return {}
        path = Path(source.file).parent / name
        if not path.is_file():
            self._missing(source, INVENTORY, name)
            return {}
        try:
            cells = read_inventory(path.as_posix(), read_text(str(path)))
        except SiteError as error:
            self.unread += error.problems
            return {}
        self.layers.append(cells)
        self.cells.append(cells)
        self.problems += cells.problems
        return cells.raw


def _setting(raw: dict[str, Any], key: str) -> Any:
    about = raw.get("site")
    return about.get(key) if isinstance(about, dict) else None


def _without_files(raw: dict[str, Any]) -> dict[str, Any]:
    """Return the tables of an included file without its own list of files, which is no setting of the site."""
    about = raw.get("site")
    if not isinstance(about, dict):
        return raw
    rest = {key: value for key, value in about.items() if key not in (EXTENDS, INCLUDE, INVENTORY)}
    return {**raw, "site": rest} if rest else {key: value for key, value in raw.items() if key != "site"}
