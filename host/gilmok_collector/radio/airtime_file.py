"""What gateways have had on the air, kept over a restart of the collector where a region limits it by the hour."""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from pathlib import Path


class AirtimeFile:
    """A file of what ledgers return to be kept, by gateway. Without a path it keeps nothing.

    It is read once, and gone until the first of them is kept anew: so one that cannot be written any more is never taken for the latest.
    """

    def __init__(self, path: Path | None, region: str) -> None:
        self.error = ""
        self._path = path
        self._region = region
        self._kept: dict[str, str] = {}
        if path is not None:
            self._kept = self._read(path)

    def load(self, gateway: str) -> bytes | None:
        """Return what was kept of a gateway, None where nothing was."""
        try:
            return b64decode(self._kept[gateway], validate=True)
        except (KeyError, Base64Error, ValueError):
            return None

    def save(self, gateway: str, data: bytes) -> None:
        """Keep what a ledger says, before its gateway sends what it is about; `error` says why that failed."""
        self._kept[gateway] = b64encode(data).decode()
        if self._path is None:
            return
        try:
            new = self._path.with_name(self._path.name + ".new")
            with new.open("w", encoding="utf-8") as file:
                json.dump({"region": self._region, "gateways": self._kept}, file)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
            self.error = ""
        except OSError as error:  # the next life then counts all as used
            self.error = str(error)

    def _read(self, path: Path) -> dict[str, str]:
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            path.unlink()
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            self.error = str(error)
            return {}
        gateways = told.get("gateways") if isinstance(told, dict) and told.get("region") == self._region else None
        return {name: text for name, text in gateways.items() if isinstance(text, str)} if isinstance(gateways, dict) else {}
