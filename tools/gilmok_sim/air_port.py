"""Radios of simulated processes, for MicroPython and CPython: the real driver on a virtual SX1262 whose air is elsewhere, in real time.

`air` of the settings: url, region, channels, limits (slowest and fastest rate), seed; of a gateway's as
well: channel, rate, power_dbm.
"""

import os

from gilmok_wire.radio_law import RadioLaw
from gilmok_wire.regions import REGIONS
from gilmok_wire.windows import WINDOW_MS

from gilmok_sim.air_chip import AirChip
from gilmok_sim.paced_port import RealTimePort
from gilmok_sim.real_time import RealTime


def open_radio(air, now):
    """Return (driver, law, row, what brings the air's messages) of a radio whose clock is `now`."""
    row = REGIONS[air["region"]]
    law = RadioLaw(row, now(), tuple(air["channels"]))
    chip = AirChip(air["url"], air["seed"])
    return chip.driver(law.frequency_hz(air["channels"][0])), law, row, chip.line


def open_port(air, now, speed):
    """Return the LoRa port of a node whose time `now` runs `speed` times as fast as the radio's, and the line it waits for."""
    from gilmok_node.radio.lora import LoraPort

    real = RealTime()
    radio, law, row, line = open_radio(air, real)
    radio.begin(real())
    port = LoraPort(radio, law, row, tuple(air["limits"]), WINDOW_MS, True, real, os.urandom)
    return RealTimePort(port, now, real, speed), line
