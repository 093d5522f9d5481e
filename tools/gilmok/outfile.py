"""A file that appears complete or not at all."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from .errors import Refused


@contextmanager
def open_output(path: str | None) -> Iterator[TextIO]:
    """Open a text file to write, which takes its place when the block has ended well.

    It is UTF-8, with line ends as written. Without a path, or with "-", it is the standard output.
    Raises: Refused.
    """
    if path is None or path == "-":
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8", newline="")
        yield sys.stdout
        sys.stdout.flush()
        return
    with _draft(path) as draft, draft.open("x", encoding="utf-8", newline="") as file:
        yield file
        _settle(file)


@contextmanager
def open_binary_output(path: str | None) -> Iterator[BinaryIO]:
    """Open a file of bytes to write, as open_output does.

    Raises: Refused.
    """
    if path is None or path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with _draft(path) as draft, draft.open("xb") as file:
        yield file
        _settle(file)


@contextmanager
def _draft(path: str) -> Iterator[Path]:
    """Give the path of a file that takes the place of `path` when the block has ended well."""
    target = Path(path)
    check_output(target)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.new")
    try:
        yield draft
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)


def _settle(file: TextIO | BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def check_output(path: Path) -> None:
    """Refuse a path that no file can take.

    Raises: Refused.
    """
    if path.is_dir():
        raise Refused("is_folder", file=path)
    if not path.parent.is_dir():
        raise Refused("no_folder", folder=path.parent)
