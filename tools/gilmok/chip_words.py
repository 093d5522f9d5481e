"""What a chip says in few bytes, as a person can read it: errors that are a number, and tracebacks with an image's short names."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from .errors import Refused
from .language import choose, say

if TYPE_CHECKING:
    from pathlib import Path

NAMES = "names.json"
_NUMBERED = re.compile(r"\b(damaged|\w*(?:DecodeError|EncodeError|SealError|Replayed)\w*): (\d+)(?!\w|\.\d)")
_PLACE = re.compile(r'File "([^"]+)\.(?:mpy|py)", line \d+, in (\S+)')
_RAISED = re.compile(r"^([A-Za-z_]\w*)(?=: |$)")
_HOLE = re.compile(r"\{[^}]*\}")


def sentence(number: int) -> str | None:
    """Return what an error of the wire means by a number, None where this release does not know it."""
    from .image.sentences import SENTENCES

    return _HOLE.sub("…", choose(*SENTENCES[number])) if number in SENTENCES else None


def explained(line: str) -> str:
    """Return a line of a node with what its numbers mean behind them: "damaged: 4 (CBOR: truncated)"."""
    return _NUMBERED.sub(_with_sentence, line)


def _with_sentence(match: re.Match[str]) -> str:
    return f"{match[0]} ({sentence(int(match[2])) or say('explain_unknown')})"


class Names:
    """The names of one image, as its names.json has them."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._modules: dict[str, str] = told["modules"]
        self._names: dict[str, dict[str, str]] = told["names"]
        self._module = ""  # of the last place of a traceback

    def read(self, line: str) -> str:
        """Return a line with the names of the source where it is one of a traceback, and with what numbers mean."""
        place = _PLACE.search(line)
        if place and place[1] in self._modules:
            self._module = place[1]
            name = self._names.get(place[1], {}).get(place[2], place[2])
            start, end = place.span()
            return f"{line[:start]}{self._modules[place[1]]} ({place[1]}): {name}{line[end:]}"
        if self._module and not line.startswith((" ", "\t")):
            line = _RAISED.sub(self._error, line)
            self._module = ""
        return explained(line)

    def _error(self, match: re.Match[str]) -> str:
        """Return the class that was raised: what a name may stand for beside it is a constant, an attribute or a function.

        Behind the name of a class of a joined module is the module it comes from.
        """
        known = self._names.get(self._module, {}).get(match[0], match[0])
        return " or ".join(name.partition("_")[0] for name in known.split(" or ") if name[0].isupper() and not name.isupper()) or known


def read_names(path: Path) -> Names:
    """Return the names of the image in a folder, or of a names.json. Raises: Refused."""
    file = path / NAMES if path.is_dir() else path
    if not file.is_file():
        raise Refused("no_file", file=file)
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return Names({"modules": dict(told["modules"]), "names": dict(told["names"])})
    except (ValueError, KeyError, TypeError):
        raise Refused("explain_names", file=file) from None
