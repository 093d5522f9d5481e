"""The node: drivers, hardware layer, log, clock and links, for MicroPython and CPython alike."""

import sys

VERSION = "0.1.0"

# What each part of a boot needs and nobody after it, and what a command needs: the heap has no room for all at once.
_NEEDED_ONCE = {
    "configuration": ("gilmok_node.config_file", "gilmok_wire.cbor_maps"),
    "mount": ("gilmok_node.flash.log_boot", "gilmok_node.flash.mounting"),
    "assembly": ("gilmok_node.assembly", "gilmok_node.flash.binding"),
    "node": (
        "gilmok_node.boot",
        "gilmok_node.buses",
        "gilmok_node.chip_buses",
        "gilmok_node.config",
        "gilmok_node.joining",
    ),
    "radio": (
        "gilmok_node.radio.lora_start",
        "gilmok_node.radio.lorawan_start",
        "gilmok_node.radio.sx126x_board",
        "gilmok_node.radio.radio_stream",
        "gilmok_node.radio.wiring",
        "gilmok_wire.regions",
    ),
    "gateway": ("gilmok_node.gateway.gateway_start", "gilmok_node.radio.sx126x_board", "gilmok_node.radio.wiring", "gilmok_wire.regions"),
    "parts": ("gilmok_node.spent", "gilmok_node.spent_last"),
    "alarms": ("gilmok_node.judge.arming", "gilmok_rules.building"),
    "reader": ("gilmok_node.reading", "gilmok_wire.reader_seal"),
    "command": ("gilmok_node.judge.operating", "gilmok_rules.building", "gilmok_rules.replacing"),
    "console": ("gilmok_node.console",),
    "dark": ("gilmok_node.judge.held",),
}


_only = []  # is there something in it, no other node will be in this process


def be_only():
    """Say that this process makes one node in its life, so that how its parts are made may go with the last one."""
    _only.append(sys.implementation.name == "micropython")


def is_only():
    """Tell whether what makes a part may be dropped when the part is made: in MicroPython, where somebody said so."""
    return True in _only


def forget(part):
    """Drop the modules that only this part needs: their code is freed with the last object made from it."""
    for name in _NEEDED_ONCE[part] if sys.implementation.name == "micropython" else ():
        package, _, short = name.rpartition(".")
        if sys.modules.pop(name, None) and package:  # in an image a module has none
            delattr(sys.modules[package], short)
