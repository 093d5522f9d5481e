"""A throw-away D-Bus: the real dbus-daemon, as the system's bus of this process and its children."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

WAIT_S = 60  # this machine may be busy
# As the system's bus: the policy in its file decides who may do what. Here everybody may everything but what a test forbids.
_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    {deny}
  </policy>
</busconfig>
"""


class Bus:
    """One dbus-daemon; `deny` are rules of its policy."""

    def __init__(self, folder: Path, deny: str = "") -> None:
        self.address = f"unix:path={folder}/bus"
        config = folder / "bus.conf"
        config.write_text(_CONFIG.format(socket=folder / "bus", deny=deny), encoding="utf-8")
        program = [find_dbus() or "", f"--config-file={config}", "--nofork", "--nopidfile", "--print-address"]
        self._process = subprocess.Popen(program, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert self._process.stdout.readline(), "dbus-daemon did not start"

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait(WAIT_S)
        assert self._process.stdout is not None
        self._process.stdout.close()


def find_dbus() -> str | None:
    """Return the daemon's program, None where this machine has none."""
    return shutil.which("dbus-daemon")


def skip_without_dbus() -> None:
    """Skip the test where this machine has no D-Bus; in CI that is a failure."""
    if find_dbus() is None:
        reason = "no dbus-daemon here: apt-get install dbus"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
