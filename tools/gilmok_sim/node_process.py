"""One simulated node as a process of its own, for MicroPython and CPython: the real firmware, virtual chips, time that may run faster.

Run as `node_process.py SETTINGS.json`. Settings:

config, records, waveforms        files: configuration and flash images; records_blocks, waveforms_blocks: their sizes
line                              a terminal device, or tcp:PORT; null where the node has none
air                               the radio as air_port has it; null where it has none
modem                             tcp:PORT of the modem on its UART, where it has one
radio                             url and seed of the air of the radio that the configuration names, at speed 1 (air_chip.py)
speed, late_ms                    how fast time runs, and how late the node may be for the scenario's sake
started_ms, sample_s              scenario time at which this process starts, and real time for which it measures
world                             seed, place, the path of a series file or null, and whether it is a city
travel_ms                         how long an output takes from one state to the other, by its id; one that is not named is there at once
capture                           sensors whose raw waveform is kept
answer_ms, idle_ms, byte_us       of the link, in node time
ble                               port of a radio (ble_proxy.py), where the node has one
report_ms                         real time between reports, which are JSON lines on standard output
"""

import gc
import json
import sys

from gilmok_node import be_only, forget
from gilmok_wire.link import SERIAL, Link

from gilmok_sim.flash import FileFlash
from gilmok_sim.instruments import Instruments
from gilmok_sim.line import open_line
from gilmok_sim.real_time import real_us
from gilmok_sim.world import RainyNight

_MICROPYTHON = sys.implementation.name == "micropython"


class ProcessBoard:
    """The board's facts, as far as a process has them."""

    def __init__(self, keep_path, radio=None):
        self._keep_path = keep_path
        self.radio = radio  # where one for BLE listens, a port on loopback

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

    def keep(self):
        """Return what outlives a restart."""
        from gilmok_node.keep import Keep

        return Keep(self._keep_path)

    def bluetooth(self):
        """Return what stands for MicroPython's module of that name, None where the parent has no radio for this node."""
        if not self.radio:
            return None
        from gilmok_sim import bluetooth

        bluetooth.place = self.radio
        return bluetooth

    def feed(self):
        """No watchdog: the parent watches."""


def make_world(settings):
    """Return the world that the settings describe."""
    if settings.get("city"):
        from gilmok_sim.city import City  # all channels there are, which a street does without

        world = City(settings["seed"], settings["place"])
    else:
        world = RainyNight(settings["seed"], settings["place"])
    if settings.get("path"):
        from gilmok_sim.series import Series

        world = Series(settings["path"], world)
    return world


class ScaledTime:
    """Uptime that runs `speed` times as fast as real time, but never past `limit_ms`.

    The loop sets the limit to its next deadline: a busy machine slows the scenario down instead of making the node late.
    """

    def __init__(self, speed):
        self.speed = speed
        self.limit_ms = 0
        self._began_us = real_us()

    def __call__(self):
        now_ms = int((real_us() - self._began_us) * self.speed) // 1000
        if now_ms > self.limit_ms:
            self._began_us += int((now_ms - self.limit_ms) * 1000 / self.speed)
            now_ms = self.limit_ms
        return now_ms

    def pause_ms(self):
        """Return the real time until the limit."""
        return int((self.limit_ms - self()) / self.speed)


def run(settings):
    """Run the node until the parent ends the process."""
    now = ScaledTime(settings["speed"])
    line, ports = open_line(settings["line"]) if settings["line"] else None, []
    if settings.get("air"):
        from gilmok_sim.air_port import open_port

        port, heard = open_port(settings["air"], now, settings["speed"])
        ports, line = [port], line or heard
    modem = open_line(settings["modem"]) if settings.get("modem") else None
    line = line or modem
    be_only()
    node = boot(settings, line, now, ports, modem)
    forget("node")
    from gilmok_node.spent_last import spend  # as chip.run

    spend(node)
    forget("parts")
    if _MICROPYTHON:
        gc.threshold(16384)
    _loop(node, line, now, settings)


def boot(settings, line, now, ports=(), modem=None):
    """Return the node on a serial line, on `ports` or behind a modem; where the configuration cannot be used, what says so in its place."""
    uarts = [line] if settings["line"] else []
    from gilmok_node.config import Config, ConfigError  # as boot.boot: one after the other, each forgotten before the next

    started_ms = settings["started_ms"]
    board = ProcessBoard(settings["records"] + ".keep", settings.get("ble"))
    world = make_world(settings["world"])
    instruments = Instruments(world, lambda: started_ms + now(), settings["world"]["seed"])
    if modem:
        instruments.open_peer = lambda number: modem
    try:
        with open(settings["config"], "rb") as file:
            config = Config(file.read())
        forget("configuration")
        if config.outputs:
            instruments.fit(config.outputs)
            for number, span_ms in settings.get("travel_ms", {}).items():
                instruments.actuators[int(number)].travel_ms = span_ms
        if settings.get("radio"):
            from gilmok_sim.air_chip import fit

            fit(instruments, settings["radio"])
        from gilmok_node.flash.log import Log

        records = FileFlash(settings["records"], settings["records_blocks"])
        waveforms = FileFlash(settings["waveforms"], settings["waveforms_blocks"])
        log = Log(records, waveforms, config.program_unit)
        log.mount()
        forget("mount")
        from gilmok_node.node import Node

        link = Link(SERIAL.mtu, settings["byte_us"], 0, settings["answer_ms"], SERIAL.window, True, settings["idle_ms"])
        node = Node(config, log, instruments, uarts, now, board, link=link, ports=ports)
        if settings.get("ble"):
            from gilmok_sim.paced_port import keep_real_time

            keep_real_time(node, now, settings["speed"])
        for name in settings["capture"]:
            node.capture(name, True)
        return node
    except ConfigError as error:
        from gilmok_node.rescue import Rescue

        return Rescue(str(error), uarts, now, board)


def _loop(node, line, now, settings):
    began_us = report_us = real_us()
    late_ms = settings["late_ms"]
    radio = node.board.bluetooth().BLE() if settings.get("ble") and hasattr(node, "log") else None
    while True:
        now.limit_ms = max(node.poll(), now() + late_ms)
        pause_ms = min(now.pause_ms(), settings["report_ms"])
        if radio:
            radio.wait(line, pause_ms)
        else:
            line.wait(pause_ms)
        if real_us() >= report_us and hasattr(node, "log"):  # no Rescue
            if real_us() - began_us >= settings["sample_s"] * 1000000:
                node.measuring = False
            try:
                json.dump(report(node), sys.stdout)  # not as one string, for which a full heap has no place in one piece
                print()
            except MemoryError:
                print("no room in the heap for a report")  # which a chip does not make
            report_us = real_us() + settings["report_ms"] * 1000


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
        "session": node.session.phase,
        "counters": node.session.counters,
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
