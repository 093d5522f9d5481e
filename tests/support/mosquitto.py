"""A throw-away MQTT broker on a loopback port: the real mosquitto."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

WAIT_S = 60  # this machine may be busy


def find_mosquitto() -> str | None:
    """Return the broker's program, None where this machine has none."""
    return shutil.which("mosquitto") or next((path for path in ("/usr/sbin/mosquitto",) if os.access(path, os.X_OK)), None)


class Broker:
    """One broker process, which may be stopped and started again on its port; `settings` are lines of its configuration."""

    def __init__(self, folder: Path, settings: str = "allow_anonymous true\n") -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self._config = folder / "mosquitto.conf"  # `user` counts where root starts it, and lets it read what only root can
        self._config.write_text(f"user root\npersistence false\nlistener {self.port} 127.0.0.1\n{settings}", encoding="utf-8")
        self._log = folder / "mosquitto.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([find_mosquitto() or "", "-c", str(self._config)], stdout=log, stderr=log)
        deadline = time.monotonic() + WAIT_S
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            assert self._process.poll() is None and time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.02)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(WAIT_S)
            self._process = None


def skip_without_mosquitto() -> None:
    """Skip the test where this machine has no broker; in CI that is a failure."""
    if find_mosquitto() is None:
        reason = "no mosquitto here: apt-get install mosquitto"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
