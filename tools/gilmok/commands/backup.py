"""`gilmok backup`: a consistent copy of a store."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from ..errors import Refused
from ..language import say, spaced
from ..outfile import check_output
from ..place import open_place


def run(
    site: Annotated[str, typer.Argument(metavar="SITE.toml|STORE", help="A site file, or a store: its file or its URL.")],
    file: Annotated[str, typer.Argument(metavar="FILE", help="The backup; an older one is replaced when this one is complete.")],
) -> int:
    """Copy a store to one file while its collector goes on.

    The file is a store itself: `gilmok nodes FILE` shows what is in it.
    """
    place = open_place(site)
    check_output(Path(file))
    with closing(place.open_store()) as store:
        if place.url.startswith("sqlite:") and os.path.exists(file) and os.path.samefile(place.url.removeprefix("sqlite:"), file):
            raise Refused("backup_itself", file=file)
        store.backup(file)
        stored = sum(progress.stored for progress in store.summary())
    print(say("backed_up", count=spaced(stored), size=f"{os.path.getsize(file) / 1e6:.1f}", file=file))
    return 0
