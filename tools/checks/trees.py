"""Which files of the checkout a check looks at."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEVICE_TREES = ("protocols/gilmok_wire/", "protocols/gilmok_rules/", "firmware/gilmok_node/", "tools/gilmok_sim/chips/")


def listed_files() -> list[Path]:
    """Return every file that is tracked or would be added by `git add -A`, relative to the checkout."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted(Path(name) for name in set(names) if name and (ROOT / name).is_file())


def python_files() -> list[Path]:
    """Return every Python file among the listed files."""
    return [path for path in listed_files() if path.suffix == ".py"]


def device_files() -> list[Path]:
    """Return every Python file that must run on MicroPython.

    These are the trees above, less what says "CPython only" in the first line of its docstring, and each module of the simulator
    that says "MicroPython" there.
    """
    return [path for path in python_files() if _runs_on_device(path)]


def fail(check: str, faults: list[str], remedy: str) -> None:
    """Print the faults and what to do about them and exit with 1, or return where there are none."""
    if faults:
        print("\n".join(faults))
        sys.exit(f"{check}: {remedy}")


def _runs_on_device(path: Path) -> bool:
    if path.as_posix().startswith(DEVICE_TREES):
        return "CPython only" not in _first_line(path)
    return path.as_posix().startswith("tools/gilmok_sim/") and "MicroPython" in _first_line(path)


def _first_line(path: Path) -> str:
    try:
        docstring = ast.get_docstring(ast.parse((ROOT / path).read_text(encoding="utf-8")))
    except SyntaxError:
        return ""  # the linter says it better
    return (docstring or "").partition("\n")[0]
