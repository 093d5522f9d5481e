"""Drivers against real captures, which stand outside the checkout."""

import csv
import math
import re
import struct

from gilmok_node.sensors.mpu6050 import Mpu6050
from gilmok_node.sensors.pms5003 import Pms5003


class Wire:
    """A UART that has received one frame."""

    def __init__(self):
        self.data = b""

    def readinto(self, buffer):
        count = len(self.data)
        buffer[:count] = self.data
        self.data = b""
        return count or None

    def write(self, data):
        pass


def test_pms5003_decodes_every_captured_frame_to_its_published_values(data_dir):
    frames = []
    for line in (data_dir / "bytes" / "PMSx003.hexdump").read_text().splitlines():
        frames.append(bytes.fromhex(re.sub(r"^\w+:((?: \w\w){32}).*$", r"\1", line)))
    with (data_dir / "bytes" / "PMSx003.csv").open(newline="") as file:
        rows = [{name.strip(): value for name, value in row.items()} for row in csv.DictReader(file)]
    assert len(frames) == len(rows) == 10
    wire = Wire()
    driver = Pms5003(wire, {})
    driver.begin(0)
    for frame, row in zip(frames, rows, strict=True):
        wire.data = frame
        values = driver.read(Pms5003.WARMUP_MS)
        published = [row[name] for name in ("pm01", "pm25", "pm10", "raw01", "raw25", "raw10")]
        # Counts are published per cm³, the sensor counts in 0.1 L.
        counts = [float(row[name]) * 100 for name in ("n0_3", "n0_5", "n1_0", "n2_5", "n5_0", "n10_0")]
        assert values == tuple(round(float(v)) for v in published + counts), row["time"]


def test_mpu6050_tells_a_chainsaw_from_a_quiet_bench_as_the_definition_does(data_dir):
    peaks = []
    for name in ("ambient_1", "chainsaw_1"):
        with (data_dir / "vibration" / "mpu6050" / f"{name}.csv").open(newline="") as file:
            rows = [[int(row[f"accel_{axis}"]) for axis in "xyz"] for row in csv.DictReader(file)]
        driver = Mpu6050(None, {})
        packed = b"".join([struct.pack(">3h", *row) for row in rows])
        seconds = []
        for first in range(0, len(rows) - 248, 248):
            for chunk in range(first, first + 248, 8):
                x, y, z = driver._axes
                assert driver._unpack(packed, 6 * chunk, x.samples, y.samples, z.samples, 0)
                for axis in driver._axes:
                    axis.add()
            for place, axis in enumerate(driver._axes):
                counts = [row[place] for row in rows[first : first + 248]]
                deviations = [count - sum(counts) / 248 for count in counts]
                rms, peak = axis.summary()
                assert abs(rms - math.sqrt(sum(d * d for d in deviations) / 248) / 1.6384) <= 0.51
                assert abs(peak - max(map(abs, deviations)) / 16.384) <= 0.51
                seconds.append(peak)
                axis.count = 0
        peaks.append(seconds)
    assert max(peaks[0]) < 50 and min(peaks[1]) > 100, (max(peaks[0]), min(peaks[1]))
