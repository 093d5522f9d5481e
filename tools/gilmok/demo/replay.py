"""Recordings as a street: a CSV file, or a folder of OpenEEW JSON lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gilmok_sim.series import write_series
from gilmok_sim.world import MOUNTED_M

from .errors import DemoError
from .scenario import NAMES, NodePlan, Scenario, level_gauge

GAL_PER_G = 980.665

# Suffix of a column → (factor, offset) to the channel's own unit.
SUFFIXES = {
    "ft": (0.3048, 0.0),
    "in": (0.0254, 0.0),
    "cm": (0.01, 0.0),
    "mm": (0.001, 0.0),
    "m": (1.0, 0.0),
    "f": (5 / 9, -160 / 9),
    "c": (1.0, 0.0),
    "hpa": (100.0, 0.0),
    "pa": (1.0, 0.0),
    "gal": (1 / GAL_PER_G, 0.0),
    "g": (1.0, 0.0),
}

# Start of a column's name → channel; "level" becomes the distance that a sensor above it sees.
CHANNELS = (
    (("stage", "level", "water", "gage", "depth"), "level"),
    (("pm2.5", "pm2_5", "pm25"), "pm2_5"),
    (("pm10",), "pm10"),
    (("pm1",), "pm1"),
    (("temp",), "temperature"),
    (("hum", "rh"), "humidity"),
    (("press",), "pressure"),
)


def replay(path: Path, folder: Path, nodes: int, duration_s: float, speed: float | None, mapping: list[str]) -> Scenario:
    """Return a street that measures recordings: a CSV file, or a folder of OpenEEW JSON lines.

    Raises: DemoError.
    """
    if path.is_dir():
        return _replay_openeew(path, folder, duration_s, speed)
    if not path.is_file():
        raise DemoError(f"--replay {path}: no such file or folder")
    return _replay_csv(path, folder, nodes, duration_s, speed, mapping)


# OpenEEW.


def _replay_openeew(path: Path, folder: Path, duration_s: float, speed: float | None) -> Scenario:
    devices: dict[str, list[dict[str, Any]]] = {}
    for file in sorted(path.glob("*.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            try:
                record = json.loads(line)
                devices.setdefault(str(record["device_id"]), []).append(record)
            except (ValueError, KeyError, TypeError):
                raise DemoError(f"{file}:{number}: not an OpenEEW record (device_id, device_t, sr, x, y, z)") from None
    if not devices:
        raise DemoError(f"--replay {path}: no *.jsonl files in it")
    plans, longest, start_ms = [], 0, None
    for device, records in sorted(devices.items()):
        records.sort(key=lambda record: record["device_t"])
        start_ms = min(start_ms or 1 << 62, int(records[0]["device_t"] * 1000))
        series = folder / f"{device}.series"
        longest = max(longest, write_openeew(series, records))
        sensor = {
            "driver": "adxl355",
            "spi": 1,
            "cs": 0,
            "every": "1 s",
            "max_age": "30 s",
            "sample_ms": round(1000 / records[0]["sr"]),
        }
        plans.append(NodePlan(f"eew-{device}", {"vibration": sensor}, series, ["vibration"]))
    title = f"{path.name} · {len(plans)} seismometers"
    return Scenario(title, plans, speed or max(1.0, longest / 1000 / duration_s), start_ms or 0)


def write_openeew(path: Path, records: list[dict[str, Any]]) -> int:
    """Write one device's records as a series in g; return its length in ms. `device_t` is the time of a record's last sample."""
    origin = records[0]["device_t"]
    rows = []
    for record in records:
        step_ms = 1000 / record["sr"]
        end_ms = (record["device_t"] - origin) * 1000 + 1000
        count = len(record["x"])
        for index in range(count):
            at = int(end_ms - (count - 1 - index) * step_ms)
            rows.append((at, *(record[axis][index] / GAL_PER_G for axis in "xyz")))
    rows.sort()
    write_series(str(path), ("x", "y", "z"), rows)
    return rows[-1][0]


# CSV.


def _replay_csv(path: Path, folder: Path, nodes: int, duration_s: float, speed: float | None, mapping: list[str]) -> Scenario:
    times, columns = _read_csv(path, mapping)
    step_s = max(1, round(_median([later - earlier for earlier, later in zip(times, times[1:], strict=False)])))
    rows = [((time - times[0]) * 1000, *values) for time, *values in zip(times, *columns.values(), strict=True)]
    series = folder / "replay.series"
    write_series(str(series), tuple(columns), [(int(at), *values) for at, *values in rows if at < 1 << 32])
    sensors = _sensors_for(columns, step_s)
    # Twenty milliseconds a sample is what a node process keeps up with beside three others on two cores.
    fast = min((times[-1] - times[0]) / duration_s, step_s / 0.02)
    plans = [NodePlan(NAMES[i] if i < 4 else f"node-{i + 1}", sensors, series) for i in range(nodes)]
    return Scenario(
        f"{path.name} · {', '.join(columns)}",
        plans,
        speed or max(1.0, fast),
        int(times[0] * 1000),
        f"{max(60, 12 * step_s)} s",
        step_s * 500,
    )


def _sensors_for(columns: Iterable[str], step_s: int) -> dict[str, dict[str, Any]]:
    """Return the instruments that measure these channels, sampled as often as the recording."""
    every, max_age = f"{max(step_s, 1)} s", f"{32 * step_s} s"
    sensors: dict[str, dict[str, Any]] = {}
    names = set(columns)
    if "distance" in names:
        sensors["river"] = level_gauge(every, max_age)
    if names & {"pm1", "pm2_5", "pm10"}:
        sensors["dust"] = {"driver": "pms5003", "uart": 2, "every": every, "max_age": max_age}
    if names & {"temperature", "humidity", "pressure"}:
        sensors["weather"] = {"driver": "bme280", "i2c": 0, "every": every, "max_age": max_age}
    return sensors


def _read_csv(path: Path, mapping: list[str]) -> tuple[list[float], dict[str, list[float]]]:
    """Return Unix times and values by channel; a value that is missing keeps the one before."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        table = list(csv.DictReader(file))
    if len(table) < 2:
        raise DemoError(f"--replay {path}: fewer than two rows below the header")
    time_column = _time_column(path, table[0])
    plans = _column_plans(path, table[0], mapping)
    samples: dict[float, list[float]] = {}
    last = [0.0] * len(plans)
    for row in table:
        for index, (column, convert) in enumerate(plans.values()):
            try:
                last[index] = convert(float(row[column]))
            except (TypeError, ValueError):
                continue
        samples[_parse_time(path, row[time_column])] = list(last)
    times = sorted(samples)
    return times, {channel: [samples[t][i] for t in times] for i, channel in enumerate(plans)}


def _time_column(path: Path, row: dict[str, str]) -> str:
    for name, text in row.items():
        try:
            _parse_time(path, text)
        except DemoError:
            continue
        if any(word in name.lower() for word in ("time", "date", "t_utc", "timestamp")):
            return name
    raise DemoError(f"--replay {path}: no column holds times; expected ISO 8601 in a column named time, date or t_utc")


def _parse_time(path: Path, text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise DemoError(f"--replay {path}: {text!r} is no ISO 8601 time") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _column_plans(path: Path, row: dict[str, str], mapping: list[str]) -> dict[str, tuple[str, Callable[[float], float]]]:
    """Return channel → (column, conversion): from --map where given, else by the columns' names."""
    plans: dict[str, tuple[str, Callable[[float], float]]] = {}
    wanted = dict(item.split("=", 1) for item in mapping if "=" in item)
    for item in mapping:
        if item.split("=", 1)[0] not in row or "=" not in item:
            raise DemoError(f"--map {item}: write COLUMN=channel or COLUMN=channel:unit with one of the columns {', '.join(row)}")
    for column in row:
        channel, _, unit = (wanted.get(column) or ("" if wanted else _guess_channel(column))).partition(":")
        if channel and channel not in plans and not (channel == "level" and "distance" in plans):
            factor, offset = SUFFIXES.get(unit or column.lower().rsplit("_", 1)[-1], (1.0, 0.0))
            plans["distance" if channel == "level" else channel] = (column, _conversion(channel, factor, offset))
    if not plans:
        raise DemoError(f"--replay {path}: no column is a channel we know; say which with --map COLUMN=level")
    return plans


def _guess_channel(column: str) -> str:
    name = column.lower()
    return next((channel for starts, channel in CHANNELS if name.startswith(starts)), "")


def _conversion(channel: str, factor: float, offset: float) -> Callable[[float], float]:
    if channel == "level":
        return lambda value: MOUNTED_M - (value * factor + offset)
    return lambda value: value * factor + offset


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
