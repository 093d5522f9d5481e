"""What can be wrong with a site, its keys or a compiled configuration, as one tree and as text for a person."""

import json
import os
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .messages import EXPECTED, MESSAGES, ROLES, SUMMARY


class Where(NamedTuple):
    """A place in one of a site's files; `column` names the cell where it is a table of cells; without `line` it is all of it."""

    file: str
    line: int | None
    column: str = ""

    def text(self, korean: bool, seen_from: str) -> str:
        """Return the place as a message of the file `seen_from` names it."""
        if self.line is None:
            return self.file
        if self.file != seen_from:
            return f"{self.file}:{self.line}"
        return f"{self.line}행" if korean else f"line {self.line}"


@dataclass(frozen=True)
class Problem:
    """One thing a person has to put right: where it stands, what it is, and its facts.

    `code` names the message; `facts` fill it in. `line` is None where no line is to blame; `column` names a cell of it.
    """

    file: str
    line: int | None
    key: str
    code: str
    facts: dict[str, Any] = field(default_factory=dict)
    column: str = ""

    def place(self) -> str:
        """Return "file:line  key", without what is unknown."""
        where = ":".join(filter(None, (self.file, str(self.line or ""), self.column)))
        return f"{where}  {self.key}".strip()

    def message(self, lang: str | None = None) -> str:
        """Return what is wrong and what to do about it, in one line."""
        code = f"{self.code}.near" if self.facts.get("near") else self.code
        english, korean = MESSAGES[code]
        korean_wanted = language(lang) == "ko"
        facts = {name: self._shown(name, fact, korean_wanted) for name, fact in self.facts.items()}
        return (korean if korean_wanted else english).format(**facts)

    def _shown(self, name: str, fact: Any, korean: bool) -> str:
        return fact.text(korean, self.file) if isinstance(fact, Where) else _shown(name, fact, korean)

    def text(self, lang: str | None = None) -> str:
        """Return place and message as `gilmok check` prints them."""
        return f"{self.place()}\n  {self.message(lang)}" if self.place() else self.message(lang)


class Shown:
    """A fact that says itself what it is, in English and Korean."""

    text: tuple[str, str] = ("", "")

    def __str__(self) -> str:
        return self.text[0]


class SiteError(ValueError):
    """What a person wrote cannot be used; `problems` lists every reason.

    Base of everything this package raises.
    """

    def __init__(self, problems: list[Problem]):
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return self.text()

    def text(self, lang: str | None = None) -> str:
        """Return all problems and their count, in `lang` or the language of the environment."""
        return format_problems(self.problems, lang)


class KeysError(SiteError):
    """The keys file is missing, readable by others or broken."""


class ConfigError(SiteError):
    """The bytes are no whole node configuration of a version this release knows."""


class BadValue(SiteError):
    """One value cannot be used; who knows its place turns this into a placed problem."""

    def __init__(self, code: str, **facts: Any):
        super().__init__([Problem("", None, "", code, facts)])

    @property
    def code(self) -> str:
        """The name of the message."""
        return self.problems[0].code

    @property
    def facts(self) -> dict[str, Any]:
        """What fills the message in."""
        return self.problems[0].facts

    def __str__(self) -> str:
        return self.problems[0].message()


def format_problems(problems: list[Problem], lang: str | None = None, summary: dict[str, tuple[str, str]] = SUMMARY) -> str:
    """Return the problems one below the other, and their count."""
    one, many = summary[language(lang)]
    lines = [problem.text(lang) for problem in problems]
    return "\n".join([*lines, (one if len(problems) == 1 else many).format(count=len(problems))])


def language(lang: str | None = None) -> str:
    """Return "ko" or "en": `lang` if given, else what the environment's locale asks for."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")  # POSIX.1-2017, 8.2: the first that is set decides
    asked = lang or next((os.environ[name] for name in names if os.environ.get(name)), "")
    return "ko" if asked.lower().startswith("ko") else "en"


def dotted(path: tuple[str | int, ...]) -> str:
    """Return a key path as TOML writes it, with quotes only where TOML needs them."""
    bare = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += "." * bool(text) + (part if part and set(part) <= bare else json.dumps(part, ensure_ascii=False))
    return text


def toml_value(value: Any) -> str:
    """Return a value of the file as a person would recognise it, cut where it is long."""
    if isinstance(value, bool | int | float | str):
        text = json.dumps(value, ensure_ascii=False)
    elif isinstance(value, list):
        text = "[" + ", ".join(toml_value(item) for item in value) + "]"
    elif isinstance(value, dict):
        text = "{" + ", ".join(value) + "}"
    else:
        text = str(value)  # a TOML date or time
    return text if len(text) <= 60 else text[:57] + "…"  # two thirds of a terminal's 80 columns leave room for the rest


def _shown(name: str, fact: Any, korean: bool) -> str:
    if name == "value":
        return toml_value(fact)
    if isinstance(fact, Shown):
        return fact.text[korean]
    if name in ("expected", "role", "why"):
        return {"expected": EXPECTED, "role": ROLES}.get(name, {}).get(fact, fact)[korean]
    return ", ".join(str(item) for item in fact) if isinstance(fact, list | tuple) else str(fact)
