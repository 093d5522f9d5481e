"""Options of drivers: what a site file may set for one, and which values it takes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .errors import Shown

Pair = tuple[str, str]  # English, Korean

CHANNEL_NAME = re.compile(r"[a-z][a-z0-9_]{0,13}")  # with its unit it has to fit a schema item in the smallest frame


class OneOf(tuple[Any, ...]):
    """These values, each of its own type: true is no 1."""

    def __contains__(self, value: object) -> bool:
        return any(value == each and type(value) is type(each) for each in self)

    def __str__(self) -> str:
        return ", ".join(map(str, self))


@dataclass(frozen=True)
class Between:
    """The integers from `low` to `high`, both included."""

    low: int
    high: int

    def __contains__(self, value: object) -> bool:
        return type(value) is int and self.low <= value <= self.high

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.low, self.high + 1))

    def __str__(self) -> str:
        return f"{self.low} … {self.high}"


class ChannelName(Shown):
    """A name for a channel."""

    text = ("a name of a–z, 0–9 and _, at most 14 characters, first a letter", "a–z, 0–9, _로 된 14자 이하의 이름, 첫 글자는 영문자")

    def __contains__(self, value: object) -> bool:
        return isinstance(value, str) and CHANNEL_NAME.fullmatch(value) is not None


@dataclass(frozen=True)
class Integers(Shown):
    """A list of whole numbers from `low` to `high`."""

    low: int
    high: int

    text = ("a list of whole numbers, such as [65535]", "정수 목록, 예: [65535]")

    def __contains__(self, value: object) -> bool:
        return isinstance(value, list) and all(type(each) is int and self.low <= each <= self.high for each in value)


@dataclass(frozen=True)
class Option:
    """A key that a site file may set for a driver: `default`, the values `allowed`, and what it does."""

    default: Any
    allowed: Any
    text: Pair = ("", "")


def make_option(table: dict[str, Any], text: Pair) -> Option:
    """Return the option that an entry of driver_tables.json says."""
    allowed = table["allowed"]
    if isinstance(allowed, list):
        return Option(table["default"], OneOf(allowed), text)
    if allowed == "name":
        return Option(table["default"], ChannelName(), text)
    kind = Integers if allowed.get("list") else Between
    return Option(table["default"], kind(allowed["low"], allowed["high"]), text)
