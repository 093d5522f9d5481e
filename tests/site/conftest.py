"""Makes the helpers of this folder importable: importlib mode adds no folder, and `site` names another module."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
