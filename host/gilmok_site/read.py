"""Files that people wrote: their text, and the tables in it."""

import tomllib
from pathlib import Path
from typing import Any

from .errors import Problem, SiteError
from .fields import nearest
from .source import Source


def read_text(file: str) -> str:
    """Return the text of a file a person wrote, with or without a byte order mark.

    Raises: SiteError.
    """
    path = Path(file)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        near = nearest(path.name, _neighbours(path))
        raise SiteError([Problem(file, None, "", "file_missing", {"near": near})]) from None
    except OSError as error:
        raise SiteError([Problem(file, None, "", "file_unreadable", {"reason": error.strerror})]) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        code = "cp949" if _is_cp949(data) else "not_utf8"
        raise SiteError([Problem(file, line, "", code, {"byte": f"{data[error.start]:x}"})]) from None


def _is_cp949(data: bytes) -> bool:
    """Tell whether Korean Windows wrote these bytes: they are Hangul, and nothing that is no text."""
    try:
        text = data.decode("cp949")
    except UnicodeDecodeError:
        return False
    return any("가" <= letter <= "힣" for letter in text)


def _neighbours(path: Path) -> list[str]:
    return [other.name for other in path.parent.glob("*.toml")] if path.parent.is_dir() else []


def parse_toml(source: Source) -> dict[str, Any]:
    """Return the tables of a text.

    Raises: SiteError with the line that is no TOML.
    """
    try:
        return tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        reason, line = _split_toml_error(str(error), source.text)
    except RecursionError:
        reason, line = "too many brackets inside one another", None
    raise SiteError([Problem(source.file, line, "", "not_toml", {"reason": reason})])


def _split_toml_error(message: str, text: str) -> tuple[str, int]:
    """Return what tomllib says and the line it names: "… (at line 3, column 5)" or "… (at end of document)"."""
    reason, _, place = message.rpartition(" (at ")
    if place.startswith("line "):
        return reason, int(place.removeprefix("line ").split(",")[0])
    return reason or message, text.count("\n") + (not text.endswith("\n"))
