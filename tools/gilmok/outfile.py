"""A file that appears complete or not at all."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from .errors import Refused


@contextmanager
def open_output(path: str | None) -> Iterator[TextIO]:
    """Open a text file to write, which takes its place when the block has ended well.

    It is UTF-8, with line ends as written. Without a path, or with "-", it is the standard output.
    Raises: Refused.
    """
    if path in (None, "-"):
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8", newline="")
        yield sys.stdout
        sys.stdout.flush()
        return
    target = Path(path)
    check_output(target)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.new")
    try:
        with draft.open("x", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)


def check_output(path: Path) -> None:
    """Refuse a path that no file can take.

    Raises: Refused.
    """
    if path.is_dir():
        raise Refused("is_folder", file=path)
    if not path.parent.is_dir():
        raise Refused("no_folder", folder=path.parent)
