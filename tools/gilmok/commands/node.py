"""`gilmok node`: a node on this computer, and the systemd unit that keeps it running."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import Refused
from ..language import choose, say
from ..notify import notify, watchdog_s
from ..stopping import StopSignals

LINKS = "serial:DEVICE|tcp:HOST:PORT|unix:PATH"
DEFAULT_LINK = "serial:/dev/serial0"  # the UART on the header of every Raspberry Pi, whichever of its two controllers that is

Config = Annotated[str, typer.Argument(metavar="CONFIG", help="The file that `gilmok config` wrote for this node.")]
Data = Annotated[str, typer.Option("--data", metavar="DIR", help="The folder of the node's log.")]
Links = Annotated[list[str] | None, typer.Option("--link", metavar=LINKS, help="Where a collector is met; may be repeated.")]
Uarts = Annotated[list[str] | None, typer.Option("--uart", metavar="N=DEVICE", help="The device of a sensor's UART, not /dev/serialN.")]


def run_node(config: Config, data: Data, link: Links = None, uart: Uarts = None) -> int:
    """Run a node until stopped by ^C or SIGTERM.

    A collector meets it on a serial line, or connects to its socket with a link "socket://HOST:PORT". What a node has logged is on
    the disk before any link is offered it, so stopping or killing it at any moment loses nothing. Under systemd use Type=notify;
    WatchdogSec= is answered as long as its loop turns.
    """
    from gilmok_node.linux.board import Linux, run, start

    links = link or [DEFAULT_LINK]
    _check(config, data, links)
    devices = _parse_uarts(uart or [])
    board = Linux(data, _feeder(), _tell_ble)
    signals = StopSignals()
    node, ports = start(config, data, links, board, devices)
    _announce(node, links)
    run(node, ports, lambda: signals.asked)
    notify("STOPPING=1")
    for port in ports:
        port.close()
    board.stopped()
    return 0


def print_unit(
    config: Config = "/etc/gilmok/node.cbor",
    data: Data = "/var/lib/gilmok",
    link: Links = None,
) -> int:
    """Print a systemd unit that runs a node.

    sudo sh -c 'gilmok node unit > /etc/systemd/system/gilmok-node.service'; then sudo systemctl enable --now gilmok-node.
    """
    from ..unit import STATE, node_unit

    if not data.startswith(STATE):
        raise Refused("node_state", value=data, folder=STATE)
    print(node_unit(_program(), config, data, link or [DEFAULT_LINK]), end="")
    return 0


COMMANDS = {
    "run": (run_node, "Run a node on this computer.", "이 컴퓨터에서 노드를 실행합니다."),
    "unit": (print_unit, "Print a systemd unit that runs a node.", "노드를 실행하는 systemd 유닛을 출력합니다."),
}


def _check(config: str, data: str, links: list[str]) -> None:
    """Refuse what can be told to be wrong before a node is there to say so."""
    if not Path(config).is_file():
        raise Refused("no_file", file=config)
    if not Path(data).is_dir():
        raise Refused("no_folder", folder=data)
    for link in links:
        kind, _, rest = link.partition(":")
        host, _, port = rest.rpartition(":")
        if not rest or kind not in ("serial", "tcp", "unix") or kind == "tcp" and not (host and port.isdigit()):
            raise Refused("node_link", value=link)


def _parse_uarts(texts: list[str]) -> dict[int, str]:
    devices = {}
    for text in texts:
        number, _, device = text.partition("=")
        if not number.isdigit() or not device:
            raise Refused("node_uart", value=text)
        devices[int(number)] = device
    return devices


def _announce(node: Any, links: list[str]) -> None:
    """Say that the node runs, or why it does not: then its links say the same to whoever asks."""
    where = ", ".join(links)
    if hasattr(node, "reason"):
        text = say("node_broken", reason=node.reason)
    elif hasattr(node, "log"):
        text = say("node_runs", node=node.name, device=f"{node.device:04x}", boot=node.log.boot, links=where)
    else:
        region, channel, rate, _ = node.settings
        text = say("gateway_runs", node=node.name, region=region, channel=channel, rate=rate, links=where)
    print(text, file=sys.stderr if hasattr(node, "reason") else sys.stdout, flush=True)
    notify("READY=1", f"MAINPID={os.getpid()}", f"STATUS={text.splitlines()[0]}")


def _feeder() -> Callable[[], None]:
    """Return what tells systemd's watchdog that the loop turns, as often as it wants to hear it."""
    period_s = watchdog_s()
    next_s = 0.0

    def feed() -> None:
        nonlocal next_s
        if period_s is not None and time.monotonic() >= next_s:
            next_s = time.monotonic() + period_s
            notify("WATCHDOG=1")

    return feed


def _tell_ble(english: str, korean: str) -> None:
    print(say("node_ble", reason=choose(english, korean)), file=sys.stderr, flush=True)


def _program() -> str:
    """Return how this command is called by a service manager, which knows no PATH of a person."""
    program = Path(sys.argv[0]).resolve()
    return str(program) if program.name == "gilmok" else f"{sys.executable} -m gilmok"
