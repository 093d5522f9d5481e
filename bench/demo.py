"""The demo street as a benchmark: how long from its start to the first acknowledged record, every process started cold."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.report import Figure, Skipped

DURATION = "5s"
TIMEOUT_S = 90  # the demo takes 8 s on an idle desk
KEPT_LINES = 3  # of what it printed, where it failed


def measure() -> list[Figure]:
    """Return the figures.

    Raises: Skipped where the demo does not come to its end.
    """
    with tempfile.TemporaryDirectory() as folder:
        account_path = Path(folder) / "account.json"
        command = [sys.executable, "-m", "gilmok", "demo", "--duration", DURATION, "--headless", "--json", str(account_path)]
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        except subprocess.TimeoutExpired:
            raise Skipped(f"`gilmok demo` took longer than {TIMEOUT_S} s") from None
        if run.returncode or not account_path.exists():
            last = " · ".join((run.stdout + run.stderr).splitlines()[-KEPT_LINES:])
            raise Skipped(f"`gilmok demo` ended with {run.returncode}: {last}")
        account = json.loads(account_path.read_text(encoding="utf-8"))
    first_ms = account["first_acknowledged_ms"]
    if first_ms is None:
        raise Skipped("`gilmok demo` ended before anything was acknowledged")
    lost = f"{account['stored']} records stored, {account['lost']} lost, {account['duplicated']} twice"
    readings = f"{account['readings']} readings, greetings and all, at an age of seconds"
    return [
        Figure("start to first acknowledged record", first_ms, "ms", key="first_ack_ms", note=lost),
        Figure("bytes on the line, live", account["bytes_per_reading"], "bytes/reading", key="demo_bytes_per_reading", note=readings),
    ]
