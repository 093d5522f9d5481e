"""Puts the same questions about the wire to CPython and to MicroPython."""

import json
import tempfile
from pathlib import Path

from support import wire_worker
from support.micropython import run_micropython


def answers_of_both(tasks):
    """Return (answers of CPython, answers of MicroPython) to tasks of `wire_worker`. Skips where there is no MicroPython."""
    tasks = json.loads(json.dumps(tasks))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tasks.json"
        path.write_text(json.dumps(tasks))
        output = run_micropython(Path(wire_worker.__file__), path)
    return [wire_worker.answer(task) for task in tasks], [json.loads(line) for line in output.splitlines()]
