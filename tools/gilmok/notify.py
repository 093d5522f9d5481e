"""Tells systemd how the service is: the protocol of sd_notify(3), nothing where there is no systemd."""

from __future__ import annotations

import os
import socket


def notify(*lines: str) -> None:
    """Send state lines such as READY=1 to the service manager, if one listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")) or not hasattr(socket, "AF_UNIX"):
        return
    if address.startswith("@"):  # a name of Linux's own, in no file system
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
            connection.settimeout(1)  # a service manager that does not listen must not stop us
            connection.connect(address)
            connection.send("\n".join(lines).encode())
    except OSError:
        return


def watchdog_s() -> float | None:
    """Return how often systemd wants to hear WATCHDOG=1: at half its patience, as sd_watchdog_enabled(3) recommends."""
    usec, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", str(os.getpid()))
    return int(usec) / 2e6 if usec.isdigit() and pid == str(os.getpid()) else None
