"""Finds the interpreter for simulated nodes, and lays out the device code it runs."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from gilmok.image.build import the_image

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

    def __init__(self, folder: Path, heap: str = "256wk", micropython: bool = True, host_too: bool = False) -> None:
        command = micropython_command() if micropython else []
        self.name = "micropython" if command else "cpython"
        self.image = folder / "image"
        self.environment = dict(os.environ)
        self.working_folder = None
        if command:
            self.built = the_image(host_too)
            self.built.write(self.image)
            self._command = [*command, "-X", f"heapsize={heap}", "-c", _MAIN]
            self.environment["MICROPYPATH"] = _SEARCH
            self.working_folder = self.image
        else:
            self._command = [sys.executable, "-m", "gilmok_sim.{program}"]

    def script(self, path: Path) -> str:
        """Return the path of a script in the form in which it runs beside the image."""
        target = self.image / path.name
        target.write_text(self.built.script(path.read_text(encoding="utf-8")), encoding="utf-8")
        return str(target)

    def start(self, settings: Path, program: str = "node_process") -> subprocess.Popen[str]:
        """Start a module of gilmok_sim with its settings file; its reports come on standard output."""
        return subprocess.Popen(
            [*(part.format(program=program) for part in self._command), str(settings.resolve())],
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
_MAIN = "import gc, sys; gc.threshold(4096); from gilmok_sim import {program}; {program}.main(sys.argv[-1])"


# The image is the working folder, as a board's root is: every module keeps its path on the heap, and long ones would cost kilobytes.
_SEARCH = ".frozen" + os.pathsep
