"""Time on air against published rows, to the microsecond."""

import json

from device.chip_bench import golden
from gilmok_wire.airtime import airtime_us, is_slow

EXACT_HZ = (125000, 250000, 500000)


def rows():
    with open(golden(__file__, "radio/airtime.json")) as file:
        groups = json.load(file)["groups"]
    return [row for group in groups for row in group["rows"]]


def test_published_rows():
    found = rows()
    assert len(found) >= 28 + 29
    for row in found:
        us = airtime_us(row["size"], row["sf"], row["bandwidth_hz"], row["coding"], row["preamble"], row["crc"], row["explicit"])
        if row["bandwidth_hz"] in EXACT_HZ:
            assert us == row["us"], row
        else:
            assert row["us"] <= us <= row["us"] + 1, row  # published rounded, ours never too short


def test_more_bytes_are_never_shorter():
    for sf in range(5, 13):
        for bandwidth_hz in EXACT_HZ:
            times = [airtime_us(size, sf, bandwidth_hz) for size in range(256)]
            assert times == sorted(times) and times[255] > times[0]


def test_low_data_rates_begin_at_16_ms():
    slow = [(sf, bandwidth_hz) for sf in range(5, 13) for bandwidth_hz in EXACT_HZ if is_slow(sf, bandwidth_hz)]
    assert slow == [(11, 125000), (12, 125000), (12, 250000)]
