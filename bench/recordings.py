"""Real slow sensors as a node would hold them: integers at the sensor's real step, times at the schedule's tick.

The step is the resolution that the instrument's data sheet or standard names, where it prints more digits than that;
README.md says which. A recording whose sensor stood still for hours (a storm's profile, the next storm's) is several recordings.
"""

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import groupby
from pathlib import Path

from bench.report import Skipped

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Channel:
    """One measured quantity; a value means integer × step."""

    name: str
    step: Decimal
    values: list[int | None]

    @property
    def readings(self) -> int:
        """How many values are there."""
        return len(self.values) - self.values.count(None)


@dataclass
class Recording:
    """Channels sampled together; `times_s` are seconds since the first record."""

    source: str
    period_s: int
    times_s: list[int]
    channels: list[Channel]

    @property
    def readings(self) -> int:
        """How many values are there."""
        return sum([channel.readings for channel in self.channels])


@dataclass
class _Source:
    name: str
    file: str
    period_s: int
    time: str
    steps: dict[str, str]
    header_lines: int = 0
    newest_first: bool = False
    one_each: str = ""  # a column that tells one recording from the next


_SOURCES = (
    _Source("deadrun", "water/deadrun_01589330_201806_5min.csv", 300, "t_utc", {"stage_ft": "0.01", "flow_cfs": "0.1"}),
    _Source("vlissingen", "water/VLISSGN_waterlevel_20180101_20180401.noos", 600, "t", {"level_m": "0.01"}),
    _Source("floodnet", "water/floodnet_profiles_dev.csv", 63, "t_s", {"depth_mm": "1"}, one_each="sensor_id flood_start_time"),
    _Source(
        "purpleair",
        "air/purpleair_95189_2min.csv",
        120,
        "t_utc",
        {"humidity": "1", "temperature": "1", "pressure": "0.01", "pm2.5_atm_a": "1", "pm2.5_atm_b": "1", "rssi": "1"},
    ),
    _Source(
        "quantaq",
        "air/quantaq_MOD00001_1min.csv",
        60,
        "timestamp",
        {"rh": "0.1", "temp": "0.1", "opcn3_pm1": "0.1", "opcn3_pm25": "0.1", "opcn3_pm10": "0.1", "pm1_env": "1"}
        | {"pm25_env": "1", "pm10_env": "1", "neph_bin0": "1", "wd": "1", "ws": "0.1", "co_we": "0.1", "co_ae": "0.1"}
        | {"so2_we": "0.1", "so2_ae": "0.1"},
        newest_first=True,
    ),
    _Source(
        "smartcitizen",
        "air/smartcitizen_sdcard_30s_20200902.csv",
        30,
        "TIME",
        {"TEMP": "0.01", "HUM": "0.01", "BATT": "1", "LIGHT": "1", "NOISE_A": "0.1", "PRESS": "0.01"}
        | {"CCS811_VOCS": "1", "CCS811_ECO2": "1"}
        | {f"ADC_48_{pin}": "0.0001" for pin in range(4)},
        header_lines=3,
    ),
)


def data_folder() -> Path:
    """Return the folder of real recordings.

    Raises: Skipped where there is none.
    """
    named = os.environ.get("GILMOK_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        raise Skipped(f"no real recordings at {folder}; name their folder in GILMOK_DATA")
    return folder


def read_recordings() -> list[Recording]:
    """Return every slow recording.

    Raises: Skipped where there are none.
    """
    folder = data_folder()
    return [recording for source in _SOURCES for recording in _read(folder, source)]


def _read(folder: Path, source: _Source) -> Iterator[Recording]:
    path = folder / source.file
    rows = _read_noos(path) if path.suffix == ".noos" else _read_csv(path, source.header_lines)
    if source.newest_first:
        rows.reverse()
    keys = source.one_each.split()
    for _, group in groupby(rows, key=lambda row: [row[key] for key in keys]):
        run = list(group)
        ticks = _ticks([_seconds(row[source.time]) for row in run], source.period_s)
        channels = [
            Channel(name, Decimal(step), [_integer(row[name], Decimal(step)) for row in run]) for name, step in source.steps.items()
        ]
        yield Recording(source.name, source.period_s, [tick * source.period_s for tick in ticks], channels)


def _read_csv(path: Path, header_lines: int) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))[header_lines:]


def _read_noos(path: Path) -> list[dict[str, str]]:
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return [{"t": time, "level_m": level} for time, level in lines]


def _seconds(text: str) -> float:
    """Return a time in seconds, from any epoch: only differences count."""
    if len(text) == 12 and text.isdigit():
        return datetime.strptime(text, "%Y%m%d%H%M").timestamp()
    return float(text) if text.isdigit() else datetime.fromisoformat(text).timestamp()


def _ticks(times_s: list[float], period_s: int) -> list[int]:
    """Return at which tick of its schedule each record was taken: drivers stamp the tick, not the wake-up."""
    ticks: list[int] = []
    for time_s in times_s:
        tick = round((time_s - times_s[0]) / period_s)
        ticks.append(max(tick, ticks[-1] + 1) if ticks else tick)
    return ticks


def _integer(text: str, step: Decimal) -> int | None:
    try:
        return int((Decimal(text) / step).to_integral_value())
    except InvalidOperation:  # "null", "": the sensor had nothing to say
        return None
