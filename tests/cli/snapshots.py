"""What the command line prints, kept in tests/golden/cli/ and read by a person when it changes.

`GILMOK_UPDATE_SNAPSHOTS=1 make test TEST=tests/cli` writes it anew; look at the difference before committing it.
"""

import os
from pathlib import Path

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "cli"
UPDATE = os.environ.get("GILMOK_UPDATE_SNAPSHOTS") == "1"


def check_snapshot(name: str, text: str) -> None:
    """Compare `text` with the snapshot `name`."""
    path = GOLDEN / name
    if UPDATE:
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
