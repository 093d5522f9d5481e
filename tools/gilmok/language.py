"""Korean or English: which of the two a person reads, and the messages in it."""

from __future__ import annotations

import os
from typing import Any

# The first that is set decides: ours, then those of POSIX.1-2017, 8.2.
VARIABLES = ("GILMOK_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


def language() -> str:
    """Return "ko" or "en", as the environment asks."""
    asked = next((os.environ[name] for name in VARIABLES if os.environ.get(name)), "")
    return "ko" if asked.lower().startswith("ko") else "en"


def choose(english: str, korean: str) -> str:
    """Return the text in the person's language."""
    return korean if language() == "ko" else english


def say(message: str, /, **facts: Any) -> str:
    """Return the message of this code in messages.py, filled in with facts."""
    from .messages import MESSAGES

    return choose(*MESSAGES[message]).format(**facts)


def headings(code: str) -> tuple[str, ...]:
    """Return the headings of a table."""
    from .messages import HEADINGS

    return HEADINGS[code][1 if language() == "ko" else 0]


def spaced(number: int) -> str:
    """Return a number with a space between thousands: 6 412."""
    return f"{number:,}".replace(",", " ")


def printable(text: str) -> str:
    """Return text fit for a terminal: what a line or a node sends may hold its control codes."""
    return "".join(character if character.isprintable() else "·" for character in text)
