"""Real recordings as integers at the resolution of their sensor, None where a value is missing."""

import csv
import json

import numpy as np

STEP_GAL = 390625e-11 * 980.665  # one count of an ADXL355 at ±2 g


def slow_series(data_dir):
    """Return {name: values} of channels that a node samples every half minute to every hour."""
    series = {}
    _add_csv(series, data_dir / "water/deadrun_01589330_201806_5min.csv", {"stage_ft": 100})
    _add_csv(series, data_dir / "air/seoul_2018-2020_dev.csv", {"pm25": 1, "pm10": 1, "o3_ppm": 1000, "no2_ppm": 1000})
    _add_csv(series, data_dir / "air/purpleair_95189_2min.csv", {"humidity": 1, "temperature": 1, "pressure": 100})
    _add_csv(series, data_dir / "air/purpleair_95189_2min.csv", {"pm2.5_atm_a": 100, "pm2.5_atm_b": 100})
    _add_csv(series, data_dir / "air/quantaq_MOD00001_1min.csv", {"rh": 10, "temp": 10, "pm25_env": 10})
    _add_csv(series, data_dir / "air/smartcitizen_sdcard_30s_20200902.csv", {"TEMP": 100, "HUM": 100, "NOISE_A": 100})
    lines = (data_dir / "water/VLISSGN_waterlevel_20180101_20180401.noos").read_text().splitlines()
    series["tide"] = [round(float(line.split()[1]) * 100) for line in lines if line and line[0] != "#"]
    return series


def waveforms(data_dir):
    """Return {name: counts} of vibration, by axis."""
    series = {}
    for path in sorted(data_dir.glob("vibration/openeew/*/*.jsonl")):
        records = [json.loads(line) for line in path.read_text().splitlines()[:60]]
        for axis in "xyz":
            name = f"{path.parent.name[:4]}/{path.stem}.{axis}"
            series[name] = [round(value / STEP_GAL) for record in records for value in record[axis]]
    for path in sorted(data_dir.glob("vibration/analyst_picks/*.npz")):
        for axis, counts in enumerate(np.load(path)["data"].T):
            series[f"{path.stem}.{axis}"] = [int(count) for count in counts[2500:5500]]
    return series


def blocks(values, rows):
    """Return the whole blocks of `rows` values."""
    return [values[start : start + rows] for start in range(0, len(values) - rows + 1, rows)]


def _add_csv(series, path, channels):
    with path.open() as file:
        table = list(csv.DictReader(file))
    for column, scale in channels.items():
        first = next(iter(table[0]))
        values = [_number(row[column], scale) for row in table if row[first][:2] == "20"]  # some files have more header lines
        series[f"{path.stem.partition('_')[0]}.{column}"] = values


def _number(text, scale):
    try:
        return round(float(text) * scale)
    except (TypeError, ValueError):
        return None
