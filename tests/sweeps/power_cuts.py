"""Cuts the power at every flash operation of a log, on CPython and MicroPython alike: `micropython power_cuts.py WAYS [UNIT …]`.

A life of the log is recorded once: its operations, and what was promised before each. Then every operation is torn in every way, power
comes back, fails again at every operation of the recovery, comes back, and the promises are checked; so they are after more records.
With fewer WAYS than five, operations take turns: each is torn in so many ways, the next one in the ways after those.
"""

import sys
import time

from gilmok_node.flash.log import Log
from gilmok_sim.flash import TORN, PowerCut, VirtualFlash

BLOCKS = 6  # a ring: few, so that wrapping twice takes few operations
BLOCK_SIZES = {1: 512, 16: 512, 32: 512, 256: 1024}  # by program unit: three units of entries at least
LARGEST = {1: 400, 16: 380, 32: 340, 256: 700}  # payload bytes: longer than the log's buffer
SWEEPS = ((1, False), (16, True), (32, False), (256, False))  # program unit; whether blocks of the chips are bad and stuck
SEED = 20
_PROGRAM, _ERASE = 0, 1


class Broken(Exception):
    """A promise was broken."""


def need(condition, *facts):
    """Raise Broken with the facts unless the condition holds."""
    if not condition:
        raise Broken(" ".join([str(fact) for fact in facts]))


class Dice:
    """The same numbers on every interpreter."""

    def __init__(self, seed):
        self.state = seed * 2654435761 & 0xFFFFFFFF or 1

    def roll(self, sides):
        """Return a number from 0 to sides − 1."""
        self.state = (self.state * 1664525 + 1013904223) & 0xFFFFFFFF
        return (self.state >> 8) % sides

    def entropy(self, size):
        """Return random bytes, as os.urandom."""
        return bytes([self.roll(256) for _ in range(size)])


class Record:
    """What was appended under one number, and how many operations had been begun when it was appended and when it was promised."""

    def __init__(self, entry, appended):
        self.entry = entry
        self.appended = appended
        self.synced = None


class Taped(VirtualFlash):
    """A chip that tells of each operation before it happens."""

    def writeblocks(self, block, buf, offset=None):
        self.on_operation(_PROGRAM, block, offset, bytes(buf))
        super().writeblocks(block, buf, offset)

    def ioctl(self, op, arg):
        if op == 6:
            self.on_operation(_ERASE, arg, 0, b"")
        return super().ioctl(op, arg)


class Life:
    """One recorded life of a log whose rings wrap twice: `tape` holds its operations, `promised` what held before each."""

    def __init__(self, unit, seed, faulty):
        self.unit = unit
        self.dice = Dice(seed)
        self.tape = []
        self.promised = []
        self.records = {}
        self.bindings = {}  # digest: [number, promised when]
        self.boots = []  # (number, promised when)
        self.ids = set()  # log ids that may be found; none: any
        self.log = None
        self.oldest = {}
        self.chips = [self._chip(ring, faulty) for ring in range(2)]
        self.blank = [chip.copy() for chip in self.chips]
        self._live()

    def _chip(self, ring, faulty):
        chip = Taped(BLOCKS, BLOCK_SIZES[self.unit], self.unit)
        chip.on_operation = lambda kind, block, offset, data: self._note((ring, kind, block, offset, data))
        if faulty:
            chip.bad_blocks.add(2 + ring)
            chip.stuck_blocks.add(4)
        return chip

    def _note(self, operation):
        if self.log:
            for stream, _, _ in self.log.streams():
                self.oldest[stream] = max(self.oldest.get(stream, 0), self.log.oldest(stream))
            if self.ids:
                self.ids.add(self.log.log_id)
        self.tape.append(operation)
        self.promised.append((dict(self.oldest), self.held(), self.ids))

    def held(self):
        """Return how many blocks each ring holds."""
        return [held(ring) for ring in self.log.rings] if self.log else [0, 0]

    def mount(self):
        self.log = Log(self.chips[0], self.chips[1], self.unit, self.dice.entropy)
        self.log.mount()
        self.ids = {self.log.log_id}
        self.boots.append((self.log.boot, len(self.tape)))

    def bind(self, digest, waveform=False):
        self.bindings[digest] = [None, None]
        number = self.log.bind(digest, waveform)
        self.bindings[digest] = [number, len(self.tape)]
        return number

    def append(self, stream, size):
        dice, log = self.dice, self.log
        count, skip = 1 + dice.roll(9), 3 if dice.roll(12) == 0 else 0
        start, period, payload = dice.roll(1 << 20), dice.roll(1000), dice.entropy(size)
        appended = len(self.tape)
        number = log.append(stream, count, start, period, payload, skip)
        need((stream, number) not in self.records, "live: number", number, "assigned twice")
        self.records[stream, number] = Record((stream, number, count, log.boot, start, period, payload), appended)

    def sync(self):
        self.log.sync()
        for record in self.records.values():
            if record.synced is None:
                record.synced = len(self.tape)

    def _live(self):
        """Mount, append, sync, prepare, bind, mount again and fork until both rings have wrapped twice."""
        dice = self.dice
        self.mount()
        streams = [self.bind(b"aaaa"), self.bind(b"bbbb"), self.bind(b"wwww", True)]
        turn = 0
        while min([ring.sequence for ring in self.log.rings]) < 2 * BLOCKS + 2:
            turn += 1
            for stream in streams:
                waveform = stream == streams[2]
                if dice.roll(3):
                    self.append(stream, dice.roll(LARGEST[self.unit]) if waveform and dice.roll(2) else dice.roll(40))
            if dice.roll(3):
                self.sync()
            if dice.roll(3):
                self.log.prepare()
            if turn % 20 == 10:
                self.sync()
                self.mount()
            if turn == 15:
                streams.append(self.bind(b"late"))
                streams.append(self.bind(b"more", True))
            if turn == 25:
                self.sync()
                self.ids = {self.log.log_id}
                self.log.fork()
                self.ids = {self.log.log_id}
        need(not any([chip.violations for chip in self.chips]), "live: the chip was misused")


def held(ring):
    """Return how many blocks a ring holds."""
    return (ring.newest - ring.tail) % ring.blocks + 1 if ring.newest >= 0 else 0


class Recovery:
    """One power cut, at operation `index` of a life, and what comes after it."""

    def __init__(self, life, index, chips):
        self.life = life
        self.index = index
        self.chips = chips
        self.oldest, self.held, self.ids = life.promised[index]
        self.records = life.records
        self.log = None

    def again(self):
        """Return the same cut on copies of the chips."""
        other = Recovery(self.life, self.index, [chip.copy() for chip in self.chips])
        other.oldest, other.held = self.oldest, self.held
        return other

    def mount(self):
        self.log = Log(self.chips[0], self.chips[1], self.life.unit, Dice(self.index + 1).entropy)
        self.log.mount()

    def cut(self, chip, operation, torn):
        """Mount until power fails again."""
        chip = self.chips[chip]
        chip.cut_at, chip.torn = chip.operations + operation, torn
        try:
            self.mount()
            need(False, "the second cut did not happen")
        except PowerCut:
            pass
        for chip in self.chips:
            chip.power_on()
        # What this recovery was erasing when power failed may be gone.
        self.oldest = {stream: max(first, self.log.oldest(stream)) for stream, first in self.oldest.items()}
        self.held = [held - 1 for held in self.held]

    def check(self):
        """Raise Broken unless everything promised before the cut is true."""
        log, life, index = self.log, self.life, self.index
        need(not self.ids or log.log_id in self.ids, "log id", log.log_id, "instead of", self.ids)
        for boot, promised in life.boots:
            need(promised > index or log.boot > boot, "boot", log.boot, "again after", boot)
        bound = {digest: number for number, digest, _ in log.streams()}
        need(len(bound) == len(set(bound.values())), "a stream number is bound twice:", bound)
        for digest, (number, promised) in life.bindings.items():
            need(promised is None or promised > index or bound.get(digest) == number, "binding", digest, number, bound)
        for stream in bound.values():
            self.check_stream(stream)
        for ring in range(2):
            need(held(log.rings[ring]) >= self.held[ring] - 2, "ring", ring, "lost more than two blocks", self.held)
        need(not any([chip.violations for chip in self.chips]), "the chip was misused")

    def check_stream(self, stream):
        """Read everything, and look for everything promised."""
        log, index = self.log, self.index
        sequence, seen = 0, set()
        entry = log.read(stream, 0)
        while entry:
            record = self.records.get((stream, entry.sequence))
            need(record and record.appended <= index and tuple(entry) == record.entry, "read", entry, record and record.entry)
            need(sequence <= entry.sequence, "entries overlap at", stream, entry.sequence)
            sequence = entry.sequence + entry.count
            seen.add(entry.sequence)
            entry = log.read(stream, sequence)
        need(sequence <= log.next(stream), "read beyond next", stream, sequence)
        first = max(log.oldest(stream), self.oldest.get(stream, 0))
        for (of, number), record in self.records.items():
            if of == stream and record.synced is not None and record.synced <= index:
                need(number + record.entry[2] <= log.next(stream), "next", log.next(stream), "is below synced", stream, number)
                need(number < first or number in seen, "lost", stream, number, "though the oldest is", first)

    def go_on(self):
        """Append to what was recovered and mount once more."""
        log, dice = self.log, Dice(self.index + 2)
        boot = log.boot
        self.records = {key: record for key, record in self.records.items() if record.appended <= self.index}
        for stream, _, _ in log.streams() * 2:
            payload = dice.entropy(20 + dice.roll(20))
            number = log.append(stream, 2, 7, 8, payload)
            before = self.records.get((stream, number))
            need(not before or before.synced is None or before.synced > self.index, "number", number, "assigned twice")
            self.records[stream, number] = record = Record((stream, number, 2, boot, 7, 8, payload), 0)
            record.synced = 0
        log.sync()
        log.prepare()
        self.held = [0, 0]  # going on erases, too
        self.mount()
        need(self.log.boot > boot, "boot", self.log.boot, "again")
        self.check()


def sweep(unit, seed=SEED, faulty=False, ways=5):
    """Cut a life at every operation; return (operations, cuts).

    Raises: Broken with unit, seed, operation and ways of tearing, which replay it.
    """
    life = Life(unit, seed, faulty)
    chips = life.blank
    cuts = 0
    for index, (ring, kind, block, offset, data) in enumerate(life.tape):
        for torn in (TORN * 2)[index * ways % len(TORN) :][:ways]:
            case = [chip.copy() for chip in chips]
            case[ring].cut_at, case[ring].torn = case[ring].operations + 1, torn
            case[ring]._random += index
            try:
                _repeat(case[ring], kind, block, offset, data)
            except PowerCut:
                pass
            case[ring].power_on()
            place = ["unit", unit, "seed", seed, "faulty", faulty, "operation", index, torn]
            try:
                cuts += _recover(Recovery(life, index, case), place)
            except Exception as error:
                print("broken at", *place)
                raise error
        _repeat(chips[ring], kind, block, offset, data)
    return len(life.tape), cuts


def _recover(recovery, place):
    """Recover from a cut, with a second cut at each operation of the recovery; return how many cuts that were."""
    before = [chip.operations for chip in recovery.chips]
    whole = recovery.again()
    whole.mount()
    whole.check()
    cuts = 1
    for chip in range(2):
        for operation in range(1, whole.chips[chip].operations - before[chip] + 1):
            torn = TORN[(recovery.index + operation + cuts) % len(TORN)]
            place[9:] = ["then operation", operation, "of chip", chip, torn]
            twice = recovery.again()
            twice.cut(chip, operation, torn)
            twice.mount()
            twice.check()
            cuts += 1
    place[9:] = ["then more records"]
    whole.go_on()
    return cuts


def _repeat(chip, kind, block, offset, data):
    if kind == _ERASE:
        chip.ioctl(6, block)
    else:
        chip.writeblocks(block, data, offset)


def main(arguments):
    """Sweep in so many ways with the program units named, or with all, and print a line of summary each."""
    ways = int(arguments[0]) if arguments else 5
    for unit, faulty in SWEEPS:
        if arguments[1:] and str(unit) not in arguments[1:]:
            continue
        started = time.time()
        operations, cuts = sweep(unit, SEED, faulty, ways)
        line = "unit {:3}, {} chips: {} operations x {} ways, {} cuts, {:.1f} s"
        print(line.format(unit, "faulty" if faulty else "good", operations, ways, cuts, time.time() - started))


if __name__ == "__main__":
    main(sys.argv[1:])
