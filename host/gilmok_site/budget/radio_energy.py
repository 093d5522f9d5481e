"""Energy a day of a node's LoRa radio: what it sends, how long it listens, and the rest of the day asleep; at the airtime's data rate.

Lost frames, alarms and a gateway that is away are not foreseen (docs/power.md). Source: SX1261/2 data sheet, as SOURCE says.
"""

from typing import TYPE_CHECKING

from gilmok_wire.airtime import airtime_us
from gilmok_wire.radio_law import RadioLaw
from gilmok_wire.regions import REGIONS
from gilmok_wire.windows import ALWAYS, ANSWERS_MS, IN_WINDOWS, SECOND_MS, UNTIL_ANSWERED, has_second, listening_ms

from ..lora import compile_lora
from .account import DAY_MS, Line, Part, number
from .airtime import BANDWIDTH_HZ, FRAME, SF
from .streams import Stream
from .traffic import SEAL, answer_plaintext, batches_of

if TYPE_CHECKING:
    from ..model import Site

# The figures of gilmok_sim.energy (tests/site/test_budget.py compares): mA at 3.3 V with the DC-DC converter, the receiver boosted, and
# sending at up to so many dBm.
SOURCE = "SX1261/2 data sheet rev. 2.1, tables 3-5, 3-6, 13-21 (from knowledge)"
SUPPLY_V = 3.3
RECEIVING_MA = 5.3
ASLEEP_MA = 0.0006
SENDING_MA = ((14, 45.0), (17, 58.0), (20, 84.0), (22, 118.0))
_MOST_DBM = 22  # firmware/gilmok_node/radio/lora.py

Told = tuple[float, Line]


def energy_of_radio(site: "Site", name: str, air: Part, streams: list[Stream]) -> list[Told]:
    """Return the Wh a day of a node's radio with its line, or nothing where it has none; a node with a cable sends over that."""
    spec = compile_lora(site, name)
    if spec is None:
        return []
    region, channels, _, window_ms, gain_dbi, listens, _ = spec
    sent_s = air.value or 0.0
    frames = sum(batches_of(stream, FRAME[region]).frames for stream in streams) if sent_s else 0.0
    heard_s = min(DAY_MS / 1000 - sent_s, _listening_s(listens, region, window_ms, frames))
    law = RadioLaw(REGIONS[region], 0, tuple(channels), gain_dbi)
    power_dbm = min(_MOST_DBM, max(law.power_dbm(channel) for channel in channels))
    sending_ma = next(ma for limit, ma in SENDING_MA if power_dbm <= limit)
    asleep_s = DAY_MS / 1000 - sent_s - heard_s
    milliamp_s = sent_s * sending_ma + heard_s * RECEIVING_MA + asleep_s * ASLEEP_MA
    watt_hours = milliamp_s / 1000 * SUPPLY_V / 3600
    parts = [(sending_ma, sent_s), (RECEIVING_MA, heard_s), (ASLEEP_MA, asleep_s)]
    text = " + ".join(f"{ma} mA × {number(seconds)} s" for ma, seconds in parts)
    sum_ = f"({text}) × {SUPPLY_V} V / 3600 s/h = {number(watt_hours)} Wh/d"
    return [(watt_hours, Line("energy_radio", sum_, f"{power_dbm} dBm, SF{SF}", SOURCE, _NOTES[listens]))]


def _listening_s(listens: int, region: str, window_ms: int, frames: float) -> float:
    """Return the seconds a day that a radio listens, each frame asking and being answered."""
    return _LISTENING[listens](region, window_ms) * frames / 1000 if listens in _LISTENING else DAY_MS / 1000


def _in_windows(region: str, window_ms: int) -> float:
    """Return the ms of listening for one answer: both windows to their ends where there are two, and the answer."""
    row = REGIONS[region]
    rates, second = row[1], row[1][row[9][1]]
    first = next(rate for rate in rates if rate and rate[:2] == (SF, BANDWIDTH_HZ))
    windows = [listening_ms(first, window_ms)]
    windows += [listening_ms(second, window_ms + SECOND_MS)] if has_second(first, second) else []
    return sum(windows) + _answer_ms()


def _until_answered(region: str, window_ms: int) -> float:
    return ANSWERS_MS + _answer_ms()


def _answer_ms() -> float:
    return airtime_us(SEAL + answer_plaintext(), SF, BANDWIDTH_HZ) / 1000


_LISTENING = {IN_WINDOWS: _in_windows, UNTIL_ANSWERED: _until_answered}
_NOTES = {IN_WINDOWS: "radio_windows", ALWAYS: "radio_always", UNTIL_ANSWERED: "radio_until"}
