"""Drivers against real captures, which stand outside the checkout."""

import csv
import math
import re
import struct

from gilmok_node.sensors.mpu6050 import Mpu6050
from gilmok_node.sensors.pms5003 import Pms5003
from gilmok_node.sensors.sds011 import Sds011
from gilmok_node.sensors.sps30_uart import Sps30Uart
from gilmok_node.sensors.sps30_values import STARTUP_MS


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


def capture(data_dir, name):
    """Return the frames of a capture and the rows published for them."""
    frames = []
    for line in (data_dir / "bytes" / f"{name}.hexdump").read_text().splitlines():
        frames.append(bytes.fromhex(re.match(r"\w+:((?: \w\w)+)  ", line)[1]))
    with (data_dir / "bytes" / f"{name}.csv").open(newline="") as file:
        rows = [{name.strip(): value for name, value in row.items()} for row in csv.DictReader(file)]
    assert len(frames) == len(rows) == 10
    return frames, rows


def test_pms5003_decodes_every_captured_frame_to_its_published_values(data_dir):
    frames, rows = capture(data_dir, "PMSx003")
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


def test_sds011_decodes_every_captured_frame_to_its_published_values(data_dir):
    frames, rows = capture(data_dir, "SDS01x")
    wire = Wire()
    driver = Sds011(wire, {})
    driver.begin(0)
    for frame, row in zip(frames, rows, strict=True):
        wire.data = frame
        values = driver.read(Sds011.WARMUP_MS)
        assert values == tuple(round(10 * float(row[name])) for name in ("pm25", "pm10")), row["time"]


def test_sps30_decodes_every_captured_frame_to_its_published_values(data_dir):
    frames, rows = capture(data_dir, "SPS30")
    wire = Wire()
    driver = Sps30Uart(wire, {})
    now = driver.begin(0)
    driver.service(now)
    for answer in ("7e00d000093030303830303030009e7e", "7e00000000ff7e"):
        wire.data = bytes.fromhex(answer)
        now += driver.SERVICE_MS
        driver.service(now)
    now += STARTUP_MS
    for frame, row in zip(frames, rows, strict=True):
        now += driver.start(now)
        for at in range(0, len(frame), 32):
            wire.data = frame[at : at + 32]
            driver._parse(wire.readinto(driver._chunk))
        values = driver.read(now)
        for value, name, scale in zip(values, list(row)[1:], [10] * 9 + [100], strict=True):
            # Published to 0.1 or 0.01, ours to 0.1 or 0.01: half of the coarser step, and half of the finer.
            assert abs(value / scale - float(row[name])) <= 0.055 + 1e-9, (row["time"], name, value)
        now += 1000


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
