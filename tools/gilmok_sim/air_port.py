"""Radios of simulated processes, for MicroPython and CPython: the real driver on a virtual SX1262 whose air is elsewhere, in real time.

`air` of the settings: url, region, channels, limits (slowest and fastest rate), seed; of a gateway's as
well: channel, rate, power_dbm.
"""

import os
import sys
import time

from gilmok_node.radio.sx126x import Sx126x
from gilmok_node.sensors.base import SpiDevice
from gilmok_wire.link import Link
from gilmok_wire.radio_law import RadioLaw
from gilmok_wire.regions import REGIONS
from gilmok_wire.windows import WINDOW_MS

from gilmok_sim.bus import VirtualSpi
from gilmok_sim.chips.sx1262 import VirtualSx1262
from gilmok_sim.line import open_line
from gilmok_sim.remote_air import RemoteAir

_IDLE_MS = 1500  # real time: whoever watches a demo wants to see what is acknowledged
_TURN_US = 1000  # between two looks at a chip that is waited for
_LATE_MS = 500  # how much later than on a quiet machine an answer may come

if sys.implementation.name == "micropython":

    def real_us():
        """Return µs since some moment; on the desk the counter does not wrap."""
        return time.ticks_us()

else:

    def real_us():
        """Return µs since some moment."""
        return time.monotonic_ns() // 1000  # type: ignore


class Ticks:
    """µs for a driver that waits for its chip: where the desk gives this process no time, none passes, so that it blames no chip."""

    def __init__(self):
        self._seen_us = real_us()
        self._ticks_us = 0

    def __call__(self):
        now_us = real_us()
        self._ticks_us += min(now_us - self._seen_us, _TURN_US)
        self._seen_us = now_us
        return self._ticks_us & 0x3FFFFFFF


class RealTime:
    """Uptime in real ms."""

    def __init__(self):
        self._began_us = real_us()

    def __call__(self):
        return (real_us() - self._began_us) // 1000


def open_radio(air, now):
    """Return (driver, law, row, what brings the air's messages) of a radio whose clock is `now`."""
    row = REGIONS[air["region"]]
    law = RadioLaw(row, now(), tuple(air["channels"]))
    began_us = real_us()
    clock = lambda: (real_us() - began_us) / 1000  # noqa: E731
    line = open_line(air["url"])
    medium = RemoteAir(line, clock)
    chip = VirtualSx1262(clock, medium, air["seed"])
    medium.chip = chip
    spi = VirtualSpi()
    device = SpiDevice(spi, spi.attach(chip))
    radio = Sx126x(device, chip.busy, chip.reset, chip.dio1, Ticks(), law.frequency_hz(air["channels"][0]))
    return radio, law, row, line


def open_port(air, now, speed):
    """Return the LoRa port of a node whose time `now` runs `speed` times as fast as the radio's, and the line it waits for."""
    from gilmok_node.lora import LoraPort

    real = RealTime()
    radio, law, row, line = open_radio(air, real)
    radio.begin(real())
    port = LoraPort(radio, law, row, tuple(air["limits"]), WINDOW_MS, True, real, os.urandom)
    return RealTimePort(port, now, real, speed), line


def keep_real_time(node, now, speed):
    """Have the BLE port of a node that was just made keep real time."""
    real = RealTime()
    for place, port in enumerate(node.ports):
        if port.name == "ble":
            paced = RealTimePort(port, now, real, speed)
            paced.on_frame, paced.on_sent = node.uplink.receive, node.uplink.sent
            node.ports[place] = paced
            if node.uplink.port is port:
                node.uplink.port = paced
                node.session.use(paced.link, now())


class RealTimePort:
    """A port of a node that keeps real time while the node's own runs faster: what the air takes cannot be hurried."""

    def __init__(self, port, now, real, speed):
        self.on_frame = self.on_sent = _nobody  # until somebody takes what comes
        self.name, self.cost = port.name, port.cost
        self.say, self.report, self.adapt = port.say, port.report, port.adapt
        self._port, self._now, self._real, self._speed = port, now, real, speed
        self._inner = None
        port.on_frame = lambda frame, _, __: self.on_frame(frame, self, now())
        port.on_sent = lambda _, end_ms: self.on_sent(self, self._in_node_time(end_ms))

    @property
    def up(self):
        """As the port's."""
        return self._port.up

    @property
    def link(self):
        """The port's link, slower by so much as the node is faster; another object when that is another one."""
        inner = self._port.link
        if inner is not self._inner:
            self._inner = inner
            byte_us, frame_us, answer_ms, idle_ms = [
                round(each * self._speed) for each in (inner.byte_us, inner.frame_us, inner.answer_ms + _LATE_MS, _IDLE_MS)
            ]
            self._link = Link(inner.mtu, byte_us, frame_us, answer_ms, inner.window, inner.full_duplex, idle_ms, inner.brief)
        return self._link

    def poll(self, now_ms, quiet=True):
        """As the port's."""
        due_ms = self._port.poll(self._real(), quiet)
        return None if due_ms is None else self._in_node_time(due_ms)

    def free(self, now_ms, urgent=False):
        """As the port's."""
        return self._port.free(self._real(), urgent)

    def send(self, frame, now_ms, urgent=False):
        """As the port's."""
        self._port.send(frame, self._real(), urgent)

    def _in_node_time(self, real_ms):
        return self._now() + int((real_ms - self._real()) * self._speed)


def _nobody(*arguments):
    return None
