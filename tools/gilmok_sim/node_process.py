"""One simulated node as a process of its own, for MicroPython and CPython: the real firmware, virtual chips, time that may run faster.

Run as `node_process.py SETTINGS.json`. Settings: config (file), records, waveforms (flash images), records_blocks, waveforms_blocks, line (device or tcp:PORT), speed,
started_ms (scenario time at which this process starts), until_ms (scenario time at which sampling stops), world (kind, seed, place, path),
capture (sensors whose raw waveform is kept), answer_ms and byte_us of the link in node time, report_ms (real time between reports).
Reports are JSON lines on standard output.
"""

import gc
import json
import sys

try:
    from time import ticks_us as real_us

    _MICROPYTHON = True
except ImportError:  # CPython
    from time import monotonic_ns

    _MICROPYTHON = False

    def real_us():
        """Return microseconds since some moment."""
        return monotonic_ns() // 1000


from gilmok_node.config import Config, ConfigError
from gilmok_node.log import Log
from gilmok_node.node import Node
from gilmok_node.rescue import Rescue
from gilmok_sim.flash import FileFlash
from gilmok_sim.instruments import Instruments
from gilmok_sim.line import LineEnd
from gilmok_sim.world import RainyNight
from gilmok_wire.link import Link


class ProcessBoard:
    """The board's facts, as far as a process has them."""

    def reset_cause(self):
        """Return 1: a process starts by power."""
        return 1

    def heap_free(self):
        """Return free heap in bytes, None under CPython, which has no bound."""
        if not _MICROPYTHON:
            return None
        gc.collect()
        return gc.mem_free()

    def voltage_mv(self):
        """Return None: there is no battery."""
        return None

    def feed(self):
        """No watchdog: the parent watches."""


def make_world(settings):
    """Return the world that the settings describe."""
    world = RainyNight(settings["seed"], settings["place"])
    if settings.get("path"):
        from gilmok_sim.series import Series

        world = Series(settings["path"], world)
    return world


def run(settings):
    """Run the node until the parent ends the process."""
    speed = settings["speed"]
    began_us = real_us()

    def uptime():
        return int((real_us() - began_us) * speed) // 1000

    started_ms = settings["started_ms"]
    line = LineEnd(settings["line"])
    board = ProcessBoard()
    world = make_world(settings["world"])
    instruments = Instruments(world, lambda: started_ms + uptime(), settings["world"]["seed"])
    try:
        with open(settings["config"], "rb") as file:
            config = Config(file.read())
        records = FileFlash(settings["records"], settings["records_blocks"])
        waveforms = FileFlash(settings["waveforms"], settings["waveforms_blocks"])
        log = Log(records, waveforms, config.program_unit)
        log.mount()
        link = Link(mtu=1024, byte_us=settings["byte_us"], answer_ms=settings["answer_ms"])
        node = Node(config, log, instruments, [line], uptime, board, link=link)
    except ConfigError as error:
        return _loop(Rescue(str(error), [line], uptime, board), line, uptime, settings)
    for name in settings["capture"]:
        node.capture(name, True)
    _loop(node, line, uptime, settings)


def _loop(node, line, uptime, settings):
    speed = settings["speed"]
    until_ms = settings["until_ms"] - settings["started_ms"]
    report_ms = settings["report_ms"] * speed
    report_at = 0
    while True:
        now_ms = uptime()
        if now_ms >= until_ms and isinstance(node, Node):
            node.measuring = False
        if now_ms >= report_at and isinstance(node, Node):
            print(json.dumps(report(node)))
            report_at = now_ms + report_ms
        pause_ms = int((min(node.poll(), report_at) - uptime()) / speed)
        if pause_ms > 0:
            line.wait(pause_ms)


def report(node):
    """Return what the node says of itself."""
    log = node.log
    streams = [(number, log.oldest(number), log.next(number)) for number, _, _ in log.streams()]
    return {
        "log": log.log_id,
        "boot": log.boot,
        "streams": streams,
        "logged": sum([end for _, _, end in streams]),
        "backlog": node.backlog(),
        "measuring": node.measuring,
        "faults": [sampler.name for sampler in node.samplers if sampler.error is not None],
        "heap_free": node.board.heap_free(),
    }


def main(path):
    """Run with the settings in the file `path`."""
    with open(path) as file:
        settings = json.load(file)
    run(settings)


if __name__ == "__main__":
    main(sys.argv[1])
