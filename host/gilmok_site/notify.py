"""The tables of a site file about who is woken, and what the collector itself watches."""

import ipaddress
import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from . import rule
from .errors import BadValue
from .fields import nearest
from .tables import DurationMs, Id, Name, Table

LEVELS = tuple(rule.LEVELS)

# Words of gilmok_rules.lifecycle.EVENTS that a target may want. Suppression is not among them: another alarm says it.
EVENTS = ("raise", "escalate", "ease", "clear", "acknowledge", "reset", "shelve", "unshelve", "remove", "return")

MINUTE_MS = 60_000
LANGUAGES = ("ko", "en")
_RANGES = {"share": (10, 100), "least": (2, 1000), "silent": (2, 100), "votes": (1, 64)}


def _check_url(url: str) -> str:
    """Return `url` if what is sent there can be neither read nor changed on its way."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise BadValue("notify_url") from None
    plain = parts.scheme == "http" and _is_near(host)
    if not host or parts.username is not None or parts.fragment or not (parts.scheme == "https" or plain) or not url.isprintable():
        raise BadValue("notify_url")  # the address itself may hold a secret, and is not repeated
    return url


def _check_smtp(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BadValue("notify_smtp") from None
    if parts.scheme not in ("smtp", "smtps") or not host or parts.username is not None or parts.path not in ("", "/"):
        raise BadValue("notify_smtp")
    return url


def _is_near(host: str) -> bool:
    """Tell whether a host is this machine or of a network of our own."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def _check_command(argv: list[str]) -> list[str]:
    if not argv or not argv[0].strip() or any("\0" in word for word in argv):
        raise BadValue("notify_command", value=argv)
    return argv


def _check_address(text: str) -> str:
    if not re.fullmatch(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+", text) or not text.isprintable():
        raise BadValue("notify_address", value=text)
    return text


def one_of(code: str, known: tuple[str, ...]) -> Any:
    """Return a check that a text is one of the known words; `code` is the message that says so."""

    def check(word: str) -> str:
        if word not in known:
            raise BadValue(code, value=word, known=known, near=nearest(word, known))
        return word

    return AfterValidator(check)


def _between(name: str) -> Any:
    low, high = _RANGES[name]

    def check(value: int) -> int:
        if not low <= value <= high:
            raise BadValue("factor", value=value, name=name, low=low, high=high)
        return value

    return AfterValidator(check)


LevelWord = Annotated[str, one_of("notify_level", LEVELS)]
Address = Annotated[str, AfterValidator(_check_address)]


class Target(Table):
    """[notify.NAME]: one way to wake people: a webhook, a mail server or a program of this machine.

    Units: `repeat_ms` milliseconds, None for once.
    """

    url: Annotated[str, AfterValidator(_check_url)] | None = None
    smtp: Annotated[str, AfterValidator(_check_smtp)] | None = None
    command: Annotated[list[str], AfterValidator(_check_command)] | None = None
    to: list[Address] = []
    from_: Address | None = Field(alias="from", default=None)
    user: str | None = None
    levels: LevelWord = "caution"
    events: list[Annotated[str, one_of("notify_event", EVENTS)]] = list(EVENTS)
    repeat_ms: DurationMs | None = Field(alias="repeat", default=None)
    lang: Annotated[str, one_of("notify_lang", LANGUAGES)] = "ko"

    @property
    def ways(self) -> list[str]:
        """The keys of those ways that are given; of a sound target one."""
        return [key for key in ("url", "smtp", "command") if getattr(self, key) is not None]

    @property
    def level(self) -> int:
        """The lowest level that it wants, 1 to 4."""
        return LEVELS.index(self.levels) + 1


class Heartbeat(Table):
    """[heartbeat]: an outside service that wakes people when it no longer hears from the collector."""

    url: Annotated[str, AfterValidator(_check_url)]
    every_ms: DurationMs = Field(alias="every", default=MINUTE_MS)


class Area(Table):
    """[area.NAME]: nodes that fall silent together when power or network of one place fails.

    Units: `share` percent of its nodes.
    """

    name: Name | None = None
    share: Annotated[int, _between("share")] = 50
    least: Annotated[int, _between("least")] = 3


class Watching(Table):
    """[watch]: what the collector takes for silence, a growing backlog, an unsure clock.

    Units: `silent` expected intervals; milliseconds otherwise.
    """

    silent: Annotated[int, _between("silent")] = 3
    settle_ms: DurationMs = Field(alias="settle", default=MINUTE_MS)
    backlog_ms: DurationMs = Field(alias="backlog", default=30 * MINUTE_MS)
    clock_ms: DurationMs = Field(alias="clock", default=10_000)


class Vote(Table):
    """[rule.NAME] of the site: an alarm where rules of several nodes agree.

    Units: `within_ms` milliseconds; `of` has "node/rule".
    """

    name: Name | None = None
    votes: Annotated[int, _between("votes")]
    of: list[str]
    members: LevelWord = "caution"
    within_ms: DurationMs = Field(alias="within", default=MINUTE_MS)
    level: LevelWord = "serious"
    response: Name | None = None
    call: Name | None = None
    consequence: Name | None = None
    act_within_ms: DurationMs | None = Field(alias="act_within", default=None)


NotifyTables = dict[Id, Target]
