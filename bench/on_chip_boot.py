"""Counts a boot for MicroPython: `micropython on_chip_boot.py CONFIG RECORDS WAVEFORMS`, up to a node that could be polled.

Prints units of work (counted.py) by part, and what was read from flash and written to it, as JSON. Buses are empty: drivers touch theirs
when they are polled.
"""

import json
import sys

from gilmok_sim.flash import FileFlash
from work_count import work_units


class Metered:
    """A flash, and how much of it was read, programmed or erased, which is none of the node's work."""

    def __init__(self, flash):
        self._flash = flash
        self.bytes = self.writes = self.erases = self.reads = self.read_bytes = 0

    def readblocks(self, block, buf, offset=0):
        self.read_bytes += len(buf)
        self.reads += 1
        began = work_units[0]
        self._flash.readblocks(block, buf, offset)
        work_units[0] = began

    def writeblocks(self, block, buf, offset=0):
        self.bytes += len(buf)
        self.writes += 1
        began = work_units[0]
        self._flash.writeblocks(block, buf, offset)
        work_units[0] = began

    def ioctl(self, op, argument):
        self.erases += op == 6
        return self._flash.ioctl(op, argument)


class Board:
    """The board's facts."""

    def reset_cause(self):
        return 4

    def heap_free(self):
        return 0

    def voltage_mv(self):
        return None

    def feed(self):
        pass


class Line:
    """A UART to nowhere."""

    def any(self):
        return 0

    def write(self, data):
        return len(data)


def main(path, records, waveforms):
    """Boot once."""
    flashes = [Metered(FileFlash(name, 256)) for name in (records, waveforms)]
    now = [work_units[0]]
    from gilmok_node.config import Config

    with open(path, "rb") as file:
        config = Config(file.read())
    now.append(work_units[0])
    from gilmok_node.flash.log import Log

    log = Log(flashes[0], flashes[1], config.program_unit)
    log.mount()
    now.append(work_units[0])
    from gilmok_node.node import Node

    Node(config, log, lambda sensor: None, [Line()], lambda: 0, Board())
    now.append(work_units[0])
    told = {name: now[place + 1] - now[place] for place, name in enumerate(("configuration", "log", "node"))}
    told["reads"] = sum([flash.reads for flash in flashes])
    told["read_bytes"] = sum([flash.read_bytes for flash in flashes])
    told["bytes"] = sum([flash.bytes for flash in flashes])
    told["writes"] = sum([flash.writes for flash in flashes])
    told["erases"] = sum([flash.erases for flash in flashes])
    print(json.dumps(told))


main(*sys.argv[1:])
