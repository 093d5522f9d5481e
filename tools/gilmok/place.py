"""What a command works on: a site with its store, or a store alone, whose nodes are then known by device address."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from .errors import Refused
from .moments import now_ms

if TYPE_CHECKING:
    from gilmok_collector.store import Store
    from gilmok_site import Site
    from gilmok_site.override import Override

_SQLITE_MAGIC = b"SQLite format 3\0"  # sqlite.org/fileformat.html, 1.3.1


class Place:
    """A store, and the site that gives its devices names."""

    def __init__(self, url: str, site: Site | None = None) -> None:
        self.url = url
        self.site = site

    def open_store(self) -> Store:
        """Open the store, which must be there.

        Raises: StoreError.
        """
        from gilmok_collector.store import open_store

        return open_store(self.url, create=False)

    def overrides(self, now_ms: int) -> list[Override]:
        """Return what the store, where there is one, has lain over the site's files at a time.

        Raises: StoreError.
        """
        from gilmok_collector.store import StoreAbsent

        try:
            with closing(self.open_store()) as store:
                return store.intended.overrides(now_ms)
        except StoreAbsent:
            return []

    @cached_property
    def nodes(self) -> dict[int, str]:
        """The nodes by the devices that serve them, in the order of the site file."""
        return {self.site.device_of(node): node for node in self.site.node} if self.site else {}

    @cached_property
    def zone(self) -> tzinfo:
        """The site's time zone, or UTC."""
        from zoneinfo import ZoneInfo

        return ZoneInfo(self.site.about.timezone) if self.site else UTC

    def name_of(self, device: int) -> str:
        """Return the node that a device serves, or the device's address where it serves none."""
        return self.nodes.get(device, f"{device:04x}")

    def device_of(self, text: str) -> int:
        """Return the device of a node, which is named or, where it serves none, given by its device's address.

        Raises: Refused.
        """
        for device, node in self.nodes.items():
            if node == text:
                return device
        if re.fullmatch("[0-9a-fA-F]{4}", text):
            return int(text, 16)
        known = ", ".join(self.nodes.values())
        raise Refused("no_node" if known else "no_device", value=text, known=known)


def open_place(text: str) -> Place:
    """Return what a person named: a site file, the URL of a store, or the file of one.

    Raises: SiteError, Refused.
    """
    if text.startswith(("postgresql:", "postgres:")):
        if _has_password(text):
            raise Refused("password_shown")
        return Place(text)
    if text.startswith("sqlite:"):
        return Place(text)
    if is_sqlite(text):
        return Place(f"sqlite:{text}")
    return open_site(text)


def open_site(path: str) -> Place:
    """Return the site of a site file.

    Raises: SiteError.
    """
    from gilmok_site import load_site

    site = load_site(path)
    return Place(site.store_url, site)


def open_effective(path: str) -> Place:
    """Return the site of a site file, with what its store has lain over it.

    Raises: SiteError, StoreError.
    """
    from gilmok_site import load_site

    place, now = open_site(path), now_ms()
    overrides = place.overrides(now)
    return Place(place.url, load_site(path, overrides, now)) if overrides else place


def site_of(place: Place) -> Site:
    """Return the site of a place that was opened by its site file."""
    if place.site is None:
        raise AssertionError("a place of a site file has its site")
    return place.site


def is_sqlite(path: str) -> bool:
    """Say whether a file can be read and is an SQLite database."""
    try:
        with open(path, "rb") as file:
            return file.read(len(_SQLITE_MAGIC)) == _SQLITE_MAGIC
    except OSError:
        return False


def _has_password(url: str) -> bool:
    parts = urlsplit(url)
    return parts.password is not None or "password" in dict(parse_qsl(parts.query))
