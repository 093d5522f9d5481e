"""One simulated board gateway as a process of its own, for MicroPython and CPython, in real time; the air of its chip is elsewhere.

Run as `gateway_process.py SETTINGS.json`; settings: name, line (a terminal or tcp:PORT, to its host), air as
air_port has it.
"""

import json
import sys

from gilmok_node.gateway.gateway import Gateway

from gilmok_sim.air_port import open_radio
from gilmok_sim.line import open_line
from gilmok_sim.real_time import RealTime

_REPORT_MS = 1000  # between two JSON lines on standard output
_PAUSE_MS = 2  # the longest between two looks at the radio: a frame's end is known that well


class Board:
    """The board's facts, as far as a process has them."""

    def feed(self):
        """No watchdog: the parent watches."""


def main(path):
    """Run with the settings in the file `path`, until the parent ends the process."""
    with open(path) as file:
        settings = json.load(file)
    air, now = settings["air"], RealTime()
    radio, law, _, _ = open_radio(air, now)
    line = open_line(settings["line"])
    place = air["region"], air["channel"], air["rate"], air["power_dbm"]
    gateway = Gateway(settings["name"], place, radio, law, [line], now, Board())
    report_ms = 0
    while True:
        if now() >= report_ms:
            report_ms = now() + _REPORT_MS
            print(json.dumps({"heard": gateway.heard, "damaged": gateway.damaged, "sent": gateway.sent, "faults": radio.faults}))
        line.wait(max(0, min(gateway.poll() - now(), _PAUSE_MS)))


if __name__ == "__main__":
    main(sys.argv[1])
