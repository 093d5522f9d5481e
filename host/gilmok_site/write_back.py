"""Overrides written into the files they lie over, so that the files say again what holds."""

import os
import secrets
import shutil
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .edit import put_value, value_at
from .errors import Problem, SiteError, dotted
from .gather import BACKUP
from .load import parse_site
from .override import Override
from .private import sync_folder
from .read import read_text

if TYPE_CHECKING:
    from .source import Layers
    from .source import Path as KeyPath


class Draft(NamedTuple):
    """What one file holds, and what it is to hold; line ends are \\n in both."""

    file: str
    before: str
    after: str


def draft_files(file: str, writing: Sequence[Override], staying: Sequence[Override] = ()) -> list[Draft]:
    """Return the files of the site in `file` that change when the overrides `writing` are put into them.

    The site then is the same without them as it was with them, under the overrides `staying`.
    Raises: SiteError.
    """
    text = read_text(file)
    site = parse_site(text, file)
    layers: Any = site.source
    before = {source.file: source.text for source in layers.own}
    after = dict(before)
    for override in writing:
        for path, _ in override.leaves():
            home = _home(path, layers)
            written = put_value(after[home], path, value_at(override.value, path[len(override.path) :]))
            if written is None:
                raise _by_hand(home, layers, override)
            after[home] = written
    _check(file, text, after, writing, staying)
    return [Draft(name, before[name], after[name]) for name in before if before[name] != after[name]]


def replace_files(drafts: Sequence[Draft]) -> list[Path]:
    """Put every draft in the place of its file, which is kept beside as NAME.bak; return those.

    Raises: SiteError if a file is no longer as it was read, then none is changed; OSError.
    """
    fresh: dict[Path, Path] = {}
    try:
        for draft in drafts:
            path = Path(draft.file).resolve()  # the file itself, not a link to it
            fresh[path] = _write_beside(path, draft)
        return [_take_place(new, path) for path, new in fresh.items()]
    finally:
        for new in fresh.values():
            new.unlink(missing_ok=True)


def _home(path: "KeyPath", layers: "Layers") -> str:
    """Return which of the site's own files a value belongs to.

    It is the one it stands in; the one a person named, where it comes from a profile or an inventory; else the one that
    has the innermost table around it.
    """
    depths = {source.file: _depth(tomllib.loads(source.text), path) for source in layers.own}
    deepest = max(depths.values())
    own = {source.file for source in layers.own}
    elsewhere = any(path in layer.places for layer in layers.layers if layer.file not in own)
    if depths[layers.file] == deepest or (elsewhere and deepest < len(path)):
        return layers.file
    return next(name for name, depth in depths.items() if depth == deepest)


def _depth(raw: Any, path: "KeyPath") -> int:
    """Return how many parts of `path` are there."""
    for depth, part in enumerate(path):
        if not isinstance(raw, dict) or part not in raw:
            return depth
        raw = raw[part]
    return len(path)


def _check(file: str, text: str, after: dict[str, str], writing: Sequence[Override], staying: Sequence[Override]) -> None:
    """Raise where the site would be another, or none."""
    wanted = parse_site(text, file, sorted([*writing, *staying]))
    drafts = {Path(name).resolve(): written for name, written in after.items()}
    found = parse_site(after[file], file, staying, drafts)
    if _values(found) != _values(wanted):
        raise _by_hand(file, found.source, writing[0])


def _values(site: Any) -> dict[str, Any]:
    """Return what a site says, however its nodes are made of templates."""
    return {key: value for key, value in site.model_dump().items() if key != "template"}


def _by_hand(file: str, source: Any, override: Override) -> SiteError:
    where = source.where(override.path)
    line = where.line if where.file == file else None
    facts = {"value": tomllib.loads(f"value = {override.value}")["value"], "site_file": source.file, "set_key": override.key}
    return SiteError([Problem(file, line, dotted(override.path), "write_back_by_hand", facts)])


def _write_beside(path: Path, draft: Draft) -> Path:
    """Write a draft beside its file, with its permissions, its line ends and its byte order mark; return its name.

    Raises: SiteError.
    """
    data = path.read_bytes()
    if data.decode("utf-8-sig", "replace").replace("\r\n", "\n") != draft.before:
        raise SiteError([Problem(draft.file, None, "", "write_back_changed")])
    text = draft.after.replace("\n", "\r\n") if b"\r\n" in data else draft.after
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    with new.open("xb") as file:
        file.write(text.encode("utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"))
        file.flush()
        os.fsync(file.fileno())
    shutil.copymode(path, new)
    return new


def _take_place(new: Path, path: Path) -> Path:
    backup = path.with_name(path.name + BACKUP)
    kept = path.with_name(f".{path.name}.{secrets.token_hex(4)}{BACKUP}")
    shutil.copy2(path, kept)  # never a moment without the file, nor without a whole backup
    os.replace(kept, backup)
    os.replace(new, path)
    sync_folder(path.parent)
    return backup
