"""Radios of simulated processes, for MicroPython and CPython: the real driver on a virtual SX1262 whose air is elsewhere, in real time.

`air` of the settings: url, region, channels, limits (slowest and fastest rate), seed; of a gateway's as
well: channel, rate, power_dbm.
"""

import os

from gilmok_node.radio.sx126x import Sx126x
from gilmok_node.sensors.base import SpiDevice
from gilmok_wire.radio_law import RadioLaw
from gilmok_wire.regions import REGIONS
from gilmok_wire.windows import WINDOW_MS

from gilmok_sim.bus import VirtualSpi
from gilmok_sim.chips.sx1262 import VirtualSx1262
from gilmok_sim.line import open_line
from gilmok_sim.paced_port import RealTimePort
from gilmok_sim.real_time import RealTime, real_us
from gilmok_sim.remote_air import RemoteAir

_TURN_US = 1000  # between two looks at a chip that is waited for


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
