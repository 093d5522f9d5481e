"""`gilmok restore`: puts a backup in the place of what a store holds."""

from __future__ import annotations

import os
import sys
import time
from contextlib import closing
from typing import Annotated

import typer

from ..errors import Refused
from ..language import say, spaced
from ..lock import hold_store
from ..moments import now_ms
from ..place import Place, is_sqlite, open_place

_SIDE_FILES = ("", "-wal", "-shm")  # an SQLite database and what belongs to it (sqlite.org/tempfiles.html)


def run(
    site: Annotated[str, typer.Argument(metavar="SITE.toml|STORE", help="A site file, or a store: its file or its URL.")],
    file: Annotated[str, typer.Argument(metavar="FILE", help="A backup that `gilmok backup` made.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> int:
    """Restore a backup.

    The store's epoch rises, so that every node offers again what it still holds: nothing is lost that a node still has.
    What is neither in the backup nor in a node any more becomes a known gap. Stop the collector first.
    """
    place = open_place(site)
    if not os.path.isfile(file):
        raise Refused("no_file", file=file)
    if not is_sqlite(file):
        raise Refused("no_backup", file=file)
    with hold_store(place.url):
        held = _count(place)
        if held is not None:
            print(say("restore_replaces", count=spaced(held[0]), url=place.url), file=sys.stderr)
            if not yes and sys.stdin.isatty():
                typer.confirm(say("restore_sure"), abort=True)
        moved = _restore(place, file)
        count, epoch = _count(place) or (0, 0)
    print(say("restored", count=spaced(count), epoch=epoch, before=held[1] if held else "–"))
    if moved:
        print(say("restore_moved", file=moved))
    if overrides := place.overrides(now_ms()):
        print(say("restored_overrides", count=len(overrides), site=site))
    return 0


def _count(place: Place) -> tuple[int, int] | None:
    """Return the number of records and the epoch, None where there is no usable store."""
    from gilmok_collector.store import StoreDamaged, StoreMisused

    try:
        with closing(place.open_store()) as store:
            return sum(progress.stored for progress in store.summary()), store.epoch
    except (StoreDamaged, StoreMisused):
        return None


def _restore(place: Place, file: str) -> str | None:
    """Restore; where a damaged SQLite file is in the way, move it aside and return its new name.

    Raises: StoreError; the file is back in its place then.
    """
    from gilmok_collector.store import StoreDamaged, StoreError, restore

    try:
        restore(place.url, file)
        return None
    except StoreDamaged as damaged:
        if not place.url.startswith("sqlite:") or damaged.url != place.url:
            raise
    path = place.url.removeprefix("sqlite:")
    aside = f"{path}.damaged-{time.strftime('%Y%m%d-%H%M%S')}"
    _move(path, aside)
    try:
        restore(place.url, file)
    except StoreError:
        _move(aside, path)
        raise
    return aside


def _move(path: str, target: str) -> None:
    for suffix in _SIDE_FILES:
        if os.path.exists(path + suffix):
            os.replace(path + suffix, target + suffix)
        elif os.path.exists(target + suffix):
            os.remove(target + suffix)
