"""What the tests of the log share; runs on MicroPython and CPython."""

from gilmok_node.flash.log import Entry, Log, LogError
from gilmok_sim.flash import VirtualFlash

UNITS = (1, 16, 32, 256)


def entropy(first=1):
    """Return a source of random bytes that are none."""
    state = [first]

    def draw(size):
        state[0] += 1
        return bytes([state[0] & 0xFF] * size)

    return draw


def chips(unit=1, blocks=6, size=1024):
    return VirtualFlash(blocks, size, unit), VirtualFlash(blocks, size, unit)


def mounted(pair, unit=1, seed=1):
    log = Log(pair[0], pair[1], unit, entropy(seed))
    log.mount()
    return log


def count(log, what):
    """Return a counter of the rings, summed."""
    return sum(getattr(ring, what) for ring in log.rings)


def bad_blocks(log):
    """Return how many blocks are given up."""
    return sum(bin(byte).count("1") for ring in log.rings for byte in ring.bad)


def refused(call, *args):
    try:
        call(*args)
    except LogError:
        return True
    return False


def read_all(log, stream):
    entries, entry = [], log.read(stream, 0)
    while entry:
        entries.append(entry)
        entry = log.read(stream, entry.sequence + entry.count)
    return entries


def append_row(log, stream, rows, size=20, synced=True):
    """Append entries with a payload that tells them apart; return them."""
    entries = []
    for row in range(rows):
        payload = bytes([row & 0xFF]) * (row % size)
        number = log.append(stream, 1 + row % 3, 1000 * row, row, payload)
        entries.append(Entry(stream, number, 1 + row % 3, log.boot, 1000 * row, row, payload))
        if synced:
            log.sync()
    return entries
