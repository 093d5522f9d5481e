"""An energy meter: mA of each part in each state, over virtual time; and what radio and flash draw.

How sure a figure is stands beside it. What drivers and boards draw is in the site's catalogue and in `boards/`. Regulators, pull-ups and
leakage are not counted.
"""

from __future__ import annotations

from typing import NamedTuple

MJ_PER_WH = 3_600_000
DAY_S = 86_400

SUPPLY_V = 3.3  # of the chip's rail: radio and flash hang on it

# mA at 3.3 V with the DC-DC converter: SX1261/2 data sheet rev. 2.1, tables 3-5 and 3-6 (from knowledge: compare before a battery is
# chosen). The receiver boosted; standby on RC; asleep with its configuration.
RADIO_MA = {"receiving": 5.3, "detecting": 5.3, "idle": 0.6, "asleep": 0.0006, "off": 0.0, "lost": 0.6}
# … sending, up to so many dBm by the optimal settings of table 13-21, which firmware/gilmok_node/radio/sx126x.py uses (from knowledge).
SENDING_MA = ((14, 45.0), (17, 58.0), (20, 84.0), (22, 118.0))

# A RAK3172: asleep and receiving as its data sheet has it (quoted in RAKwireless's forum, "What are the Power Saving modes for RAK3172?");
# sending with 14 dBm, and its processor awake, from knowledge.
MODEM_MA = {"asleep": 0.00169, "receiving": 5.22, "sending": 35.0, "awake": 3.5}

# W25Q32JV data sheet, section 9.4: page program and sector erase 20 mA typically, 25 mA at most (from knowledge).
FLASH_MA = 20.0


class Load(NamedTuple):
    """What a part draws: `ma` at `volts`."""

    ma: float
    volts: float


class Meter:
    """Adds up what parts use. A part draws a current from one moment to the next, or for a span beside that."""

    def __init__(self) -> None:
        self._used: dict[str, float] = {}  # nJ: mA × V × µs
        self._drawing: dict[str, tuple[Load, int]] = {}

    def draw(self, part: str, load: Load, now_us: int) -> None:
        """Have a part draw so much from now on."""
        self._settle(part, now_us)
        self._drawing[part] = load, now_us

    def spend(self, part: str, load: Load, span_us: float) -> None:
        """Have a part draw so much for a span, beside what else it draws; less than that where `load` is negative."""
        self._used[part] = self._used.get(part, 0.0) + load.ma * load.volts * span_us

    def stop(self, now_us: int) -> None:
        """Have all parts draw nothing from now on."""
        for part in list(self._drawing):
            self._settle(part, now_us)
        self._drawing.clear()

    def millijoules(self, now_us: int) -> dict[str, float]:
        """Return what each part has used until now."""
        for part in self._drawing:
            self._settle(part, now_us)
        return {part: used / 1e6 for part, used in self._used.items()}

    def _settle(self, part: str, now_us: int) -> None:
        if part in self._drawing:
            load, since_us = self._drawing[part]
            self.spend(part, load, max(0, now_us - since_us))
            self._drawing[part] = load, max(now_us, since_us)


def sending_ma(power_dbm: int) -> float:
    """Return what the radio draws while it sends at a power: that of the next setting above."""
    return next(ma for limit, ma in SENDING_MA if power_dbm <= limit)


def radio_millijoules(spent_us: dict[str, float], sent_us: dict[int, float]) -> float:
    """Return what a radio has used that was in each state for so long, and sent at each power in dBm for so long."""
    rest = sum(us * RADIO_MA[state] for state, us in spent_us.items() if state != "sending")
    return (rest + sum(us * sending_ma(power) for power, us in sent_us.items())) * SUPPLY_V / 1e6
