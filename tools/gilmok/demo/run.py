"""Runs the demo: makes a site, starts node processes and a collector, drains, and takes account."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gilmok_collector.engine import Engine
from gilmok_collector.service import Service
from gilmok_collector.store import open_store
from gilmok_node.log import Log
from gilmok_site import compile_node, create_keys, load_site
from gilmok_site.links import parse_link_url
from gilmok_sim.flash import VirtualFlash
from gilmok_wire.link import SERIAL

from .account import take_account
from .errors import DemoError
from .interpreter import Interpreter
from .lines import Lines
from .process import NodeProcess
from .replay import replay
from .scenario import NodePlan, Scenario, rainy_night

DRAIN_S = 60.0  # real time given to the logs after sampling has stopped
DEFAULT_S = 30.0
REPORT_MS = 200
TICK_S = 0.1
RECORDS_BLOCKS, WAVEFORMS_BLOCKS = 256, 128  # 1 MiB and 512 KiB, as on a 4 MiB ESP32 (boards/esp32-devkitc.toml)
FOREVER_S = 1e9


@dataclass
class Options:
    """What the command line asks for."""

    duration_s: float | None = None
    headless: bool = False
    json_path: str | None = None
    nodes: int = 4
    replay: str | None = None
    seed: int = 7
    speed: float | None = None
    mapping: list[str] = field(default_factory=list)
    link: str | None = None


class Street:
    """Nodes in processes, lines, and a collector in this process, in a folder of their own."""

    def __init__(self, scenario: Scenario, folder: Path, seed: int, link: str | None = None, heap: str = "256wk") -> None:
        self.scenario = scenario
        self.folder = folder
        self.interpreter = Interpreter(folder, heap)
        self.lines = Lines(link, seed)
        self.began = time.monotonic()
        self.sample_s = FOREVER_S
        line_of = {plan.name: self.lines.add(plan.name) for plan in scenario.nodes}
        site_path = folder / "street.toml"
        site_path.write_text(site_file(scenario, line_of), encoding="utf-8")
        self.site = load_site(site_path)
        self.keys = create_keys(self.site)
        self.device_of = {plan.name: self.site.device_of(plan.name) for plan in scenario.nodes}
        self.line_of = line_of
        self.nodes = [self._make_node(plan, index, seed) for index, plan in enumerate(scenario.nodes)]
        self.first_acknowledged_ms: float | None = None
        self.open_collector()

    def scenario_ms(self) -> int:
        """Return the present time of the scenario in ms."""
        return int((time.monotonic() - self.began) * 1000 * self.scenario.speed)

    def unix_ms(self) -> int:
        """Return the Unix time of the scenario in ms."""
        return self.scenario.start_ms + self.scenario_ms()

    def open_collector(self) -> None:
        """Open the store and the links."""
        self.store = open_store(self.site.store_url, self.keys.store_id)
        keys = {device: bytes(key) for device, key in self.keys.devices.items()}
        uncertainty_ms = max(1, round(5 * self.scenario.speed))  # a thread's turn, in the scenario's time
        self.engine = Engine(self.store, keys, SERIAL, uncertainty_ms=uncertainty_ms)
        self.service = Service(self.engine)
        for name, line in self.line_of.items():
            self.service.add_link(name, parse_link_url(line.collector_url), self.unix_ms)

    def start(self) -> None:
        """Start lines, collector and nodes; the scenario's time begins."""
        self.began = time.monotonic()
        self.lines.start()
        self.service.start()
        for node in self.nodes:
            node.start()

    def times(self) -> dict[str, float]:
        """Return the times a node process starting now needs."""
        return {"started_ms": self.scenario_ms(), "sample_s": self.began + self.sample_s - time.monotonic()}

    def acknowledged(self) -> bool:
        """Tell whether every node has stopped measuring and has nothing left that is not acknowledged."""
        return all(
            node.report and not node.report["measuring"] and not node.report["backlog"] for node in self.nodes
        )

    def open_log(self, name: str) -> Log:
        """Return the log in copies of a node's flash images, mounted; the images stay as they are."""
        images = []
        for ring, blocks in (("records", RECORDS_BLOCKS), ("waveforms", WAVEFORMS_BLOCKS)):
            image = VirtualFlash(blocks)
            image.load(str(self.folder / f"{name}.{ring}"))
            images.append(image)
        log = Log(*images)
        log.mount()
        return log

    def stop(self) -> None:
        """End the node processes, the collector and the lines, by their own handles."""
        for node in self.nodes:
            node.kill()
        self.service.stop()
        self.lines.stop()

    def close(self) -> None:
        """Stop everything and close the store."""
        self.stop()
        self.store.close()

    def _make_node(self, plan: NodePlan, index: int, seed: int) -> NodeProcess:
        folder = self.folder
        config = folder / f"{plan.name}.cbor"
        config.write_bytes(compile_node(self.site, self.keys, plan.name))
        speed = self.scenario.speed
        settings: dict[str, Any] = {
            "config": str(config),
            "records": str(folder / f"{plan.name}.records"),
            "waveforms": str(folder / f"{plan.name}.waveforms"),
            "records_blocks": RECORDS_BLOCKS,
            "waveforms_blocks": WAVEFORMS_BLOCKS,
            "line": self.line_of[plan.name].node_url,
            "speed": speed,
            "world": {"seed": seed, "place": index, "path": str(plan.series) if plan.series else None},
            "capture": plan.capture,
            "answer_ms": round(SERIAL.answer_ms * max(1, speed)),  # links keep real time
            "byte_us": round(SERIAL.byte_us * max(1, speed)),
            "report_ms": REPORT_MS,
            "late_ms": self.scenario.late_ms,
        }
        return NodeProcess(plan.name, self.interpreter, folder, settings, self.times)


def site_file(scenario: Scenario, line_of: dict[str, Any]) -> str:
    """Return the site file of a scenario's street."""
    lines = ['[site]\nid = "street"\nname = { ko = "길목", en = "Street" }\ntimezone = "Asia/Seoul"\n']
    lines.append('[store]\nurl = "sqlite:street.db"\n')
    for plan in scenario.nodes:
        name = plan.name
        lines.append(f'[link.{name}]\nurl = "{line_of[name].collector_url}"\n')
        lines.append(f'[node.{name}]\nname = "{name}"\nboard = "sim"\nlink = "{name}"\nhealth = "{scenario.health}"\n')
        for sensor, settings in plan.sensors.items():
            lines.append(f"[node.{name}.sensor.{sensor}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
            lines.append("")
    return "\n".join(lines)


def run(options: Options) -> int:
    """Run the demo; return 0 when nothing was lost, stored twice or changed."""
    folder = Path(tempfile.mkdtemp(prefix="gilmok-demo-"))
    try:
        return _run_in(options, folder)
    except DemoError as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run_in(options: Options, folder: Path) -> int:
    duration_s = options.duration_s or (DEFAULT_S if options.headless or options.replay else None)
    if options.replay:
        path = Path(options.replay)
        scenario = replay(path, folder, options.nodes, duration_s or DEFAULT_S, options.speed, options.mapping)
    else:
        scenario = rainy_night(options.nodes, options.seed, options.speed)
    street = Street(scenario, folder, options.seed, options.link)
    if street.interpreter.name != "micropython":
        print("No MicroPython for this machine: the nodes run under CPython.", file=sys.stderr)
    if duration_s is not None:
        street.sample_s = duration_s
    stopped = _Interrupt()
    try:
        street.start()
        _watch(street, options, duration_s, stopped)
        result = summarise(street)
    finally:
        street.close()
    if options.json_path:
        Path(options.json_path).write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(summary_line(result))
    return 0 if result["lost"] == result["duplicated"] == result["changed"] == 0 and result["drained"] else 1


class _Interrupt:
    """Remembers ^C and SIGTERM; the first one ends the demo in good order."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: Any) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


def _watch(street: Street, options: Options, duration_s: float | None, stopped: _Interrupt) -> None:
    from .view import View

    deadline = None if duration_s is None else street.began + duration_s + DRAIN_S
    with View(street, live=not options.headless and sys.stdout.isatty()) as view:
        while True:
            time.sleep(TICK_S)
            view.refresh()
            if not street.service.is_alive():
                raise DemoError(f"the collector stopped: {street.service.failure}")
            for node in street.nodes:
                if not node.is_running():
                    raise DemoError(f"node {node.name} ended:\n" + "\n".join(node.output))
            if street.first_acknowledged_ms is None and street.engine.counters.records:
                street.first_acknowledged_ms = (time.monotonic() - street.began) * 1000
            if stopped.asked or street.acknowledged() or (deadline is not None and time.monotonic() > deadline):
                return


def summarise(street: Street) -> dict[str, Any]:
    """Stop the nodes and return the demo's account as a JSON-able dictionary."""
    for node in street.nodes:
        node.kill()
    street.service.stop()
    nodes, totals = [], {"logged": 0, "acknowledged": 0, "stored": 0, "lost": 0, "duplicated": 0, "changed": 0, "gaps": 0}
    drained = True
    for node in street.nodes:
        report = node.report or {"logged": 0, "backlog": 0, "heap_free": None, "measuring": True}
        log = street.open_log(node.name)
        account = take_account(street.store, street.device_of[node.name], log, report["logged"] - report["backlog"])
        if report["measuring"] or report["backlog"]:  # ended before the drain: what was not acknowledged is in the log
            drained = False
            account.lost = max(0, account.lost - (account.logged - account.acknowledged))
        counts = asdict(account)
        for key in totals:
            totals[key] += counts[key]
        line = street.line_of[node.name]
        nodes.append(
            {"name": node.name, "interpreter": node.interpreter, "link": "serial", **counts}
            | {"heap_free": report["heap_free"], "bytes_up": line.bytes_up, "bytes_down": line.bytes_down}
        )
    counters = street.engine.counters
    readings = counters.readings
    bytes_up = sum(node["bytes_up"] for node in nodes)
    return {
        "scenario": street.scenario.title,
        "speed": street.scenario.speed,
        "drained": drained,
        "nodes": nodes,
        **totals,
        "readings": readings,
        "bytes_per_reading": round(bytes_up / readings, 3) if readings else None,
        "frames": counters.frames,
        "answers": counters.answers,
        "first_acknowledged_ms": round(street.first_acknowledged_ms) if street.first_acknowledged_ms else None,
        "elapsed_s": round(time.monotonic() - street.began, 3),
    }


def summary_line(result: dict[str, Any]) -> str:
    """Return the one line that sums a demo up."""
    return (
        f"{len(result['nodes'])} nodes, {result['stored']} records stored, {result['lost']} lost, "
        f"{result['duplicated']} twice, {result['bytes_per_reading']} bytes a reading on the wire"
    )
