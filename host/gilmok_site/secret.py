"""What signs a notice, or opens a mail server or a broker: texts that reach no message, log or traceback."""

import hmac
import os
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .errors import KeysError, Problem

if TYPE_CHECKING:
    from .keys import Keys
    from .model import Site

_BYTES = 32  # as long as the digest it keys (RFC 2104, section 3)


class Secret:
    """A text that only `reveal()` shows."""

    __slots__ = ("_text",)

    def __init__(self, text: str):
        self._text = text

    def reveal(self) -> str:
        """Return the text."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)


def draw_secrets(site: "Site", known: Mapping[str, Secret]) -> dict[str, Secret]:
    """Return new secrets for the webhooks that have none; a mail server's password is its own, and written by hand."""
    missing = [name for name, target in site.notify.items() if target.url is not None and name not in known]
    return {name: Secret(secrets.token_hex(_BYTES)) for name in missing}


def parse_secrets(raw: Any) -> dict[str, Secret] | None:
    """Return the table [notify] or [link] of a keys file, None where it is not one."""
    if not isinstance(raw, dict) or not all(isinstance(text, str) and text and text.isprintable() for text in raw.values()):
        return None
    return {name: Secret(text) for name, text in raw.items()}


def target_secrets(site: "Site", keys: "Keys", environment: Mapping[str, str] = os.environ) -> dict[str, Secret]:
    """Return the secret of each target that needs one; a variable such as GILMOK_NOTIFY_MAIL comes before the keys file.

    Raises: KeysError that names every target without.
    """
    found, problems = {}, []
    for name, target in site.notify.items():
        variable = variable_of(name)
        if target.url is None and not (target.smtp and target.user):
            continue
        if variable in environment:
            found[name] = Secret(environment[variable])
        elif name in keys.notify:
            found[name] = keys.notify[name]
        else:
            code = "notify_secret" if target.url else "notify_password"
            facts = {"name": name, "site_file": site.source.file, "variable": variable}
            problems.append(Problem(str(site.keys_path), None, f"notify.{name}", code, facts))
    if problems:
        raise KeysError(problems)
    return found


def link_passwords(site: "Site", keys: "Keys", environment: Mapping[str, str] = os.environ) -> dict[str, Secret]:
    """Return the password of each link that has a user; a variable such as GILMOK_LINK_CITY comes before the keys file.

    Who shows a certificate may do without.
    Raises: KeysError that names every link without.
    """
    found, problems = {}, []
    for name, link in site.link.items():
        variable = variable_of(name, "LINK")
        if not link.target.user:
            continue
        if variable in environment:
            found[name] = Secret(environment[variable])
        elif name in keys.link:
            found[name] = keys.link[name]
        elif link.certificate is None:
            facts = {"name": name, "value": link.target.user, "variable": variable}
            problems.append(Problem(str(site.keys_path), None, f"link.{name}", "link_password", facts))
    if problems:
        raise KeysError(problems)
    return found


def variable_of(name: str, kind: str = "NOTIFY") -> str:
    """Return the environment variable that may hold the secret of a target, or of a link."""
    return f"GILMOK_{kind}_" + name.upper().replace("-", "_")
