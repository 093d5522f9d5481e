"""Texts people meet, kept in tests/golden/site/ and read by a person when they change.

`GILMOK_UPDATE_SNAPSHOTS=1 make test TEST=tests/site` writes them anew; look at the difference before committing it.
"""

import os
from pathlib import Path

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "site"
UPDATE = os.environ.get("GILMOK_UPDATE_SNAPSHOTS") == "1"


def check_sections(name: str, sections: dict[str, str]) -> None:
    """Compare `sections` with those of the snapshot `name`, all of them and no others."""
    path = GOLDEN / name
    text = "".join(f"## {title}\n{body}\n\n" for title, body in sections.items())
    if UPDATE:
        path.write_text(text, encoding="utf-8")
    kept = path.read_text(encoding="utf-8")
    if kept != text:
        assert _split(kept) == sections  # pytest shows the section that differs
    assert kept == text


def _split(text: str) -> dict[str, str]:
    parts = text.split("## ")[1:]
    return {part.partition("\n")[0]: part.partition("\n")[2].removesuffix("\n\n") for part in parts}
