"""Drivers against real captures, which stand outside the checkout."""

import csv
import re

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
