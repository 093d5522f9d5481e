"""The demo's street: a site, node processes and the serial lines between them and whoever collects."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from gilmok_node.flash.log import Log
from gilmok_sim.flash import VirtualFlash
from gilmok_site import Site, compile_node, create_keys, load_site
from gilmok_site.boards import load_board
from gilmok_site.rules import id_of
from gilmok_wire.link import SERIAL

from .ble import StreetBle
from .interpreter import Interpreter
from .lines import Lines
from .process import NodeProcess
from .radio import REGION, Radio
from .scenario import BLE, LORA, TRAVEL_MS, NodePlan, Scenario
from .scenario import SERIAL as CABLE

REPORT_MS = 200
RINGS = {"records": 256, "waveforms": 128}  # blocks: 1 MiB and 512 KiB, as on a 4 MiB ESP32 (boards/esp32-devkitc.toml)
PI = "bcm", "rp3a0"  # chips of boards that run CPython: what a Raspberry Pi's node is
FOREVER_S = 1e9
DEMO_IDLE_MS = 200  # real time: the live table shows acknowledgements soon
# Real time between two looks at limit switches: a node takes them every 50 ms of its own, which at 60 × would keep a core of the desk busy.
INPUTS_MS = 10


class Street:
    """Nodes in processes and their lines, in a folder of their own; the collector is the caller's."""

    def __init__(
        self,
        scenario: Scenario,
        folder: Path,
        seed: int,
        link: str | None = None,
        heap: str = "256wk",
        micropython: bool = True,
    ) -> None:
        self.scenario = scenario
        self.folder = folder = folder.resolve()  # node processes work elsewhere
        self.interpreter = Interpreter(folder, heap, micropython)
        self._cpython = Interpreter(folder, micropython=False)
        self.lines = Lines(link, seed)
        self.began = time.monotonic()
        self.sample_s = FOREVER_S
        line_of = {plan.name: self.lines.add(plan.name) for plan in scenario.nodes if plan.link == CABLE}
        self.link_of = {plan.name: plan.link for plan in scenario.nodes}
        self.radio: Radio | None = None
        if LORA in self.link_of.values():
            self.radio = Radio(scenario.nodes, folder, self.interpreter, self.lines.add("gateway"), seed)
        site_path = folder / "street.toml"
        site_path.write_text(site_file(scenario, line_of), encoding="utf-8")
        here = load_site(site_path)
        self.site = here if scenario.site is None else transplanted(scenario.site, here)
        self.ble: StreetBle | None = None
        for plan in scenario.nodes:
            if plan.link == BLE:
                self.ble = self.ble or StreetBle()
                self.ble.add(plan.name)
        self.keys = create_keys(self.site)
        self.device_of = {plan.name: self.site.device_of(plan.name) for plan in scenario.nodes}
        self.line_of = line_of
        self.nodes = [self._make_node(plan, index, seed) for index, plan in enumerate(scenario.nodes)]

    def scenario_ms(self) -> int:
        """Return the present time of the scenario in ms."""
        return self.scenario.begin_ms + int((time.monotonic() - self.began) * 1000 * self.scenario.speed)

    def unix_ms(self) -> int:
        """Return the Unix time of the scenario in ms."""
        return self.scenario.start_ms + self.scenario_ms()

    def start(self) -> None:
        """Start lines and nodes; the scenario's time begins."""
        self.began = time.monotonic()
        self.lines.start()
        if self.radio is not None:
            self.radio.start()
        for node in self.nodes:
            if self.ble is not None and self.link_of[node.name] == BLE:
                node.set(ble=self.ble.port_of(node.name))
            node.start()

    def times(self) -> dict[str, float]:
        """Return the times a node process starting now needs."""
        return {"started_ms": self.scenario_ms(), "sample_s": self.began + self.sample_s - time.monotonic()}

    def acknowledged(self) -> bool:
        """Tell whether every node has stopped measuring and has nothing left that is not acknowledged."""
        return all(node.report and not node.report["measuring"] and not node.report["backlog"] for node in self.nodes)

    def open_log(self, name: str) -> Log:
        """Return the log in copies of a node's flash images, mounted; the images stay as they are."""
        images = {ring: VirtualFlash(blocks) for ring, blocks in RINGS.items()}
        for ring, image in images.items():
            image.load(str(self.image_path(name, ring)))
        log = Log(images["records"], images["waveforms"], load_board(self.site.node[name].board).program_unit)
        log.mount()
        return log

    def stop(self) -> None:
        """End the node processes and the lines, by their own handles."""
        for node in self.nodes:
            node.kill()
        if self.radio is not None:
            self.radio.stop()
        self.lines.stop()

    def image_path(self, name: str, ring: str) -> Path:
        """Return the file with a node's flash."""
        return self.folder / f"{name}.{ring}"

    def _make_node(self, plan: NodePlan, index: int, seed: int) -> NodeProcess:
        folder = self.folder
        config = folder / f"{plan.name}.cbor"
        config.write_bytes(compile_node(self.site, self.keys, plan.name))
        speed = self.scenario.speed
        settings: dict[str, Any] = {
            "config": str(config),
            **{ring: str(self.image_path(plan.name, ring)) for ring in RINGS},
            **{f"{ring}_blocks": blocks for ring, blocks in RINGS.items()},
            "line": self.line_of[plan.name].node_url if plan.name in self.line_of else None,
            "air": self.radio.settings_of(plan.name, index) if self.radio is not None and plan.link == LORA else None,
            "speed": speed,
            "world": {
                "seed": seed,
                "place": index,
                "path": str(plan.series.resolve()) if plan.series else None,
                "city": self.scenario.city or self.scenario.site is not None,
            },
            "capture": plan.capture,
            "answer_ms": round(SERIAL.answer_ms * max(1, speed)),  # links keep real time
            "idle_ms": round(DEMO_IDLE_MS * max(1, speed)),
            "byte_us": round(SERIAL.byte_us * max(1, speed)),
            "report_ms": REPORT_MS,
            "late_ms": max(self.scenario.late_ms, round(INPUTS_MS * speed) if self._has_inputs(plan.name) else 0),
            "travel_ms": {id_of(output): span_ms for output, span_ms in self._travel_ms(plan).items()},
        }
        is_pi = load_board(self.site.node[plan.name].board).chip.startswith(PI)
        interpreter = self._cpython if is_pi else self.interpreter
        return NodeProcess(plan.name, interpreter, folder, settings, self.times)

    def _has_inputs(self, node: str) -> bool:
        return any(output.inputs for output in self.site.node[node].output.values())

    def _travel_ms(self, plan: NodePlan) -> dict[str, int]:
        """Return how long each output takes that says when it is there; one that says nothing is there at once."""
        confirmed = {name for name, output in self.site.node[plan.name].output.items() if output.is_confirmed}
        return {name: plan.travel_ms.get(name, TRAVEL_MS) for name in confirmed}


def transplanted(site: Site, here: Site) -> Site:
    """Return `site` with the store, the keys and the folder of `here`: its own stay untouched. All its nodes have a line, and no radio."""
    about = site.about.model_copy(update={"keys": None, "region": None})
    nodes = {name: node.model_copy(update={"lora": None, "ble": None}) for name, node in site.node.items() if name in site.measuring}
    return site.model_copy(update={"about": about, "store": here.store, "node": nodes, "radio": None}).placed_in(here.source)


def site_file(scenario: Scenario, line_of: dict[str, Any]) -> str:
    """Return the site file of a scenario's street."""
    lines = ["[site]", 'id = "street"', 'name = { ko = "길목", en = "Street" }', 'timezone = "Asia/Seoul"', f'region = "{REGION}"', ""]
    lines += ["[store]", 'url = "sqlite:street.db"', ""]
    names = {plan.name for plan in scenario.nodes}
    for plan in scenario.nodes:
        name = plan.name
        rules = {rule: _without_absent(settings, names) for rule, settings in plan.rules.items()}
        link = {"link": name} if name in line_of else {}
        lines += _table(f"link.{name}", {"url": line_of[name].collector_url}) if link else []
        lines += _table(f"node.{name}", {"name": name, "board": "sim", **link, "health": scenario.health, **plan.table})
        for kind, parts in (("sensor", plan.sensors), ("output", plan.outputs), ("rule", rules)):
            for part, settings in parts.items():
                lines += _table(f"node.{name}.{kind}.{part}", settings)
    return "\n".join(lines)


def _without_absent(rule: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """Return a rule without the outputs of nodes that the street has not: whoever makes one may leave nodes out."""

    def is_here(output: str) -> bool:
        return "." not in output or output.partition(".")[0] in names

    steps = {key: step for key, step in rule.items() if isinstance(step, dict) and "outputs" in step}
    return rule | {key: step | {"outputs": [each for each in step["outputs"] if is_here(each)]} for key, step in steps.items()}


def _table(name: str, settings: dict[str, Any]) -> list[str]:
    return [f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in settings.items()), ""]


def _toml(value: Any) -> str:
    """Return a value as TOML has it: JSON, but for tables."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
