"""Makes the helpers of this folder importable: importlib mode adds no folder, and `site` names another module.

Keeps what people read of heaps the same when a driver is measured anew.
"""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from gilmok_site.budget import heap
from site_snapshots import GOLDEN

MEASURED = json.loads((GOLDEN / "heap.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def heap_of_tests(monkeypatch):
    """Let every node take what it took when the snapshots were written."""
    monkeypatch.setattr(heap, "_measured", lambda: MEASURED)
