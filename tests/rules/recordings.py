"""Real vibration as arrays of integers: OpenEEW and MPU6050 in 2^-20 g, the analyst's picks and ObsPy's UH network in counts."""

import csv
import gzip
import json
from array import array
from collections import namedtuple
from importlib.resources import files

import numpy as np
import pytest

STEPS_PER_GAL = (1 << 20) / 980.665
OPENEEW_HZ = 31.25
CHUNK = 8
Shaking = namedtuple("Shaking", "name rate_hz axes")  # axes: three arrays of integers


def openeew(data_dir, event, device):
    """Return the record of a device of OpenEEW during the event of a year."""
    [folder] = (data_dir / "vibration/openeew").glob(f"{event}*")
    lines = [line for path in sorted(folder.glob(f"{device}_*.jsonl")) for line in path.read_text().splitlines()]
    seconds = sorted([json.loads(line) for line in lines], key=lambda second: second["device_t"])
    axes = [array("i", [round(v * STEPS_PER_GAL) for second in seconds for v in second[axis]]) for axis in "xyz"]
    return Shaking(f"{event}/{device}", OPENEEW_HZ, axes)


def mpu6050(data_dir, name):
    """Return a recording of an MPU6050, four times there and back: LTA windows are nearly as long as one."""
    with (data_dir / f"vibration/mpu6050/{name}.csv").open() as file:
        rows = list(csv.DictReader(file))
    rate_hz = 1000 * (len(rows) - 1) / (int(rows[-1]["timestamp_ms"]) - int(rows[0]["timestamp_ms"]))
    counts = [[int(row[f"accel_{axis}"]) << 6 for row in rows] for axis in "xyz"]  # 2^14 a g
    return Shaking(name, rate_hz, [array("i", (axis + axis[::-1]) * 2) for axis in counts])


def analyst_picks(data_dir):
    """Return {name: (three axes of counts at 100 Hz, P, S)}, samples at which an analyst saw the waves."""
    folder = data_dir / "vibration/analyst_picks"
    with (folder / "waveform.csv").open() as file:
        picks = {row["fname"]: (int(row["itp"]), int(row["its"])) for row in csv.DictReader(file)}
    return {path.stem: (np.load(path)["data"].T.astype(float), *picks[path.name]) for path in sorted(folder.glob("*.npz"))}


def uh_network():
    """Return {station: (Unix time of the first sample, rate, counts)} of the four UH stations that ObsPy ships."""
    pytest.importorskip("obspy", reason="obspy is not installed: its UH network is what this test votes with")
    from obspy import UTCDateTime

    found = {}
    folder = files("obspy.signal.tests") / "data"
    for station, channel in (("UH1", "SHZ"), ("UH2", "SHZ"), ("UH3", "SHZ"), ("UH4", "EHZ")):
        with (folder / f"BW.{station}._.{channel}.D.2010.147.cut.slist.gz").open("rb") as file:
            head, *rows = gzip.decompress(file.read()).decode().splitlines()
        facts = head.split(", ")  # TIMESERIES BW_UH1__SHZ_D, 83 samples, 200 sps, 2010-05-27T…, SLIST, …
        counts = [float(value) for row in rows for value in row.split()]
        found[station] = (UTCDateTime(facts[3]).timestamp, float(facts[2].split()[0]), counts)
    return found


def chunks(axes, size=CHUNK):
    """Yield chunks of each axis, as a node takes them; what does not fill one is left out, as it would wait."""
    for start in range(0, len(axes[0]) - size + 1, size):
        yield [axis[start : start + size] for axis in axes]


def filtered(filter_, samples):
    """Return samples as they come out of a filter that takes them in chunks."""
    out = array("i")
    for [chunk] in chunks([array("i", samples)]):
        filter_.run(chunk)
        out.extend(chunk)
    return out


def triggers(trigger, energies):
    """Return [[first sample, last sample], …] of a trigger, as obspy.signal.trigger.trigger_onset does."""
    found = []
    was = False
    for i, energy in enumerate(energies):
        now = trigger.add(energy)
        if now and not was:
            found.append([i, i])
        elif now:
            found[-1][1] = i
        was = now
    return found
