"""`gilmok write-back`: writes values that were set from here into the site file."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from ..language import say
from ..moments import now_ms
from ..overriding import Author, author_of
from ..place import open_site

if TYPE_CHECKING:
    from gilmok_site.override import Override
    from gilmok_site.write_back import Draft


def run(
    site: Annotated[str, typer.Argument(metavar="SITE.toml", help="The site file.")],
    keys: Annotated[list[str] | None, typer.Argument(metavar="KEY", help="Keys that `gilmok overrides` lists; else all.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    author: Author = None,
) -> int:
    """Write values into the file they belong to, and take them off the list.

    Comments and order stay. A value of a profile or an inventory is written into the site file, over it. Each file as it
    was is kept beside it as FILE.bak.
    """
    from gilmok_site.write_back import draft_files, replace_files

    who, now = author_of(author), now_ms()
    place = open_site(site)
    with closing(place.open_store()) as store:
        present = store.intended.overrides(now)
        writing = _chosen(site, present, keys or [])
        if not writing:
            print(say("overrides_none"))
            return 0
        drafts = draft_files(site, writing, [each for each in present if each not in writing])
        for draft in drafts if dry_run else ():
            print("".join(_difference(draft)), end="")
        if dry_run:
            print(say("written_dry") if drafts else say("written_same"))
            return 0
        backups = replace_files(drafts)
        store.intended.mark_written(writing, who, now)
    for draft, backup in zip(drafts, backups, strict=True):
        print(say("written_back", file=draft.file, backup=backup.name))
    print(say("written_values", keys=", ".join(each.key for each in writing)) if drafts else say("written_same"))
    return 0


def _chosen(site: str, present: list[Override], keys: list[str]) -> list[Override]:
    """Return the overrides of `keys`, or all; in the order they were set.

    Raises: Refused.
    """
    from gilmok_site.override import parse_override_key

    from .unset import none_set

    wanted = [parse_override_key(key) for key in keys]
    known = [each.key for each in present]
    for key in wanted:
        if key not in known:
            raise none_set(site, key, known)
    return [each for each in present if not wanted or each.key in wanted]


def _difference(draft: Draft) -> Iterator[str]:
    for line in difflib.unified_diff(draft.before.splitlines(), draft.after.splitlines(), draft.file, draft.file, lineterm=""):
        yield line + "\n"
