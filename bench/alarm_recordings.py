"""Recorded water as the nodes of profiles would have measured it: ticks, and the compiled rules that judge them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from gilmok.backtest.between import Between
from gilmok.backtest.gather import gather, parse_wishes
from gilmok.backtest.history import Account, History
from gilmok.backtest.plan import channels_of_node, make_plan
from gilmok.backtest.schedule import Tick, merge
from gilmok.backtest.tables import Request, open_table
from gilmok_site import Site, parse_site

from bench.recordings import data_folder

_DRY_MS = 30 * 60_000  # before and behind a flood of a street the node sees dry ground
_STREAM = "river-gauge"
_STREET = "riverside-parking"

# Thresholds of a stream are those of its place. Dead Run stands at 0.13 m in June and floods to 1.88 m: half a metre is out of its bed, at
# 1.5 m it is over its banks; chosen for this test, from the recording alone.
_STREAM_RULES = """
[node.gauge.sensor.level.health]
spike = "30 cm"
stuck = "6 h"
[node.gauge.rule.flood]
watch = "level.water_level"
caution = { above = "0.60 m", clear = "0.50 m", for = "30 s" }
alert = { above = "1.00 m", clear = "0.85 m", for = "30 s" }
serious = { reaches = "1.50 m", within = "30 min" }
"""
# A tide gauge has no profile. The highest tides of the recording that no storm made are 2.9 m, the surge of 2018-01-03 is 3.60 m:
# levels for this test, not those of Rijkswaterstaat.
_TIDE = """
[site]
id = "tide"
name = "tide"
timezone = "UTC"
[store]
url = "sqlite:tide.db"
[node.gauge]
board = "esp32-devkitc"
[node.gauge.sensor.level]
driver = "current_loop"
i2c = 0
address = 0x48
input = 0
every = "1 min"
channel = { name = "water_level", unit = "m", resolution = "1 mm" }
at_4ma = "-5 m"
at_20ma = "5 m"
[node.gauge.sensor.level.health]
spike = "20 cm"
stuck = "2 h"
[node.gauge.rule.surge]
watch = "level.water_level"
caution = { above = "3.00 m", clear = "2.80 m", for = "3 min" }
alert = { above = "3.30 m", clear = "3.10 m", for = "3 min" }
serious = { reaches = "3.50 m", within = "30 min", over = "30 min" }
"""


@dataclass
class Recording:
    """One stretch of history. `limits` are the spike's height in steps and the ms after which a value stands still.

    `is_whole` says whether its alarms are counted, `breaks` whether faults are put in.
    """

    group: str
    name: str
    ticks: list[Tick]
    rules: list[list[Any]]
    validity: list[list[Any]]
    periods: list[int]
    index: int
    limits: tuple[int, int]
    is_whole: bool = True
    breaks: bool = True
    clean: list | None = field(default=None, repr=False)


def recordings() -> list[Recording]:
    """Return every recording of water.

    Raises: Skipped where there are none.
    """
    folder = data_folder() / "water"
    return [*_dead_run(folder), *floods(folder), *_tides(folder)]


def site_of(profile: str, rules: str = "") -> Site:
    """Return a site that is a profile as it stands, or with rules of its own laid over."""
    text = f'[site]\nid = "bench"\nname = "bench"\ntimezone = "UTC"\nextends = "{profile}"\n[store]\nurl = "sqlite:bench.db"\n'
    return parse_site(text + rules, "bench.toml")


def _dead_run(folder: Path) -> Iterator[Recording]:
    """Yield the month of a flashy urban stream, and its two floods alone for faults; each ten seconds, on lines between five minutes."""
    site = site_of(_STREAM, _STREAM_RULES)
    histories = _read(folder / "deadrun_01589330_201806_5min.csv", site, "gauge", "level.water_level=stage_ft:ft")
    month = _recording(site, "gauge", "level", histories, "Dead Run", "June 2018")
    month.breaks = False
    yield month
    for first, last in (("2018-06-03T12:00", "2018-06-04T06:00"), ("2018-06-10T20:00", "2018-06-11T14:00")):
        part = [tick for tick in month.ticks if _ms(first) <= tick.unix_ms < _ms(last)]
        yield _of_part(month, first[:10], part)


def floods(folder: Path) -> Iterator[Recording]:
    """Yield each of FloodNet's profiles, with dry ground before and behind."""
    site = site_of(_STREET)
    with open(folder / "floodnet_profiles_dev.csv", encoding="utf-8", newline="") as file:
        for (sensor, start), rows in groupby(csv.DictReader(file), key=lambda row: (row["sensor_id"], row["flood_start_time"])):
            depths = [(float(row["t_s"]), float(row["depth_mm"])) for row in rows]
            histories = {"river": _flood(site, _ms(start), depths)}
            yield _recording(site, "p1-gate", "river", histories, "FloodNet", f"{sensor} {start[:10]}")


def _flood(site: Site, start_ms: int, depths: list[tuple[float, float]]) -> History:
    columns = [column[0] for column in channels_of_node(site, "p1-gate")["river"]]
    history, index = History("river", len(columns), Account()), columns.index("water_level")
    for at_ms in range(start_ms - _DRY_MS, start_ms, 60_000):
        history.add(at_ms, index, 0)
    for t_s, depth_mm in depths:
        history.add(start_ms + round(t_s * 1000), index, round(depth_mm))
    end_ms = start_ms + round(depths[-1][0] * 1000)
    for at_ms in range(end_ms + 60_000, end_ms + _DRY_MS, 60_000):
        history.add(at_ms, index, 0)
    return history


def _tides(folder: Path) -> Iterator[Recording]:
    """Yield three months of a tide gauge, whose longest gap is of a day and a half; the days of the surge alone for faults."""
    site = parse_site(_TIDE, "tide.toml")
    histories = _read(folder / "VLISSGN_waterlevel_20180101_20180401.noos", site, "gauge", "level.water_level=waterlevel:m")
    whole = _recording(site, "gauge", "level", histories, "Vlissingen", "January to March 2018")
    whole.breaks = False
    yield whole
    yield _of_part(whole, "2018-01-03", [tick for tick in whole.ticks if _ms("2018-01-01T12:00") <= tick.unix_ms < _ms("2018-01-06T00:00")])


def _of_part(whole: Recording, name: str, ticks: list[Tick]) -> Recording:
    return replace(whole, name=name, ticks=ticks, is_whole=False, breaks=True)


def _read(path: Path, site: Site, node: str, wish: str) -> dict[str, History]:
    channels = channels_of_node(site, node)
    histories, _ = gather(open_table(path, Request(UTC)), parse_wishes([wish], channels), channels)
    return histories


def _recording(site: Site, node: str, sensor: str, histories: dict[str, History], group: str, name: str) -> Recording:
    plan = make_plan(site, node, histories, Between.line)
    source = sorted(site.node[node].sensor).index(sensor)
    index = [column[0] for column in channels_of_node(site, node)[sensor]].index("water_level")
    ticks = list(merge(plan.schedules))
    (check,) = [each for each in plan.validity if each[0] == source and each[1] == index]
    spike, stuck_ms = check[4], check[5]
    return Recording(group, name, ticks, plan.rules, plan.validity, plan.periods, index, (spike or 300, stuck_ms or 6 * 3_600_000))


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)
