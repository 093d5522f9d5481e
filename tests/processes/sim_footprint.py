"""Prints how much heap the simulator's own parts take beside the firmware of a node, under MicroPython.

Run with the configuration of the node, the files for records and waveforms, and "city" where that is the world.

The firmware's modules come first, all of them: the pool of names grows in steps, at some 620 and 1270 names by 7 and 14 KB, and a step
that only the simulator's names make necessary is the simulator's.
"""

import gc
import sys

import gilmok_node.assembly
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
for chip in instruments.chips.values():  # what chips build on first use
    if getattr(chip, "next_ms", None) is not None and hasattr(chip, "emit"):  # one that answers has nothing to say yet
        chip.emit()
del sensor, chip, file
gc.collect()
print(gc.mem_alloc() - before)
