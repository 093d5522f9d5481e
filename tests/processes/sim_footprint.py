"""Prints how much heap the simulator's own parts take beside the firmware of a node, under MicroPython.

Run with the configuration of the node, the files for records and waveforms, and "city" where that is the world.

The firmware's modules come first, all of them: the pool of names grows in steps, at some 620 and 1270 names by 7 and 14 KB, and a step
that only the simulator's names make necessary is the simulator's.
"""

import gc
import json
import sys

import gilmok_node.assembly
import gilmok_node.joining
import gilmok_node.log
import gilmok_node.log_boot
import gilmok_node.mounting
import gilmok_node.node
from gilmok_node.config import Config
from gilmok_node.sensors import load

with open(sys.argv[1], "rb") as file:
    config = Config(file.read())
if config.rules or config.outputs:
    import gilmok_node.alarms
    import gilmok_node.arming
    import gilmok_node.keep
    import gilmok_rules.building
    import gilmok_rules.trend  # noqa: F401
if config.ble:
    import gilmok_node.ble_hints
    import gilmok_node.uplink
    import gilmok_wire.roaming_session
if config.lora:
    import gilmok_node.lora_start
    import gilmok_node.radio.sx126x
    import gilmok_node.uplink
    import gilmok_wire.brief_session
    import gilmok_wire.regions  # noqa: F401
for sensor in config.sensors:
    load(sensor.driver)
    if sensor.derived:
        import gilmok_node.derive
    if sensor.report:
        import gilmok_node.report  # noqa: F401
    if sensor.bus == "sdi12":  # as the board that opens the line
        __import__("gilmok_node.sensors.sdi12_line")
gc.collect()
before = gc.mem_alloc()
from gilmok_sim import node_process  # noqa: E402
from gilmok_sim.flash import FileFlash  # noqa: E402
from gilmok_sim.instruments import Instruments  # noqa: E402
from gilmok_sim.world import RainyNight  # noqa: E402

if len(sys.argv) > 4:
    from gilmok_sim.city import City as World
else:
    World = RainyNight

now = node_process.ScaledTime(1)
instruments = Instruments(World(7, 0), now)
if config.outputs:
    instruments.fit(config.outputs)
parts = [instruments(sensor) for sensor in config.sensors]
parts.append(FileFlash(sys.argv[2], 256))
parts.append(FileFlash(sys.argv[3], 128))
if config.ble:  # the way to the radio, with what has come of a message and one that goes
    from gilmok_sim import bluetooth

    parts += [bluetooth, json.loads('[3, [1, 13], "%s"]' % ("00" * 60)), bytes(2 * 60), "00" * 256, b"00" * 256]
if config.lora:  # the chip, and the way to its air, which keeps room for what comes and goes
    from gilmok_sim.air_chip import AirChip, Ticks, fit
    from gilmok_sim.bus import VirtualSpi
    from gilmok_sim.lora_air import Air

    fit(instruments, {"url": "tcp:65535", "seed": 1})
    radio, spi, air = AirChip("/dev/null", 1, 1800), VirtualSpi(), Air(922_100_000, 7, 125_000, 1, True, 0x3444, 8, True, True, 14)
    radio.chip.incoming(air, 0, 1, -80)
    radio.chip.hear(b"", air, -80, 7)
    parts += [radio, spi, spi.attach(radio.chip), Ticks()]
    del air
for chip in instruments.chips.values():  # what chips build on first use
    if getattr(chip, "next_ms", None) is not None and hasattr(chip, "emit"):  # one that answers has nothing to say yet
        chip.emit()
# What the process itself keeps: its settings as the street writes them, and the report in the making when it asks for free heap.
settings = json.loads(
    """{"config": "/tmp/pytest-of-somebody/pytest-0/test_of_a_node_that_fits0/bridge-n.cbor",
    "records": "/tmp/pytest-of-somebody/pytest-0/test_of_a_node_that_fits0/bridge-n.records",
    "waveforms": "/tmp/pytest-of-somebody/pytest-0/test_of_a_node_that_fits0/bridge-n.waveforms",
    "records_blocks": 256, "waveforms_blocks": 128, "line": "/dev/pts/10", "speed": 10, "late_ms": 0, "started_ms": 0,
    "sample_s": 1000000.0, "world": {"seed": 7, "place": 0, "path": null, "city": false},
    "capture": ["tilt"], "answer_ms": 3000, "idle_ms": 10000, "byte_us": 110,
    "report_ms": 250}"""
)
parts += [settings, node_process.ProcessBoard(settings["records"] + ".keep"), [(number, number, number) for number in range(12)]]
del sensor, chip, file
gc.collect()
print(gc.mem_alloc() - before)
