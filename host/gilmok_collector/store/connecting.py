"""From a URL to a connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .backend import Backend
from .errors import StoreMisused
from .postgresql import PostgreSQL
from .sqlite import SQLite


def connect_backend(url: str, connect: Callable[[str], Any] | None = None) -> Backend:
    """Connect to the database at `sqlite:PATH` or `postgresql://…`; `connect` opens SQLite files for tests."""
    scheme = url.partition(":")[0]
    if scheme == "sqlite":
        return SQLite(url, connect)
    if scheme in ("postgresql", "postgres"):
        return PostgreSQL(url)
    raise StoreMisused(url, "is no store; write sqlite:PATH or postgresql://USER@HOST/DATABASE")
