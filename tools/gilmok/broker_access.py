"""What opens the brokers of a site's links: passwords of its keys file, certificates in files that the site file names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gilmok_collector.radio.broker import Access
    from gilmok_site.errors import Problem
    from gilmok_site.model import Site
    from gilmok_site.secret import Secret


def open_access(site: Site, passwords: Mapping[str, Secret]) -> dict[str, Access]:
    """Return what opens the broker of each link that has one.

    Raises: SiteError that names every file that cannot be used.
    """
    from gilmok_collector.radio.broker import Access, open_context
    from gilmok_site.check_links import TLS_FILES
    from gilmok_site.errors import SiteError

    found, problems = {}, []
    for name, link in site.link.items():
        if link.target.kind != "chirpstack":
            continue
        context = None
        if link.target.tls:
            files = {key: site.folder / value for key in TLS_FILES if (value := getattr(link, key)) is not None}
            wrong = [problem for key, path in files.items() for problem in _check_file(site, name, key, path)]
            problems += wrong
            if wrong:
                continue
            try:
                context = open_context(*(files.get(key) for key in TLS_FILES))
            except OSError as error:
                key = "certificate" if "certificate" in files else "ca"
                problems.append(_problem(site, name, key, str(error)))
        found[name] = Access(passwords.get(name), context)
    if problems:
        raise SiteError(problems)
    return found


def _check_file(site: Site, name: str, key: str, path: Path) -> list[Problem]:
    """A file is there, a certificate of whom we trust is one, and nobody else reads our key."""
    from gilmok_collector.radio.broker import open_context
    from gilmok_site.errors import BadValue
    from gilmok_site.private import read_private

    try:
        if key == "private_key":
            read_private(path)
        else:
            path.read_bytes()
        if key == "ca":
            open_context(path, None, None)
    except BadValue as error:
        return [site.source.problem(("link", name, key), error.code, **error.facts)]
    except OSError as error:
        return [_problem(site, name, key, error.strerror or str(error))]
    return []


def _problem(site: Site, name: str, key: str, reason: str) -> Problem:
    return site.source.problem(("link", name, key), "link_tls_file", value=getattr(site.link[name], key), reason=reason)
