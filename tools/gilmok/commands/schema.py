"""`gilmok schema`: prints the JSON Schema of site files."""

from __future__ import annotations

import json


def run() -> int:
    """Print the JSON Schema of site files.

    With it an editor completes keys and marks mistakes while you type: save it as gilmok.schema.json, and write
    "#:schema gilmok.schema.json" in the first line of the site file (Even Better TOML, taplo).
    """
    from gilmok_site.schema import json_schema

    print(json.dumps(json_schema(), ensure_ascii=False, indent=2))
    return 0
