"""Measures one driver under MicroPython, a tape in its chip's place: `micropython on_chip_driver.py time|heap|module FILE|NAME`.

Prints JSON:

time     {"us", "bus_us", "service_us", "service_bus_us", "bytes", "bus_bytes"} of a reading; `bus…` is what the same calls
         of the bus take alone, and is part of the others
heap     {"code", "object", "first", "later"}: bytes of importing the driver, of having it run, and the modules that either loads
module   {"code", "first"} of a module that drivers share
"""

import gc
import json
import sys
import time
from array import array

PASSES = 5


class Player:
    """A bus that answers what the tape says, one call after the other."""

    has_trigger = True

    def __init__(self, answers):
        self.answers = answers
        self.at = 0
        self._handler = None

    def _answer(self, buffer=None):
        result, read, errno, edges = self.answers[self.at]
        self.at += 1
        if errno is not None:
            raise OSError(errno)
        for ms in edges:
            if self._handler is not None:
                self._handler(ms)
        if read is not None:
            buffer[: len(read)] = read
        return result

    def on_edge(self, handler):
        self._handler = handler

    def _bare(self):
        return self._answer()

    def _one(self, value):
        return self._answer()

    def _two(self, address, value):
        return self._answer()

    def _three(self, address, register, value):
        return self._answer()

    def readinto(self, buffer, count=None):
        return self._answer(buffer)

    def readfrom_into(self, address, buffer):
        return self._answer(buffer)

    write_readinto = readfrom_into

    def readfrom_mem_into(self, address, register, buffer):
        return self._answer(buffer)

    def init(self, baudrate):
        return self._answer()

    any = level = trigger = read_uv = flush = txdone = _bare
    write = pin = measure_us = _one
    writeto = _two
    writeto_mem = _three


def unpack(value):
    """Return an argument or answer of a tape as it was."""
    if not isinstance(value, str):
        return value
    return bytearray(int(value[1:])) if value[0] == "n" else bytes([int(value[i : i + 2], 16) for i in range(1, len(value), 2)])


class Tape:
    """What was recorded of one driver; `start(…)` makes the driver anew, at the tape's beginning."""

    def __init__(self, path):
        with open(path) as file:
            self.facts = json.load(file)
        answers = []
        self.player = Player(answers)
        self.steps = []
        for what, now_ms, calls in self.facts.pop("steps"):
            bound = []
            for name, given, result, read, errno, edges in calls:
                bound.append((getattr(self.player, name), [unpack(item) for item in given]))
                answers.append((unpack(result), unpack(read), errno, edges))
            self.steps.append((what, now_ms, bound))
        self.ends = set(self.facts["ends"])

    def start(self, load, spi_device):
        facts, player = self.facts, self.player
        player.at = 0
        kind, options = facts["bus"], facts["options"]
        bus = player
        if kind == "spi":
            bus = spi_device(player, player.pin)
        elif kind in ("rs485", "sdi12"):
            bus = self._line(kind, options)
        return load(facts["driver"])(bus, options)

    def _line(self, kind, options):
        from gilmok_node.sensors.lines import line_settings

        if kind == "rs485":
            from gilmok_node.sensors.lines import Rs485 as Line
        else:
            from gilmok_node.sensors.sdi12_line import Sdi12Line as Line
        return Line(self.player, line_settings(options)).port(self.facts["select"], options)


def doing(driver, not_ready):
    """Return what each step of a tape calls."""

    def patient(method):
        def step(now_ms):
            try:
                return method(now_ms)
            except not_ready:
                return None

        return step

    def service(now_ms):
        driver.service(now_ms)
        for _ in driver.blocks():
            pass

    methods = {"begin": patient(driver.begin), "start": patient(driver.start), "read": patient(driver.read)}
    if hasattr(driver, "service"):
        methods["service"] = service if hasattr(driver, "WAVEFORM") else driver.service
    return methods


def alone(bound, now_ms):
    """Make the calls of the bus without the driver."""
    for method, given in bound:
        try:
            method(*given)
        except OSError:
            pass


def middle(values):
    """Return the mean of the middle half: a median would have the clock's step of 1 µs."""
    quarter = len(values) // 4
    kept = sorted(values)[quarter : len(values) - quarter]
    return sum(kept) / len(kept)


def play(tape, methods, weigh):
    """Return the middle of all readings, [ns of start and read, ns of service] or [bytes]; `methods` None: of the bus alone."""
    asked, served, took = [], [], []
    sums = array("L", (0, 0))
    gc.collect()
    gc.disable()  # what a collection takes depends on the heap, so the bytes are told instead
    before = gc.mem_alloc()
    for index, (what, now_ms, bound) in enumerate(tape.steps):
        method = methods[what] if methods else alone
        begin = time.time_ns()
        result = method(now_ms) if methods else method(bound, now_ms)
        ns = time.time_ns() - begin
        sums[1 if what == "service" else 0] += ns
        if index in tape.ends:
            if weigh:
                took.append(gc.mem_alloc() - before)
            if methods and list(result) != tape.facts["readings"][len(asked)]:
                raise ValueError("{}: not what the tape has".format(tape.facts["driver"]))
            asked.append(sums[0])
            served.append(sums[1])
            sums[0] = sums[1] = 0
            if weigh:
                result = None
                before = gc.mem_alloc()
    gc.enable()
    return [middle(values[1:]) for values in ((took,) if weigh else (asked, served))]


def time_driver(path):
    """Measure what a reading takes."""
    from gilmok_node.sensors import load
    from gilmok_node.sensors.base import NotReady, SpiDevice

    tape = Tape(path)
    best = None
    for weigh in (False,) * PASSES + (True,):
        whole = play(tape, doing(tape.start(load, SpiDevice), NotReady), weigh)
        tape.player.at = 0
        tape.player.on_edge(None)
        found = whole + play(tape, None, weigh)
        if weigh:
            best += found
        else:
            found = [ns / 1000 for ns in found]
            best = found if best is None else [min(pair) for pair in zip(best, found)]
    return dict(zip(("us", "service_us", "bus_us", "service_bus_us", "bytes", "bus_bytes"), best))


def grow():
    """Import what a node runs with, and let the pool of names and the table of modules grow.

    Both grow in steps, the pool by kilobytes: whoever adds the one name too many would be blamed for all of it.
    """
    for name in (
        "gilmok_wire.link",
        "gilmok_node.boot",
        "gilmok_node.flash.log",
        "gilmok_node.node",
        "gilmok_node.assembly",
        "gilmok_node.joining",
    ):
        __import__(name)
    for part in ("configuration", "mount", "assembly", "node"):
        sys.modules["gilmok_node"].forget(part)
    for step, leap in ((lambda text: getattr(None, text, None), 2000), (lambda text: sys.modules.setdefault(text, None), 300)):
        number = 0
        while True:
            text = "z{}".format(number)
            before = gc.mem_alloc()
            step(text)
            if gc.mem_alloc() - before > leap:
                break
            number += 1


def used():
    """Return the bytes in use."""
    for _ in range(3):  # what a stale word on the stack holds goes with the next
        gc.collect()
    return gc.mem_alloc()


def ours():
    """Return the names of our modules that are loaded."""
    return {name for name, module in sys.modules.items() if getattr(module, "__file__", "").endswith(".mpy")}


def heap(path):
    """Measure what a driver takes of the heap."""
    tape = Tape(path)
    from gilmok_node.sensors import load
    from gilmok_node.sensors.base import NotReady, SpiDevice

    grow()
    before = used()
    known = ours()
    load(tape.facts["driver"])
    code = used()
    first = ours() - known
    driver = tape.start(load, SpiDevice)
    run(tape, driver, NotReady)
    whole = used()
    return {"code": code - before, "object": whole - code, "first": sorted(first), "later": sorted(ours() - known - first)}


def run(tape, driver, not_ready):
    """Play the whole tape."""
    methods = doing(driver, not_ready)
    for what, now_ms, _ in tape.steps:
        methods[what](now_ms)


def module(name):
    """Measure what importing a module takes."""
    grow()
    before = used()
    known = ours()
    __import__(name)
    code = used()
    return {"code": code - before, "first": sorted(ours() - known)}


print(json.dumps({"time": time_driver, "heap": heap, "module": module}[sys.argv[1]](sys.argv[2])))
