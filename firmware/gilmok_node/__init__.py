"""The node: drivers, hardware layer, log, clock and links, for MicroPython and CPython alike."""

import sys

VERSION = "0.1.0"


_BOOT_ONLY = (
    "gilmok_node.assembly",
    "gilmok_node.boot",
    "gilmok_node.buses",
    "gilmok_node.chip_buses",
    "gilmok_node.config",
    "gilmok_node.log_boot",
    "gilmok_node.mounting",
    "gilmok_wire.cbor_maps",
)


def forget_boot():
    """Drop the modules that only a boot needs: their code, 12 KB, is freed with the last object made from it."""
    for name in _BOOT_ONLY:
        package, _, short = name.rpartition(".")
        if sys.modules.pop(name, None):
            delattr(sys.modules[package], short)
