"""Makes what the simulator adds to a node's process, so that it can be weighed: its modules, chips, flash, world and settings."""

import json

from . import node_process
from .flash import FileFlash
from .instruments import Instruments
from .world import RainyNight

# As the street writes them.
_SETTINGS = """{"config": "/tmp/pytest-of-somebody/pytest-0/test_of_a_node_that_fits0/bridge-n.cbor",
    "records": "/tmp/pytest-of-somebody/pytest-0/test_of_a_node_that_fits0/bridge-n.records",
    "waveforms": "/tmp/pytest-of-somebody/pytest-0/test_of_a_node_that_fits0/bridge-n.waveforms",
    "records_blocks": 256, "waveforms_blocks": 128, "line": "/dev/pts/10", "speed": 10, "late_ms": 0, "started_ms": 0,
    "sample_s": 1000000.0, "world": {"seed": 7, "place": 0, "path": null, "city": false},
    "capture": ["tilt"], "answer_ms": 3000, "idle_ms": 10000, "byte_us": 110,
    "report_ms": 250}"""
_COUNTERS = 12  # of a report


def make(config, records, waveforms, city=False):
    """Return all parts that run beside a node of this configuration, of a world that is a city or a rainy night; the files are made."""
    instruments = Instruments(_city() if city else RainyNight(7, 0), node_process.ScaledTime(1))
    if config.outputs:
        instruments.fit(config.outputs)
    parts = [instruments, [instruments(sensor) for sensor in config.sensors], FileFlash(records, 256), FileFlash(waveforms, 128)]
    if config.ble:
        parts += _bluetooth()
    if config.lora:
        parts += _air(instruments)
    for chip in instruments.chips.values():  # what chips build on first use
        if getattr(chip, "next_ms", None) is not None and hasattr(chip, "emit"):  # one that answers has nothing to say yet
            chip.emit()
    # What the process itself keeps: its settings, and the report in the making when it asks for free heap.
    board = node_process.ProcessBoard(records + ".keep")
    return parts + [json.loads(_SETTINGS), board, [(number, number, number) for number in range(_COUNTERS)]]


def _city():
    from .city import City

    return City(7, 0)


def _bluetooth():
    """Return the way to the radio, with what has come of a message and one that goes."""
    from . import bluetooth

    return [bluetooth, json.loads('[3, [1, 13], "%s"]' % ("00" * 60)), bytes(2 * 60), "00" * 256, b"00" * 256]


def _air(instruments):
    """Return the chip, and the way to its air, which keeps room for what comes and goes."""
    from .air_chip import AirChip, Ticks, fit
    from .bus import VirtualSpi
    from .lora_air import Air

    fit(instruments, {"url": "tcp:65535", "seed": 1})
    radio, spi = AirChip("/dev/null", 1, 1800), VirtualSpi()
    radio.chip.incoming(Air(922_100_000, 7, 125_000, 1, True, 0x3444, 8, True, True, 14), 0, 1, -80)
    radio.chip.hear(b"", Air(922_100_000, 7, 125_000, 1, True, 0x3444, 8, True, True, 14), -80, 7)
    return [radio, spi, spi.attach(radio.chip), Ticks()]
