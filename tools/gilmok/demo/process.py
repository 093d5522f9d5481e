"""One node process of the demo: started, watched, killed and started again."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .interpreter import Interpreter

OUTPUT_KEPT = 20  # lines of a node's output kept to explain its end


class NodeProcess:
    """A simulated node whose flash outlives the process.

    `settings` are node_process's, without the times; `times()` returns those for a process that starts now. `program` is the module
    of gilmok_sim that it runs.
    """

    def __init__(
        self,
        name: str,
        interpreter: Interpreter,
        folder: Path,
        settings: dict[str, Any],
        times: Callable[[], dict[str, float]],
        program: str = "node_process",
    ) -> None:
        self.name = name
        self.interpreter = interpreter.name
        self.report: dict[str, Any] = {}
        self.output: list[str] = []
        self.starts = 0
        self._interpreter = interpreter
        self._path = folder / f"{name}.json"
        self._settings = settings
        self._times = times
        self._program = program
        self._process: subprocess.Popen[str] | None = None
        self._listener: threading.Thread | None = None

    def start(self) -> None:
        """Start the process at the present time of the scenario."""
        self.starts += 1
        settings = {**self._settings, **self._times()}
        self._path.write_text(json.dumps(settings), encoding="utf-8")
        self._process = self._interpreter.start(self._path, self._program)
        self._listener = threading.Thread(target=self._listen, args=(self._process,), daemon=True)
        self._listener.start()

    def kill(self) -> None:
        """End the process as a power cut does, at any instruction."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=10)
            if self._listener is not None:
                self._listener.join(timeout=5)
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None

    def is_running(self) -> bool:
        """Tell whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def set(self, **settings: Any) -> None:
        """Change settings for the next start."""
        self._settings.update(settings)

    def wait_for_report(self, timeout_s: float) -> None:
        """Wait until the process has reported once."""
        deadline = time.monotonic() + timeout_s
        while not self.report and self.is_running() and time.monotonic() < deadline:
            time.sleep(0.01)

    def _listen(self, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            try:
                report = json.loads(line)
                self.report = {**report, "at": time.monotonic()}
            except (ValueError, TypeError):
                self.output = [*self.output[1 - OUTPUT_KEPT :], line.rstrip()]
