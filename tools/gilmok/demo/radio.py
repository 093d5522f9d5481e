"""The radio of the demo's street: an air, a board gateway in a process of its own, and a concentrator that speaks UDP."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gilmok_site.links import parse_link_url
from gilmok_wire.radio_law import RadioLaw
from gilmok_wire.regions import REGIONS
from gilmok_wire.windows import WINDOW_MS

from .air import AirThread
from .process import NodeProcess
from .scenario import BOARD_PLACE, CONCENTRATOR_PLACE, LORA, NodePlan

if TYPE_CHECKING:
    from gilmok_collector.service import Service

    from .interpreter import Interpreter
    from .lines import Line

REGION = "KR920"
_CHANNEL, _RATE, _POWER_DBM = 0, 5, 14  # SF7: what a board gateway hears is one channel at one rate
_EUI = bytes.fromhex("67696c6d6f6b0001")
_NEAR_M = 300.0  # from a node to its gateway
BOARD, CONCENTRATOR = "gateway-w", "gateway-e"


class Radio:
    """Everything between LoRa nodes and the collector; `line` leads from the board gateway to the collector."""

    def __init__(self, plans: list[NodePlan], folder: Path, interpreter: Interpreter, line: Line, seed: int) -> None:
        self._line = line
        self._air = AirThread(seed)
        self._port = _free_port()
        for plan in plans:
            if plan.link == LORA:
                self._air.add_process(plan.name, (plan.place[0] + _NEAR_M, plan.place[1]))
        board = self._air.add_process(BOARD, BOARD_PLACE)
        law = RadioLaw(REGIONS[REGION], 0)
        channels_hz = [law.frequency_hz(channel) for channel in range(law.uplinks)]
        self._air.add_concentrator(CONCENTRATOR, CONCENTRATOR_PLACE, channels_hz, _EUI, self._port)
        settings = {
            "name": BOARD,
            "line": line.node_url,
            "air": {**_air(board.url, seed), "channel": _CHANNEL, "rate": _RATE, "power_dbm": _POWER_DBM},
        }
        self.gateway = NodeProcess(BOARD, interpreter, folder, settings, dict, "gateway_process")

    def settings_of(self, name: str, index: int) -> dict[str, Any]:
        """Return what a node's process has to know of its radio."""
        return _air(self._air.processes[name].url, index)

    def attach(self, service: Service) -> None:
        """Have a collector listen to both gateways."""
        service.add_radio(REGION, lambda device: True, WINDOW_MS, in_group=lambda device: False)
        service.add_gateways(BOARD, parse_link_url("gateway:" + self._line.collector_url.partition(":")[2]))
        service.add_gateways(CONCENTRATOR, parse_link_url(f"semtech:127.0.0.1:{self._port}"))

    def start(self) -> None:
        """Begin."""
        self._air.start()
        self.gateway.start()

    def stop(self) -> None:
        """End the gateway's process, and the air."""
        self.gateway.kill()
        self._air.stop()


def _air(url: str, seed: int) -> dict[str, Any]:
    return {"url": url, "region": REGION, "channels": [_CHANNEL], "limits": [_RATE, _RATE], "seed": seed}


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
