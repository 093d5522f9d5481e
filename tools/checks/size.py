"""Checks that modules and functions stay small; run as `python -m checks.size`."""

import ast
from pathlib import Path

from checks.trees import ROOT, fail, python_files

MODULE_LINES = 400
FUNCTION_LINES = 50
HOT_LOOP = "# hot loop"
ALLOWED = Path(__file__).with_name("size_allowed.txt")


def main() -> None:
    """Exit with 1 where something is too long, or an exception is no longer needed."""
    allowed = _allowed()
    faults = []
    for path in python_files():
        for place, count, limit in _too_long(path):
            if allowed.pop(place, None) is None:
                faults.append(f"{place}: {count} lines, at most {limit}")
    faults += [f"{ALLOWED.name}: {place} is no longer too long; remove the line" for place in allowed]
    fail(
        "check-size",
        faults,
        f'split by concept. A measured hot loop says "{HOT_LOOP}" on its def line; a table goes, with its reason, into '
        f"{ALLOWED.relative_to(ROOT)}.",
    )


def _too_long(path):
    """Yield (place, lines, limit) for the module and each of its functions above their limits."""
    text = (ROOT / path).read_text(encoding="utf-8")
    lines = text.splitlines()
    if len(lines) > MODULE_LINES:
        yield path.as_posix(), len(lines), MODULE_LINES
    for node in ast.walk(ast.parse(text, str(path))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            count = (node.end_lineno or node.lineno) - node.lineno + 1
            if count > FUNCTION_LINES and HOT_LOOP not in lines[node.lineno - 1]:
                yield f"{path.as_posix()}:{node.name}", count, FUNCTION_LINES


def _allowed() -> dict[str, str]:
    """Return the reason for each allowed place, `path` or `path:function`."""
    entries = {}
    for line in ALLOWED.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            place, _, reason = line.partition("  ")
            if not reason.strip():
                fail("check-size", [f"{ALLOWED.name}: {place} has no reason"], "write it behind two spaces.")
            entries[place] = reason.strip()
    return entries


if __name__ == "__main__":
    main()
