"""The demo's account as people and programs read it."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .account import take_account
from .alarms import Alarms

if TYPE_CHECKING:
    from .run import Collector
    from .scene import Street

COUNTS = ("logged", "acknowledged", "stored", "lost", "duplicated", "changed", "gaps")


def summarise(street: Street, collector: Collector) -> dict[str, Any]:
    """Stop nodes and links, and return the account as a JSON-able dictionary."""
    for node in street.nodes:
        node.kill()
    collector.service.stop()
    collector.projection.run()  # what came with the last frames
    nodes = [_node_account(street, collector, node) for node in street.nodes]
    drained = [node.pop("drained") for node in nodes]
    counters = collector.engine.counters
    bytes_up = sum(node["bytes_up"] for node in nodes)
    first_ms = collector.first_acknowledged_ms
    return {
        "scenario": street.scenario.title,
        "speed": street.scenario.speed,
        "drained": all(drained),
        "nodes": nodes,
        "alarms": Alarms(street.site).account(),
        **{key: sum(node[key] for node in nodes) for key in COUNTS},
        "readings": counters.readings,
        "bytes_per_reading": round(bytes_up / counters.readings, 3) if counters.readings else None,
        "frames": counters.frames,
        "answers": counters.answers,
        "first_acknowledged_ms": None if first_ms is None else round(first_ms),
        "elapsed_s": round(time.monotonic() - street.began, 3),
    }


def _node_account(street: Street, collector: Collector, node: Any) -> dict[str, Any]:
    report = node.report or {"logged": 0, "backlog": 0, "heap_free": None, "measuring": True, "faults": []}
    log = street.open_log(node.name)
    acknowledged = report["logged"] - report["backlog"]
    account = take_account(collector.store, street.device_of[node.name], log, acknowledged)
    drained = not report["measuring"] and not report["backlog"]
    if not drained:  # ended before the drain: what was not acknowledged is still in the log, and not lost
        account.lost = max(0, account.lost - (account.logged - account.acknowledged))
    line = street.line_of.get(node.name)
    sent = report.get("counters", {}).get("sent_bytes", 0)  # by radio: what its session sent
    return {
        "name": node.name,
        "interpreter": node.interpreter,
        "link": street.link_of[node.name],
        **asdict(account),
        "heap_free": report["heap_free"],
        "faults": report["faults"],  # sensors without values at the end
        "bytes_up": line.bytes_up if line else sent,
        "bytes_down": line.bytes_down if line else None,
        "drained": drained,
    }


def print_alarms(street: Street) -> None:
    """Print the alarms that stand, where no live view has shown them."""
    from rich.console import Console

    from .view import alarm_table

    lines = Alarms(street.site).lines()
    if lines:
        Console(soft_wrap=True).print(alarm_table(lines))


def summary_line(result: dict[str, Any]) -> str:
    """Return the one line that sums a demo up."""
    return (
        f"{len(result['nodes'])} nodes, {result['stored']} records stored, {result['lost']} lost, "
        f"{result['duplicated']} twice, {result['bytes_per_reading']} bytes a reading on the wire"
    )
