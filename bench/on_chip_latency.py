"""How long a node takes from a sample to its relay, for MicroPython.

Run with the configuration, two files for flash, seconds, and how slow. A node, its virtual chips and a collector are in one process. Time
is the node's own: while the firmware works it runs so many times as fast as the desk's, so that bytecode takes what it takes on an ESP32;
it stands still while a virtual chip, the file behind the flash or the collector works; flash adds what an erase and a program take, and
where nothing is due time leaps to the next deadline.
"""

import gc
import json
import sys
import time

from gilmok_node.config import Config
from gilmok_node.log import Log
from gilmok_node.node import Node
from gilmok_sim.city import City
from gilmok_sim.flash import FileFlash
from gilmok_sim.instruments import Instruments
from gilmok_wire.collector_dialogue import Knowledge
from gilmok_wire.collector_seal import CollectorSeal
from gilmok_wire.collector_session import CollectorSession
from gilmok_wire.framing import Deframer, encode_frame
from gilmok_wire.link import SERIAL, Link

ERASE_MS, PROGRAM_US = 45, 400  # W25Q32JV data sheet rev. G, §9.6
BYTE_US = 11  # 921600 baud
TURN_MS = 7300  # the contact's: it comes to lie all over the periods of everything else
ANSWER_MS = 20  # a collector's commit
GC_THRESHOLD, GC_MS = 16384, 10  # gilmok_node.chip: the heap here holds a simulator, whose collections take longer than a chip's
UNIX_MS = 1_800_000_000_000
BLOCKS = 512


class Desk:
    """How long this process has had a processor, in µs: what others on the desk take is no time of the chip's.

    Source: Linux, Documentation/scheduler/sched-stats.rst: /proc/PID/schedstat is ns run, ns waited for a processor, turns. The first is
    brought up to date at ticks alone, 4 ms apart, the second whenever a wait ends: what it did not wait, it worked. Looking is no work.
    """

    def __init__(self):
        self._text = bytearray(64)
        self._looks = self._look_us = 0
        try:
            self._file = open("/proc/self/schedstat", "rb")  # noqa: SIM115 read again at every look
        except OSError:
            self._file = None  # a desk that does not tell: the wall's time
        self._look_us = sorted([-self.us() + self.us() for _ in range(201)])[100]

    def us(self):
        """Return the time; it allocates nothing, as a collection would be the chip's."""
        waited_ns = field = 0
        if self._file:
            self._file.seek(0)
            text = self._text
            for at in range(self._file.readinto(text)):
                if text[at] == 32:
                    field += 1
                elif field == 1:
                    waited_ns = waited_ns * 10 + text[at] - 48
        self._looks += 1
        return time.ticks_us() - waited_ns // 1000 - self._looks * self._look_us


class DilatedTime:
    """The node's uptime in ms."""

    def __init__(self, slowdown):
        self.base_us = self.crossing_us = 0
        self._slowdown = slowdown
        self.flash = ()
        self._desk = Desk()
        self._works_since = None

    def __call__(self):
        return int(self.us() // 1000)

    def us(self):
        """Return the time in µs, what the flash has taken included."""
        return self.base_us + self._worked_us() * self._slowdown + sum([chip.busy_ms for chip in self.flash]) * 1000

    def work(self, on):
        """Let the desk's time count, or no longer; return whether it did."""
        worked = self._works_since is not None
        self.base_us += self._worked_us() * self._slowdown
        self._works_since = self._desk.us() if on else None
        return worked

    def _worked_us(self):
        """Return the µs since work began."""
        return 0 if self._works_since is None else max(0, self._desk.us() - self._works_since)

    def leap(self, to_ms):
        """Go on to a deadline."""
        self.base_us += max(0, to_ms * 1000 - self.us())


class World:
    """A city in which a contact opens and closes."""

    def __init__(self):
        self._city = City(7, 0)

    def of(self, sensor):
        return self if sensor.driver == "contact" else self._city.of(sensor)

    def value(self, channel, now_ms):
        return int(now_ms) // TURN_MS & 1


class Outside:
    """Something that is not the node's: its methods take no time, nor does getting there and back."""

    def __init__(self, now, thing):
        self._now = now
        self._thing = thing

    def __getattr__(self, name):
        found = getattr(self._thing, name)
        if not callable(found):
            return found
        setattr(self, name, self._timeless(found))
        return getattr(self, name)

    def _timeless(self, method):
        def call(*args):
            worked = self._now.work(False)
            try:
                return method(*args)
            finally:
                self._now.work(worked)
                if worked:
                    self._now.base_us -= self._now.crossing_us

        return call


class Nothing:
    """What a way out and back is measured on."""

    def happens(self):
        pass


def crossing_us(now):
    """Return what a way out and back takes of the node's time: no chip goes it."""
    outside = Outside(now, Nothing())
    found = []
    for _ in range(201):
        now.work(True)
        began_us = now.us()
        outside.happens()
        with_us = now.us()
        found.append(with_us - began_us - (now.us() - with_us))
        now.work(False)
    return sorted(found)[100]


class Buses:
    """Hands out the instruments' buses and pins, which take no time."""

    def __init__(self, now, instruments):
        self._now = now
        self._instruments = instruments

    def __call__(self, sensor):
        return Outside(self._now, self._instruments(sensor))

    def output_pin(self, pin, level):
        return self._instruments.output_pin(pin, level)


class Wire:
    """The node's UART, at whose other end a collector sits."""

    def __init__(self, now, device, key):
        self._now = now
        self._down = []  # (ms, bytes)
        self._deframer = Deframer()
        seal = CollectorSeal(key, device, b"collects")
        knowledge = Knowledge()
        self._session = CollectorSession(seal, Link(), 1, 1, lambda log: knowledge)
        self.records = 0

    def any(self):
        return 1 if self._down and self._down[0][0] <= self._now() else 0

    def read(self, count):
        return self._down.pop(0)[1]

    def write(self, data):
        worked = self._now.work(False)
        frames, _ = self._deframer.feed(data)
        for frame in frames:
            for event in self._session.receive(frame, UNIX_MS + self._now()):
                if event[0] == "rows":
                    self.records += len(event[2])
            self._session.committed()
            answer = self._session.transmit()
            while answer is not None:
                self._down.append((self._now() + ANSWER_MS, encode_frame(answer)))
                answer = self._session.transmit()
        self._now.work(worked)
        return len(data)

    def due(self):
        return self._down[0][0] if self._down else None


class Board:
    """The board's facts."""

    def reset_cause(self):
        return 1

    def heap_free(self):
        return 0

    def voltage_mv(self):
        return None

    def feed(self):
        pass


def turn(node, now):
    """Let the node's loop turn once; return when it wants to turn again."""
    now.work(True)
    at = node.poll()
    now.work(False)
    return at


def main(path, records, waveforms, seconds, slowdown):
    """Print the latencies in ms, and how many records went over the wire beside them."""
    now = DilatedTime(slowdown)
    now.crossing_us = crossing_us(now)
    with open(path, "rb") as file:
        config = Config(file.read())
    instruments = Instruments(World(), now)
    instruments.fit(config.outputs)
    now.flash = [FileFlash(name, BLOCKS, 4096, 1, 1, ERASE_MS, PROGRAM_US) for name in (records, waveforms)]
    log = Log(Outside(now, now.flash[0]), Outside(now, now.flash[1]), config.program_unit)
    log.mount()
    now.base_us = -now.us()  # a first boot formats: that is not what is asked here
    wire = Wire(now, config.device, config.key)
    node = Node(config, log, Buses(now, instruments), [wire], now, Board(), link=Link(SERIAL.mtu, BYTE_US))
    [relay] = instruments.actuators.values()
    latencies, polls = [], []
    gc.disable()
    gc.collect()
    live = gc.mem_alloc()
    [gate] = [sampler for sampler in node.samplers if sampler.name == "gate"]
    end_ms = seconds * 1000
    while now() < end_ms:
        changes = len(relay.changes)
        began = now()
        at = turn(node, now)
        if gc.mem_alloc() - live > GC_THRESHOLD:
            gc.collect()
            live = gc.mem_alloc()
            now.base_us += GC_MS * 1000 * slowdown // 150
        polls.append(now() - began)
        for changed_ms, _ in relay.changes[changes:]:
            latencies.append(changed_ms - gate.last[0])
        due = wire.due()
        now.leap(min(at, end_ms) if due is None else min(at, due))
    erases = sum([chip.busy_ms for chip in now.flash]) // ERASE_MS
    polls.sort()
    long = [polls[len(polls) * share // 1000] for share in (500, 990, 999)] + [polls[len(polls) - 1]]
    print(json.dumps({"latencies": latencies, "turns": long, "records": wire.records, "backlog": node.backlog(), "flash": erases}))


main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
