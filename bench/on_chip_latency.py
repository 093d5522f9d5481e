"""How long a node takes from a sample to its relay, for MicroPython.

Run with the configuration, two files for flash, how many alarms, and how many ns a unit of work takes (counted.py). A node, its virtual
chips and a collector are in one process. Time is the node's own: what its code counts; it stands still while a virtual chip, the file
behind the flash or the collector works; flash adds what an erase and a program take, a collection of garbage what it takes in a chip's
heap, and where nothing is due time leaps to the next deadline.
"""

import gc
import json
import sys

from gilmok_node.config import Config
from gilmok_node.flash.log import Log
from gilmok_node.node import Node
from gilmok_sim.city import City
from gilmok_sim.flash import FileFlash
from gilmok_sim.instruments import Instruments
from gilmok_wire.collector_dialogue import Knowledge
from gilmok_wire.collector_seal import CollectorSeal
from gilmok_wire.collector_session import CollectorSession
from gilmok_wire.errors import SealError
from gilmok_wire.framing import Deframer, encode_frame
from gilmok_wire.link import SERIAL, Link
from work_count import work_units

ERASE_MS, PROGRAM_US = 45, 400  # W25Q32JV data sheet rev. G, §9.6
BYTE_US = 11  # 921600 baud
TURN_MS = 2300  # the contact's: an alarm begins or ends every 2 or 3 s
ANSWER_MS = 20  # a collector's commit
GC_THRESHOLD = 16384  # gilmok_node.chip
GC_UNITS = 10000  # in a heap of 76wk as full as 32 rules make it a collection takes 86 to 100 µs of a desk on which a unit takes 10 ns
FILL_MS = 600_000  # the node has been without a collector for so long when it begins
FEW = 200  # records left: then the store is restored from nothing, so that history never ends
UNIX_MS = 1_800_000_000_000
BLOCKS = 512
PIECES = 64  # kept: more than a reading ever waits for


class ChipTime:
    """The node's uptime in ms: what its bytecode takes, `unit_ns` a unit of work, and what its flash takes."""

    def __init__(self, unit_ns):
        self.unit_ns = unit_ns
        self.flash = ()
        self._ns = 0
        self._since = None

    def __call__(self):
        return self.us() // 1000

    def us(self):
        """Return the time in µs, that of the flash included."""
        if self._since is not None:
            self.work(True)
        return self._ns // 1000 + sum([chip.busy_ms for chip in self.flash]) * 1000

    def work(self, on):
        """Let work count, or no longer; return whether it did."""
        worked = self._since is not None
        if worked:
            self._ns += (work_units[0] - self._since) * self.unit_ns
        self._since = work_units[0] if on else None
        return worked

    def add(self, us):
        """Let time pass."""
        self._ns += us * 1000

    def leap(self, to_ms):
        """Go on to a deadline."""
        self._ns += max(0, to_ms * 1000 - self.us()) * 1000


class World:
    """A city in which a contact opens and closes."""

    def __init__(self):
        self._city = City(7, 0)

    def of(self, sensor):
        return self if sensor.driver == "contact" else self._city.of(sensor)

    def value(self, channel, now_ms):
        return int(now_ms) // TURN_MS & 1


def outside(now, method):
    """Return a method that is none of the node's: it takes no time."""

    def call(*args):
        worked = now.work(False)
        try:
            return method(*args)
        finally:
            now.work(worked)

    return call


class Outside:
    """Something that is not the node's: its methods take no time."""

    def __init__(self, now, thing):
        self._now = now
        self._thing = thing

    def __getattr__(self, name):
        found = getattr(self._thing, name)
        if not callable(found):
            return found
        setattr(self, name, outside(self._now, found))
        return getattr(self, name)


class Buses:
    """Hands out the instruments' buses and pins, which take no time."""

    def __init__(self, now, instruments):
        self._now = now
        self._instruments = instruments

    def __call__(self, sensor):
        return Outside(self._now, self._instruments(sensor))

    def output_pin(self, pin, level):
        return outside(self._now, self._instruments.output_pin(pin, level))


class Wire:
    """The node's UART, at whose other end a collector sits once it is `heard`."""

    def __init__(self, now, device, key):
        self._now = now
        self._facts = key, device
        self._down = []  # (ms, bytes)
        self._epoch = self._backlog = 0
        self.heard = False
        self.records = 0
        self.restore()

    def restore(self):
        """Know nothing of what came before."""
        self._deframer = Deframer()
        self._epoch += 1
        knowledge = Knowledge()
        self._session = CollectorSession(
            CollectorSeal(*self._facts, b"collect%d" % (self._epoch % 10)), Link(), 1, self._epoch, lambda log: knowledge
        )

    def restore_behind(self, backlog):
        """Restore the store once a backlog is worked off, so that history goes for ever."""
        if backlog < FEW <= self._backlog:
            self.restore()
        self._backlog = backlog

    def any(self):
        return 1 if self._down and self._down[0][0] <= self._now() else 0

    def read(self, count):
        return self._down.pop(0)[1]

    def write(self, data):
        if self.heard:
            outside(self._now, self._take)(data)
        return len(data)

    def due(self):
        return self._down[0][0] if self._down else None

    def _take(self, data):
        frames, _ = self._deframer.feed(data)
        for frame in frames:
            try:
                events = self._session.receive(frame, UNIX_MS + self._now())
            except SealError:  # of before the store was restored
                events = ()
            for event in events:
                if event[0] == "rows":
                    self.records += len(event[2])
            self._session.committed()
            answer = self._session.transmit()
            while answer is not None:
                self._down.append((self._now() + ANSWER_MS, encode_frame(answer)))
                answer = self._session.transmit()


class Board:
    """The board's facts."""

    def __init__(self, garbage):
        self._garbage = garbage

    def reset_cause(self):
        return 1

    def heap_free(self):
        self._garbage.collect()
        return 0

    def voltage_mv(self):
        return None

    def feed(self):
        pass


class Entropy:
    """Bytes that never repeat, and are the same at every run, so that the run is."""

    def __init__(self):
        self._state = 1

    def __call__(self, count):
        found = bytearray(count)
        for at in range(count):
            self._state = self._state * 1103515245 + 12345 & 0x7FFFFFFF  # a linear congruential generator, its high bits
            found[at] = self._state >> 16 & 0xFF
        return bytes(found)


class Garbage:
    """What collections take, as in a chip's heap: this one holds a simulator."""

    def __init__(self, now):
        self._now = now
        self._used = gc.mem_alloc()
        self.collections = 0

    def look(self):
        """Collect where the chip would."""
        if gc.mem_alloc() - self._used > GC_THRESHOLD:
            self.collect()

    def collect(self):
        """Collect."""
        worked = self._now.work(False)
        gc.collect()
        self._used = gc.mem_alloc()
        self.collections += 1
        if self._now.unit_ns:
            self._now.add(GC_UNITS * self._now.unit_ns // 1000)
        self._now.work(worked)


class Watch:
    """Notes what the node does when."""

    def __init__(self, now, garbage):
        self._now = now
        self._garbage = garbage
        self._pieces = []  # (began, ended, name)
        self.longest = {}

    def piece(self, name, method):
        """Return a method of the node that is told apart from others under `name`."""

        def call(*args, **named):
            now = self._now
            now.work(False)
            began_ms = now()
            now.work(True)
            try:
                return method(*args, **named)
            finally:
                now.work(False)
                ended_ms = now()
                if ended_ms > began_ms:  # looking takes a millisecond
                    self._note(began_ms, ended_ms, name)
                    self._garbage.look()
                    if now() > ended_ms:
                        self._note(ended_ms, now(), "garbage")
                now.work(True)

        return call

    def _note(self, began_ms, ended_ms, name):
        self.longest[name] = max(ended_ms - began_ms, self.longest.get(name, 0))
        self._pieces.append((began_ms, ended_ms, name))
        if len(self._pieces) > PIECES:
            del self._pieces[: PIECES // 2]

    def at(self, ms):
        """Return what the node did at `ms`."""
        for began_ms, ended_ms, name in self._pieces:
            if began_ms <= ms < ended_ms:
                return name
        return "between" if self._pieces and ms < self._pieces[-1][1] else "nothing"


def watch(node, now, garbage):
    """Have all that a node does watched."""
    found = Watch(now, garbage)
    for sampler in node.samplers:
        sampler.poll = found.piece(sampler.name, sampler.poll)
    node.alarms.poll = found.piece("rules", node.alarms.poll)
    node.alarms.flush = found.piece("events", node.alarms.flush)
    node.alarms.save = found.piece("keep", node.alarms.save)
    node._health.poll = found.piece("health", node._health.poll)
    node.log.sync = found.piece("sync", node.log.sync)
    node.uplink.poll = found.piece("link", node.uplink.poll)
    node.log.prepare = found.piece("erase", node.log.prepare)
    return found


def turn(node, now):
    """Let the node's loop turn once; return when it wants to turn again."""
    now.work(True)
    at = node.poll()
    now.work(False)
    return at


def main(path, records, waveforms, alarms, unit_ns):
    """Print how long each alarm took and what it waited for, and what else was done meanwhile."""
    now = ChipTime(0)
    with open(path, "rb") as file:
        config = Config(file.read())
    instruments = Instruments(World(), now)
    entropy = Entropy()
    instruments.fit(config.outputs)
    now.flash = [FileFlash(name, BLOCKS, 4096, 1, 1, ERASE_MS, PROGRAM_US) for name in (records, waveforms)]
    log = Log(Outside(now, now.flash[0]), Outside(now, now.flash[1]), config.program_unit, entropy)
    log.mount()
    wire = Wire(now, config.device, config.key)
    gc.disable()
    gc.collect()
    garbage = Garbage(now)
    node = Node(config, log, Buses(now, instruments), [wire], now, Board(garbage), entropy, Link(SERIAL.mtu, BYTE_US))
    watched = watch(node, now, garbage)
    [relay] = instruments.actuators.values()
    [gate] = [sampler for sampler in node.samplers if sampler.name == "gate"]
    took = []
    busy_ms = 0
    while len(took) < alarms:
        if not wire.heard and now() >= FILL_MS:
            wire.heard = True
            now.unit_ns = unit_ns
            began_ms, erased = now(), now.flash[0].busy_ms + now.flash[1].busy_ms
        if wire.heard:
            wire.restore_behind(node.backlog())
        del relay.changes[:]
        turned_ms = now()
        at = turn(node, now)
        garbage.look()
        if wire.heard:
            busy_ms += now() - turned_ms
            for changed_ms, _ in relay.changes:
                took.append((changed_ms - gate.last[0], watched.at(gate.last[0])))
        due = wire.due()
        now.leap(at if due is None else min(at, due))
    told = {"took": took, "longest": watched.longest, "records": wire.records, "collections": garbage.collections}
    told["ms"] = now() - began_ms
    told["busy_ms"] = busy_ms
    told["erases"] = (now.flash[0].busy_ms + now.flash[1].busy_ms - erased) // ERASE_MS
    print(json.dumps(told))


main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
