"""Prints how much heap the simulator's own parts take beside the firmware of a node, under MicroPython.

Run with the configuration of the node, the files for records and waveforms, and "city" where that is the world.

The firmware's modules come first, all of them, and with as few names of this script's own as can be: the pool of names grows in steps,
at some 300, 620 and 1270 names by 4, 7 and 14 KB, and a step that only the simulator's names make necessary is the simulator's. Modules
are found as a node's process finds them: as a script of a folder this would import each by its full path, which is a name more.
"""

import gc
import sys

sys.path.pop(0)
from gilmok_node.config import Config

x = Config(open(sys.argv[1], "rb").read())  # noqa: SIM115
y = [
    "gilmok_node.assembly",
    "gilmok_node.joining",
    "gilmok_node.flash.log",
    "gilmok_node.flash.log_boot",
    "gilmok_node.flash.mounting",
    "gilmok_node.node",
]
if x.rules or x.outputs:
    y += ["gilmok_node.judge.alarms", "gilmok_node.judge.arming", "gilmok_node.keep", "gilmok_rules.building", "gilmok_rules.trend"]
if not x.lora and not x.ble:
    y.append("gilmok_wire.node_session")
if x.ble:
    y += ["gilmok_node.ble.ble_hints", "gilmok_node.uplink", "gilmok_wire.roaming_session"]
if x.lora:
    y += [
        "gilmok_node.radio.lora_start",
        "gilmok_node.radio.sx126x",
        "gilmok_node.uplink",
        "gilmok_wire.brief_session",
        "gilmok_wire.regions",
    ]
for any in x.sensors:
    y.append("gilmok_node.sensors." + any.driver)
    if any.derived:
        y.append("gilmok_node.measure.derive")
    if any.report:
        y.append("gilmok_node.measure.report")
    if any.bus == "sdi12":  # as the board that opens the line
        y.append("gilmok_node.sensors.sdi12_line")
for any in y:
    __import__(any)
del y, any
gc.collect()
abs = gc.mem_alloc()
__import__("gilmok_sim.share")
y = sys.modules["gilmok_sim.share"].make(x, *sys.argv[2:])
del sys.modules["gilmok_sim.share"], sys.modules["gilmok_sim"].share
gc.collect()
print(gc.mem_alloc() - abs)
