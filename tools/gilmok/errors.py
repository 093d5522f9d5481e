"""What a person asked of the command line that cannot be done."""

from __future__ import annotations

from typing import Any

from .language import say


class Refused(Exception):
    """A request that is refused; `code` and `facts` name the message in `messages.py`, which says what to do."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        return say(self.code, **self.facts)
